"""A model from a function of whoever starts the app: any architecture, no file format.

The function takes no arguments and returns a mapping, or a tuple of the first two and a mapping
of the rest:

    module   a torch.nn.Module: normalised pixels (n, C, H, W) -> logits (n, classes)
    classes  the names of the classes, in the order of the logits
    size     the input's height and width in pixels: one number, or two    (default 224)
    mean     per channel, of pixels in [0, 1]                              (default 0, 0, 0)
    std      per channel, of pixels in [0, 1]                              (default 1, 1, 1)
    title    what to call the model                          (default the function's name)
    native   whether it takes other input sizes                            (default False)

For instance:

    from torchvision.models import resnet18

    def flowers():
        net = resnet18(num_classes=5)
        net.load_state_dict(torch.load("flowers.pth", weights_only=True))
        return dict(module=net, classes=["daisy", "dandelion", "rose", "sunflower", "tulip"],
                    mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))

The function runs with the rights of whoever starts the app: it is chosen on the command line and
nowhere else. The model's id is readable, and ends with a hash of where the file is, of what is in
it, and of everything that the function returned, weights included: another model has another id.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError, reason
from explorer.models.files.classnames import clean_names, clean_text
from explorer.models.files.settings import check_numbers, check_size
from explorer.models.spec import InputTransform, ModelSpec

KEYS = ("module", "classes", "size", "mean", "std", "title", "native")
PREFIX = "file-"


def load_factory(text: str) -> ModelSpec:
    """The model that `path/to/file.py:function` returns, called once and tried out once.

    Raises ExplorerError where the file or function is missing, raises, or returns something else.
    """
    path, function = _find(text)
    try:
        returned = function()
    except Exception as error:  # it is anybody's code
        raise ExplorerError(f"--model {text}: {reason(error, named=True)}") from error
    facts = _facts(returned, text)
    spec = _spec(path, text, facts)
    return replace(spec, id=f"{spec.id}-{_digest(path, spec, facts['module'])}")


def _find(text: str) -> tuple[Path, Callable[[], object]]:
    file, colon, name = text.rpartition(":")
    if not colon or not file or not name.isidentifier():
        raise ExplorerError(f"expected --model path/to/file.py:function; got {text!r}")
    path = Path(file).expanduser()
    if not path.is_file():
        raise ExplorerError(f"--model {text}: there is no file {file!r}")
    function = getattr(_import(path, text), name, None)
    if not callable(function):
        raise ExplorerError(f"--model {text}: {path.name} has no function {name!r}")
    return path, function


def _import(path: Path, text: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"explorer_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ExplorerError(f"--model {text}: expected a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ExplorerError(
            f"--model {text}: {path.name} fails: {reason(error, named=True)}"
        ) from error
    return module


def _facts(returned: object, text: str) -> dict[str, Any]:
    """What the function returned, as one mapping with known keys."""
    if isinstance(returned, tuple) and len(returned) == 3 and isinstance(returned[2], Mapping):
        returned = {"module": returned[0], "classes": returned[1], **returned[2]}
    if not isinstance(returned, Mapping):
        raise ExplorerError(
            f"--model {text}: expected a mapping with the keys {', '.join(KEYS)}; "
            f"the function returned {type(returned).__name__}"
        )
    unknown = [str(key) for key in returned if key not in KEYS]
    missing = [key for key in KEYS[:2] if key not in returned]
    if unknown or missing:
        what = f"it lacks {', '.join(missing)}" if missing else f"unknown: {', '.join(unknown)}"
        raise ExplorerError(f"--model {text}: expected the keys {', '.join(KEYS)}; {what}")
    return dict(returned)


def _spec(path: Path, text: str, facts: Mapping[str, Any]) -> ModelSpec:
    name = text.rpartition(":")[2]
    module, mean = facts["module"], facts.get("mean", (0.0, 0.0, 0.0))
    std = facts.get("std", (1.0,) * len(mean) if isinstance(mean, list | tuple) else (1.0,) * 3)
    check_numbers("mean", mean, low=0.0, channels=(1, 3))
    check_numbers("std", std, low=1e-6, channels=(len(mean),))
    height, width = _size(facts.get("size", 224))
    shape = (len(mean), height, width)
    classes = _classes(facts["classes"], text)
    _try_out(module, shape, len(classes), text)
    return ModelSpec(
        id=PREFIX + re.sub("[^A-Za-z0-9_]+", "-", f"{path.stem}-{name}"),
        title=clean_text(str(facts.get("title", name)))[:80] or name,
        description=f"The model that {path.name}:{name} returns, {len(classes):,} classes.",
        classes=classes,
        shape=shape,
        mean=tuple(float(n) for n in mean),
        std=tuple(float(n) for n in std),
        samples="photos",
        load=lambda: module,
        transform=_transform(height, width),
        native=bool(facts.get("native", False)),
        parameters=sum(p.numel() for p in module.parameters()),
    )


def _digest(path: Path, spec: ModelSpec, module: nn.Module) -> str:
    """Eight digits that tell models apart: by place, file, settings, layers and weights."""
    settings = (spec.id, spec.title, spec.classes, spec.shape, spec.mean, spec.std, spec.native)
    digest = hashlib.blake2b(digest_size=4)
    layers = [(name, type(layer).__qualname__) for name, layer in module.named_modules()]
    for part in (str(path.resolve()), repr(settings), repr(layers)):
        digest.update(part.encode("utf-8", "surrogatepass"))
    digest.update(path.read_bytes())
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def _bytes(tensor: Tensor) -> memoryview:
    """Its numbers as they lie in memory; of kinds that have no plain form, as text."""
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex():
        return memoryview(repr(tensor).encode())
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return memoryview(flat.view(torch.uint8).numpy())


def _transform(height: int, width: int) -> InputTransform | None:
    """The usual resize to 8/7 of the crop; none where the input is no square."""
    return InputTransform(round(height * 8 / 7), height) if height == width else None


def _size(size: object) -> tuple[int, int]:
    pair = tuple(size) if isinstance(size, list | tuple) else (size, size)
    for side in pair:
        check_size(side)
    if len(pair) != 2 or None in pair:
        raise ExplorerError(f"expected a size of one or two numbers; got {size!r:.80}")
    return pair  # type: ignore[return-value]


def _classes(names: object, text: str) -> tuple[str, ...]:
    if not isinstance(names, list | tuple):
        raise ExplorerError(
            f"--model {text}: expected classes as a list of names; got {type(names).__name__}"
        )
    return clean_names(names)


def _try_out(module: object, shape: tuple[int, int, int], count: int, text: str) -> None:
    """Check on grey pictures that the module gives logits (n, classes)."""
    if not isinstance(module, nn.Module):
        raise ExplorerError(
            f"--model {text}: expected module to be a torch.nn.Module; got {type(module).__name__}"
        )
    try:
        with torch.no_grad():
            logits = module.eval()(torch.zeros((2, *shape)))
    except Exception as error:
        raise ExplorerError(
            f"--model {text}: on {shape} the module fails: {reason(error, named=True)}"
        ) from error
    if getattr(logits, "shape", None) != (2, count):
        came = getattr(logits, "shape", type(logits).__name__)
        raise ExplorerError(
            f"--model {text}: expected logits (2, {count}) for two pictures and {count} classes; "
            f"got {tuple(came) if isinstance(came, torch.Size) else came}"
        )
