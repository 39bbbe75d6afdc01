"""The command line: the same work as the page, with files where the page has pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from explorer import export
from explorer.core.baselines import BASELINES
from explorer.core.choice import Registry
from explorer.core.methods import METHODS
from explorer.core.quadrature import EVERY_RULE, MOST, STEPS, TOLERANCE
from explorer.core.targets import SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.explain import explain
from explorer.explanation import Explanation
from explorer.images import recipes, uploads
from explorer.images.decode import read_file
from explorer.images.library import image_ids
from explorer.images.preprocess import FITS
from explorer.images.samples import load_samples
from explorer.models.device import AUTO
from explorer.models.files.classnames import parse_class_names
from explorer.models.files.settings import parse_numbers
from explorer.models.registry import get_spec, register_factory, search
from explorer.models.sources.checkpoint import read_checkpoint
from explorer.models.spec import ModelSpec
from explorer.pictures.look import usual_look
from explorer.pictures.verdict import verdict
from explorer.pictures.view import View
from explorer.request import OLD_METHOD, Request
from explorer.serve import start
from explorer.sharing.job import Job


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code (2 for bad arguments, with one sentence on stderr)."""
    try:
        options = _parser().parse_args(arguments)
        command = getattr(options, "command", None) or _start
        command(options)
    except (ValueError, OSError) as error:
        print(f"python -m explorer: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


class _Parser(argparse.ArgumentParser):
    """argparse, saying what is wrong in one sentence and nothing else."""

    def error(self, message: str) -> NoReturn:
        raise ExplorerError(f"{message} (try --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m explorer", description=__doc__)
    commands = parser.add_subparsers(title="commands", description="With none, the app starts.")
    starting = commands.add_parser("start", help="start the app (what happens with no command)")
    starting.set_defaults(command=_start)
    _add_explain(commands.add_parser("explain", help="explain one image and write files"))
    listing = commands.add_parser("list", help="print ids, one a line, with descriptions")
    listing.add_argument("what", choices=sorted(_LISTS))
    listing.set_defaults(command=_list)
    return parser


def _add_explain(parser: argparse.ArgumentParser) -> None:
    default = Request()
    add = parser.add_argument
    add("--model", help=f"id of a model, or file.py:function (default: {default.model})")
    add("--checkpoint", type=Path, help="your own weights for one of torchvision's architectures")
    add("--arch", help="the checkpoint's architecture (default: the one that fits)")
    add("--classes", type=Path, help="the checkpoint's class names: text, one a line, or JSON")
    add("--mean", help="the checkpoint's mean, R,G,B of pixels 0 to 1 (default: as published)")
    add("--std", help="its standard deviation, likewise")
    add("--size", help="side of its input in pixels (default: as published)")
    add("--image", help="id of a sample, or an image file (default: the model's first sample); "
        f"edits follow behind {recipes.SEPARATOR}, out of {', '.join(recipes.EDITS)}")  # fmt: skip
    add("--fit", help=f"{', '.join(FITS)} (default: {default.fit})")
    add("--baseline", help="such as black, grey, blur:sigma=8; several, separated by ;, are "
        f"averaged (default: {default.baseline})")  # fmt: skip
    add("--target", help="class to explain (default: the prediction)")
    add("--against", help="explain why the target rather than this class, by their logits")
    add("--score", help=f"{', '.join(SCORE_KINDS)} (default: {default.score})")
    add("--method", help=f"{', '.join(METHODS)}, with settings (default: {default.method})")
    add("--rule", help="quadrature rule of Integrated Gradients, in short for --method ig:rule=...")
    add("--steps", help=f"cells of the path (default: {STEPS.default}); of the adaptive rule the "
        f"most gradients (default: {MOST.default})")  # fmt: skip
    add("--tolerance", help="relative error of the map at which the adaptive rule stops "
        f"(default: {TOLERANCE.default})")  # fmt: skip
    add("--device", default=AUTO, help="cpu, cuda, mps, ... (default: the fastest there is)")
    add("--out", required=True, type=Path, help="folder for the files; made where it is missing")
    parser.set_defaults(command=_explain)


def _start(options: argparse.Namespace) -> None:
    start()


def _explain(options: argparse.Namespace) -> None:
    request = _request(options)
    folder = _folder(options.out)
    explanation = explain(request, _Terminal(), device=options.device)
    (folder / "attribution.npy").write_bytes(export.npy_bytes(explanation))
    (folder / "overlay.png").write_bytes(
        export.overlay_bytes(explanation, View(usual_look(explanation.model)))
    )
    (folder / "explanation.json").write_text(export.json_text(explanation), encoding="utf-8")
    print(f"{_summary(explanation)} Written to {folder}.")


ASKED = ("fit", "baseline", "target", "against", "score", "method", *OLD_METHOD)


def _request(options: argparse.Namespace) -> Request:
    given = {name: getattr(options, name) for name in ASKED}
    if options.method is not None and any(given[name] is not None for name in OLD_METHOD):
        raise ExplorerError("expected --method or its short forms (--rule, ...); got both")
    spec = _model(options)
    image = _image_id(options.image, spec)
    request, _ = Request.complete(given | {"image": image}, spec, strict=True)
    return request


def _model(options: argparse.Namespace) -> ModelSpec:
    """The registry's model, the user's own checkpoint, or what the user's own function returns."""
    if options.checkpoint is not None:
        if options.model is not None:
            raise ExplorerError("expected --model or --checkpoint; got both: leave one out")
        return _checkpoint(options)
    for name in ("arch", "classes", "mean", "std", "size"):
        if getattr(options, name) is not None:
            raise ExplorerError(f"--{name} describes a checkpoint: add --checkpoint FILE")
    model = options.model or Request().model
    return register_factory(model) if ".py:" in model else get_spec(model)


def _checkpoint(options: argparse.Namespace) -> ModelSpec:
    names = options.classes and parse_class_names(_bytes(options.classes, "--classes"))
    return read_checkpoint(
        options.checkpoint,
        arch=options.arch,
        class_names=names,
        size=None if options.size is None else _whole("size", options.size),
        mean=parse_numbers("mean", options.mean),
        std=parse_numbers("std", options.std),
    )


def _bytes(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExplorerError(f"{option} must be a file that can be read; {path}: {error}") from error


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ExplorerError(f"{name} must be a whole number from 1; got {text!r:.40}")
    return int(text)


class _Terminal(Job):
    """One line on standard error that counts what is downloaded, on a terminal."""

    def tell(self, done: float, total: float, unit: str) -> None:
        if unit == "MB" and sys.stderr.isatty():
            end = "\n" if done >= total else ""
            line = f"\rdownloading: {done:.0f} of {total:.0f} MB"
            print(line, end=end, file=sys.stderr, flush=True)


def _image_id(text: str | None, spec: ModelSpec) -> str | None:
    """A sample's id or a recipe as it is; of a file, the id under which it is kept."""
    samples = image_ids(spec)
    if text is None or recipes.base(text) in samples:
        return text
    name, *edits = text.split(recipes.SEPARATOR)
    if not Path(name).is_file():
        raise ExplorerError(
            f"expected an image file or a sample out of {', '.join(samples)}; got {name!r}"
        )
    return recipes.SEPARATOR.join([uploads.keep(read_file(Path(name)), Path(name).name), *edits])


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExplorerError(f"--out must be a folder that can be made; {path}: {error}") from error
    return path


def _summary(explanation: Explanation) -> str:
    evidence, best = explanation.completeness, explanation.predictions[0]
    gap = f", gap {evidence.relative_gap:.2%}" if explanation.method.adds_up else ""
    return (
        f"{best.name} {best.probability:.1%}; {explanation.score_label}: "
        f"{evidence.score_baseline:.4g} at the baseline, {evidence.score_image:.4g} at the image, "
        f"attribution {evidence.attribution_sum:.4g}{gap}; {verdict(explanation).sentence}"
    )


def _list(options: argparse.Namespace) -> None:
    for name, description in _LISTS[options.what]():
        print(f"{name}\t{description}")


def _all_samples() -> Iterable[tuple[str, str]]:
    for collection in ("scenes", "letters", "photos"):
        for sample in load_samples(collection).values():
            yield sample.id, sample.caption


def _described(registry: Registry) -> Iterable[tuple[str, str]]:
    for kind in registry.values():
        yield kind.name, kind.description


_LISTS = {
    "models": lambda: ((spec.id, f"{spec.title}. {spec.description}") for spec in search()),
    "images": _all_samples,
    "baselines": lambda: _described(BASELINES),
    "edits": lambda: _described(recipes.EDITS),
    "methods": lambda: _described(METHODS),
    "rules": lambda: _described(EVERY_RULE),
}
