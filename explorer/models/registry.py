"""Every model that can be explained, by id, and the cache that loads each once for all sessions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from threading import Lock
from types import MappingProxyType

import torch
from cachetools import LRUCache, cached

from explorer.errors import ExplorerError

from .embedded import EMBEDDED
from .spec import LoadedModel, ModelSpec

CACHE_BYTES = 1 << 30

MODELS: Mapping[str, ModelSpec] = MappingProxyType({spec.id: spec for spec in EMBEDDED})
_loading = Lock()


def get_spec(model_id: str) -> ModelSpec:
    """The registry's entry; ExplorerError naming the known ids otherwise."""
    if model_id not in MODELS:
        raise ExplorerError(f"expected a model out of {', '.join(MODELS)}; got {model_id!r}")
    return MODELS[model_id]


@cached(LRUCache(maxsize=CACHE_BYTES, getsizeof=lambda model: model.nbytes), lock=Lock())
def _load(model_id: str, device: str) -> LoadedModel:
    return LoadedModel(get_spec(model_id), device)


def load_model(model_id: str, device: str = "cpu") -> LoadedModel:
    """The model, loaded at most once however many ask at the same time."""
    with _loading:
        return _load(model_id, check_device(device))


@cache
def check_device(device: str) -> str:
    """The device's name if torch can use it here; ExplorerError otherwise."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ExplorerError(
            f"expected a device that torch can use here, such as cpu; got {device!r}"
        ) from error
    return device
