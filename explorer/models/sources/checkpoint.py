"""A user's own weights for one of torchvision's architectures, from a file nobody vouches for.

The state dict is kept in the memory of this process, bounded, under an id that is the hash of its
content and settings, so that a request can name it like any other model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.files.classnames import clean_names, clean_text, numbered_names
from explorer.models.files.settings import check_numbers, check_size
from explorer.models.files.statedict import unwrap
from explorer.models.files.weights import read_weights
from explorer.models.spec import OWN_PREFIX, InputTransform, ModelSpec
from explorer.sharing.cache import BoundedCache

from . import architectures as known
from .torchvision import catalogue

STORE_BYTES = 2 << 30
Shape = tuple[int, ...]


@dataclass(frozen=True)
class _Own:
    """A checkpoint that was read: what the registry shows of it, and what it is built from."""

    spec: ModelSpec
    options: Mapping[str, object]
    state: Mapping[str, Tensor]

    @property
    def nbytes(self) -> int:
        """The bytes of its tensors."""
        return sum(t.numel() * t.element_size() for t in self.state.values())


_store: BoundedCache[_Own] = BoundedCache(STORE_BYTES)


def own_spec(model_id: str) -> ModelSpec:
    """The entry of a checkpoint that was read; ExplorerError once it is forgotten."""
    return _kept(model_id).spec


def read_checkpoint(
    source: str | Path | bytes,
    arch: str | None = None,
    class_names: Sequence[str] | None = None,
    size: int | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    file_name: str | None = None,
) -> ModelSpec:
    """Read, check and keep a state dict; returns its entry, whose id is `own-` and a hash.

    source: a path, or the bytes of an upload. arch: torchvision's name; without it the architecture
    that fits is found. class_names: as many as the head has; without them classes are numbered,
    and 1000 are taken to be ImageNet's. size: the input's side in pixels. mean, std: three numbers
    each, for pixels in [0, 1]; without them those of the architecture's published weights. Raises
    ExplorerError with one sentence on whatever does not fit.
    """
    path = Path(source) if isinstance(source, str) else source
    name = clean_text(file_name or (path.name if isinstance(path, Path) else "")) or "the file"
    _check_settings(arch, size, mean, std)
    arch, state = _fitted(unwrap(read_weights(path, name), name), arch, name)
    options = _options(arch, state, own_numbers=mean is not None or std is not None)
    spec = _spec(name, arch, _classes(arch, state, class_names))
    spec = _sized(spec, options.get("image_size"), size)
    spec = replace(spec, mean=tuple(mean or spec.mean), std=tuple(std or spec.std))
    own_id = OWN_PREFIX + _digest(path, spec, options)
    spec = replace(spec, id=own_id, load=partial(_load, own_id))
    own = _Own(spec, options, state)
    _try_out(own)
    _store.put(own_id, own)
    return spec


def _check_settings(
    arch: str | None,
    size: int | None,
    mean: Sequence[float] | None,
    std: Sequence[float] | None,
) -> None:
    if arch is not None:
        known.check_architecture(arch)
    check_size(size)
    check_numbers("mean", mean, low=0.0)
    check_numbers("std", std, low=1e-6)


def _fitted(
    tensors: Mapping[str, Tensor], arch: str | None, name: str
) -> tuple[str, dict[str, Tensor]]:
    """The architecture and the state dict under its keys; ExplorerError on a mismatch."""
    if arch is None:
        fit = _search(tensors)
        arch = fit.architecture if fit is not None else None
    else:
        fit = known.compare(arch, _shapes(known.normal_keys(arch, tensors)))
    if fit is None or arch is None:
        raise ExplorerError(f"{name} fits none of torchvision's architectures: no key is theirs")
    if not fit.perfect:
        raise ExplorerError(_mismatch(fit, tensors, name))
    return arch, known.normal_keys(arch, tensors)


def _search(tensors: Mapping[str, Tensor]) -> known.Match | None:
    def under(arch: str) -> Mapping[str, Shape]:
        return _shapes(known.normal_keys(arch, tensors))

    return known.best_match(_shapes(tensors), under)


def _mismatch(fit: known.Match, tensors: Mapping[str, Tensor], name: str) -> str:
    wrong = [f"{key} {came} instead of {wanted}" for key, wanted, came in fit.misshapen]
    parts = [
        _some("missing", fit.missing),
        _some("unexpected", fit.unexpected),
        _some("of the wrong shape", wrong),
    ]
    better = _search(tensors) if fit.quality < known.ALMOST else None
    advice = ""
    if better is not None and better.architecture != fit.architecture:
        how = "fits" if better.perfect else f"fits best ({better.quality:.0%} of the keys)"
        advice = f"; {better.architecture} {how}"
    said = ", ".join(part for part in parts if part)
    return f"{name} does not fit {fit.architecture}: {said}{advice}"


def _some(what: str, keys: Sequence[str], most: int = 3) -> str:
    if not keys:
        return ""
    shown = ", ".join(clean_text(key)[:80] for key in keys[:most])
    rest = ", ..." if len(keys) > most else ""
    return f"{len(keys)} {'key' if len(keys) == 1 else 'keys'} {what} ({shown}{rest})"


def _shapes(state: Mapping[str, Tensor]) -> dict[str, Shape]:
    return {key: tuple(value.shape) for key, value in state.items()}


def _options(arch: str, state: Mapping[str, Tensor], own_numbers: bool) -> dict[str, object]:
    """The builder's arguments. Mean and deviation given by the user are what the network gets, so
    torchvision's own re-scaling (in two architectures) only goes with the published ones.
    """
    facts = known.facts(arch)
    scaling = {"transform_input": not own_numbers} if facts.own_scaling else {}
    return {"num_classes": _head(arch, state), **facts.fitted(_shapes(state)), **scaling}


def _head(arch: str, state: Mapping[str, Tensor]) -> int:
    """The number of classes; ExplorerError where the head's parts disagree."""
    counts = {state[key].shape[0] for key in known.head_keys(arch)}
    if len(counts) != 1 or 0 in counts:
        raise ExplorerError(f"the head of {arch} has parts of different sizes: {sorted(counts)}")
    return counts.pop()


def _classes(
    arch: str, state: Mapping[str, Tensor], names: Sequence[str] | None
) -> tuple[str, ...]:
    count = _head(arch, state)
    if names is None:
        published = catalogue()[arch].classes
        return published if len(published) == count else numbered_names(count)
    cleaned = clean_names(names)
    if len(cleaned) != count:
        raise ExplorerError(
            f"expected {count:,} class names, as many as the checkpoint's head has; "
            f"got {len(cleaned):,}"
        )
    return cleaned


def _spec(name: str, arch: str, classes: tuple[str, ...]) -> ModelSpec:
    """The published entry of the architecture, made the user's own."""
    return replace(
        catalogue()[arch],
        title=f"{name[:60]} ({arch})",
        description=f"Your own weights for {arch}, {len(classes):,} classes.",
        classes=classes,
        accuracy=None,
        weights=None,
    )


def _sized(spec: ModelSpec, fixed: object, size: int | None) -> ModelSpec:
    """With the input size asked for; the resize keeps its published proportion to the crop."""
    transform = spec.transform or InputTransform(256, 224)
    if isinstance(fixed, int) and size not in (None, fixed):
        raise ExplorerError(f"this checkpoint takes {fixed} pixels a side; got --size {size}")
    crop = size or (fixed if isinstance(fixed, int) else transform.crop)
    resize = round(crop * transform.resize / transform.crop)
    changed = replace(transform, crop=crop, resize=resize)
    return replace(spec, shape=(3, crop, crop), transform=changed)


def _try_out(own: _Own) -> None:
    """Check that the module takes its input, with no memory and no computing."""
    spec = own.spec
    try:
        module = known.build_hollow(spec.architecture or "", own.options).to("meta")
        with torch.no_grad():
            module(torch.empty((1, *spec.shape), device="meta"))
    except (RuntimeError, ValueError, AssertionError) as error:
        raise ExplorerError(
            f"{spec.architecture} does not take an input of {spec.shape[-1]} pixels a side: "
            f"choose another size"
        ) from error


def _load(own_id: str) -> nn.Module:
    own = _kept(own_id)
    return known.restore(own.spec.architecture or "", own.options, own.state)


def _kept(own_id: str) -> _Own:
    own = _store.get(own_id)
    if own is None:
        raise ExplorerError("this model was somebody's own and is not kept here; load it again")
    return own


def _digest(source: Path | bytes, spec: ModelSpec, options: Mapping[str, object]) -> str:
    """A hash of the file, its name and every setting: the same model has the same id anywhere."""
    digest = hashlib.sha256(source) if isinstance(source, bytes) else hashlib.sha256()
    if isinstance(source, Path):
        with source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
    settings = (spec.title, spec.architecture, spec.classes, spec.transform, spec.mean, spec.std)
    digest.update(repr((*settings, sorted(options.items()))).encode())
    return digest.hexdigest()[:16]
