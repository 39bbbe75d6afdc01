"""The state dict inside what people save: wrapped, prefixed, in half precision."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.errors import ExplorerError

from .classnames import clean_text
from .pickled import HOW_TO_SAVE

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "weights", "model_ema")
PREFIXES = ("module.", "_orig_mod.", "model.", "net.")


def unwrap(content: object, name: str) -> dict[str, Tensor]:
    """The tensors by key, in float32, out of the wrappers and prefixes that are usual.

    name: what to call the file in messages. Raises ExplorerError where there are no tensors, or
    where one holds NaN or infinite numbers.
    """
    found = _tensors(content)
    wrapped = content if isinstance(content, dict) else {}
    for wrapper in WRAPPERS:
        if found:
            break
        found = _tensors(dict.get(wrapped, wrapper))
    if not found:
        keys = ", ".join(clean_text(str(key))[:40] for key in list(wrapped)[:3]) or "nothing"
        raise ExplorerError(f"{name}: expected tensors by key; got {keys}: {HOW_TO_SAVE}")
    return {key: _plain(key, value, name) for key, value in _bare(found).items()}


def _tensors(value: object) -> dict[str, Tensor]:
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in dict.items(value) if isinstance(k, str) and isinstance(v, Tensor)}


def _bare(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the prefixes that wrappers of modules put before every key."""
    bare = dict(tensors)
    bare.pop("n_averaged", None)  # a counter beside averaged weights
    while bare and (prefix := _common_prefix(bare)):
        bare = {key.removeprefix(prefix): value for key, value in bare.items()}
    return bare


def _common_prefix(tensors: Mapping[str, Tensor]) -> str:
    return next((p for p in PREFIXES if all(key.startswith(p) for key in tensors)), "")


def _plain(key: str, value: Tensor, name: str) -> Tensor:
    if value.layout != torch.strided or value.is_quantized or value.is_complex():
        raise ExplorerError(f"{name}: expected plain numbers in {clean_text(key)[:80]}")
    value = value.detach()
    if not value.is_floating_point():
        return value
    value = value.to(torch.float32)
    if not torch.isfinite(value).all():
        raise ExplorerError(
            f"{name}: {clean_text(key)[:80]} holds NaN or infinite numbers: this model has diverged"
        )
    return value.contiguous()
