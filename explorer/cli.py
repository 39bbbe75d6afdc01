"""The command line: the same work as the page, with files where the page has pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from explorer import export
from explorer.core.baselines import BASELINES, Baseline
from explorer.core.quadrature import RULES
from explorer.core.targets import SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.explain import Explanation, explain
from explorer.images import uploads
from explorer.images.decode import read_file
from explorer.images.samples import load_samples
from explorer.models.registry import MODELS, get_spec
from explorer.pictures.look import Look
from explorer.request import Request

APP = Path(__file__).with_name("app.py")


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code (2 for bad arguments, with one sentence on stderr)."""
    try:
        options = _parser().parse_args(arguments)
        command = getattr(options, "command", None) or _start
        command(options)
    except ValueError as error:
        print(f"python -m explorer: {error}", file=sys.stderr)
        return 2
    return 0


class _Parser(argparse.ArgumentParser):
    """argparse, saying what is wrong in one sentence and nothing else."""

    def error(self, message: str) -> NoReturn:
        raise ExplorerError(f"{message} (try --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m explorer", description=__doc__)
    commands = parser.add_subparsers(title="commands", description="With none, the app starts.")
    start = commands.add_parser("start", help="start the app (what happens with no command)")
    start.set_defaults(command=_start)
    _add_explain(commands.add_parser("explain", help="explain one image and write files"))
    listing = commands.add_parser("list", help="print ids, one a line, with descriptions")
    listing.add_argument("what", choices=sorted(_LISTS))
    listing.set_defaults(command=_list)
    return parser


def _add_explain(parser: argparse.ArgumentParser) -> None:
    default = Request()
    add = parser.add_argument
    add("--model", default=default.model, help="id of a model (default: %(default)s)")
    add("--image", default=default.image, help="id of a sample, or an image file")
    add("--baseline", default=str(default.baseline), help="such as black, grey, blur:sigma=8")
    add("--target", help="class to explain (default: the prediction)")
    add("--against", help="explain why the target rather than this class, by their logits")
    add("--score", help=f"{', '.join(SCORE_KINDS)} (default: {default.score})")
    add("--rule", default=default.rule, help="quadrature rule (default: %(default)s)")
    add("--steps", default=str(default.steps), help="cells of the path (default: %(default)s)")
    add("--device", default="cpu", help="device of the model (default: %(default)s)")
    add("--out", required=True, type=Path, help="folder for the files; made where it is missing")
    parser.set_defaults(command=_explain)


def _start(options: argparse.Namespace) -> None:
    from streamlit.web.cli import main as streamlit

    sys.argv = ["streamlit", "run", str(APP)]
    streamlit()


def _explain(options: argparse.Namespace) -> None:
    request = _request(options)
    folder = _folder(options.out)
    explanation = explain(request, device=options.device)
    (folder / "attribution.npy").write_bytes(export.npy_bytes(explanation))
    (folder / "overlay.png").write_bytes(export.overlay_bytes(explanation, Look()))
    (folder / "explanation.json").write_text(export.json_text(explanation), encoding="utf-8")
    print(f"{_summary(explanation)} Written to {folder}.")


def _request(options: argparse.Namespace) -> Request:
    if options.against and options.score not in (None, "logit"):
        raise ExplorerError(
            f"--against compares logits; got --score {options.score}: leave --score out"
        )
    steps = options.steps
    if not steps.isdecimal():
        raise ExplorerError(f"steps must be a whole number from 1; got {steps!r}")
    return Request(
        model=get_spec(options.model).id,
        image=_image_id(options.image, options.model),
        baseline=Baseline.parse(options.baseline),
        target=options.target,
        against=options.against,
        score=options.score or Request().score,
        rule=options.rule,
        steps=int(steps),
    )


def _image_id(text: str, model_id: str) -> str:
    samples = load_samples(get_spec(model_id).samples)
    if text in samples:
        return text
    if not Path(text).is_file():
        raise ExplorerError(
            f"expected an image file or a sample out of {', '.join(samples)}; got {text!r}"
        )
    return uploads.keep(read_file(Path(text)), Path(text).name)


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExplorerError(f"--out must be a folder that can be made; {path}: {error}") from error
    return path


def _summary(explanation: Explanation) -> str:
    evidence, best = explanation.completeness, explanation.predictions[0]
    return (
        f"{best.name} {best.probability:.1%}; {explanation.score_label}: "
        f"{evidence.score_baseline:.4g} at the baseline, {evidence.score_image:.4g} at the image, "
        f"attribution {evidence.attribution_sum:.4g}, gap {evidence.relative_gap:.2%}."
    )


def _list(options: argparse.Namespace) -> None:
    for name, description in _LISTS[options.what]():
        print(f"{name}\t{description}")


def _all_samples() -> Iterable[tuple[str, str]]:
    for collection in dict.fromkeys(spec.samples for spec in MODELS.values()):
        for sample in load_samples(collection).values():
            yield sample.id, sample.caption


_LISTS = {
    "models": lambda: ((spec.id, f"{spec.title}. {spec.description}") for spec in MODELS.values()),
    "images": _all_samples,
    "baselines": lambda: ((kind.name, kind.description) for kind in BASELINES.values()),
    "rules": lambda: ((rule.name, rule.description) for rule in RULES.values()),
}
