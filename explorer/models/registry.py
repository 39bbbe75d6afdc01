"""Every model that can be explained, by id, and the cache that loads each once for all sessions.

Ids: embedded models by their names; torchvision's by its names (`resnet50` for the default weights,
`resnet50:IMAGENET1K_V1` for others); `own-<hash>` for a user's checkpoint; `file-...` for a
function of whoever starts the app. Embedded models are found without importing torchvision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock

from explorer.errors import ExplorerError
from explorer.models.loaded import LoadedModel
from explorer.models.sources.download import download_needed, fetch, on_disk
from explorer.models.sources.embedded import EMBEDDED
from explorer.sharing.cache import MemoryUse
from explorer.sharing.job import ALONE, Job
from explorer.sharing.runner import Runner

from .device import check_device, choose_device
from .sources import factory
from .spec import OWN_PREFIX, ModelSpec

__all__ = [
    "MODELS", "canonical_id", "check_device", "choose_device", "download_needed", "featured",
    "get_spec", "load_model", "memory_use", "on_disk", "register_factory", "search",
]  # fmt: skip

LOADED_BYTES = 2 << 30

_EMBEDDED: Mapping[str, ModelSpec] = {spec.id: spec for spec in EMBEDDED}
_loading: Runner[LoadedModel] = Runner(LOADED_BYTES)
_registered: dict[str, ModelSpec] = {}
_registering = Lock()


class _Models(Mapping[str, ModelSpec]):
    """Models by id. Every model is found; listed are the embedded ones and the command line's.

    Listing torchvision's would import it: `featured` and `search` do. Somebody's own checkpoints
    are found by their ids, and listed nowhere.
    """

    def __getitem__(self, model_id: str) -> ModelSpec:
        if model_id in _EMBEDDED:
            return _EMBEDDED[model_id]
        if model_id in _registered:
            return _registered[model_id]
        if model_id.startswith(OWN_PREFIX):
            return _own(model_id)
        return _published()[canonical_id(model_id)]

    def __contains__(self, model_id: object) -> bool:
        try:
            return isinstance(model_id, str) and self[model_id] is not None
        except (KeyError, ExplorerError):
            return False

    def __iter__(self) -> Iterator[str]:
        yield from (*_EMBEDDED, *_registered)

    def __len__(self) -> int:
        return len(_EMBEDDED) + len(_registered)


MODELS: Mapping[str, ModelSpec] = _Models()


def _published() -> Mapping[str, ModelSpec]:
    from explorer.models.sources.torchvision import (
        catalogue,  # it imports torchvision, which takes a second or two
    )

    return catalogue()


def _own(model_id: str) -> ModelSpec:
    from explorer.models.sources.checkpoint import own_spec

    return own_spec(model_id)


def canonical_id(model_id: str) -> str:
    """The one id of a model that has several: `resnet50:IMAGENET1K_V2` is `resnet50` itself.

    Ids that name no model come back as they are. Only ids with a colon are torchvision's and
    import it.
    """
    if ":" not in model_id:
        return model_id
    from explorer.models.sources import torchvision

    return torchvision.canonical_id(model_id)


def featured() -> tuple[ModelSpec, ...]:
    """The models to offer first: embedded, from the command line, and torchvision's short list."""
    from explorer.models.sources.torchvision import SHORT_LIST

    return (
        *MODELS.values(),
        *(_published()[model_id] for model_id in SHORT_LIST),
    )


def search(text: str = "") -> list[ModelSpec]:
    """The models whose id or title holds every word of the text; all of them for no text.

    In order: embedded, from the command line, the short list, and the rest by name.
    """
    words = text.lower().split()
    return [
        spec
        for spec in (*MODELS.values(), *_published().values())
        if all(word in f"{spec.id} {spec.title}".lower() for word in words)
    ]


def get_spec(model_id: str) -> ModelSpec:
    """The registry's entry; ExplorerError naming known ids otherwise."""
    try:
        return MODELS[model_id]
    except KeyError:
        pass
    near = [spec.id for spec in search(model_id[:6])] or [spec.id for spec in featured()]
    raise ExplorerError(f"expected a model such as {', '.join(near[:12])}; got {model_id!r:.80}")


def register_factory(text: str) -> ModelSpec:
    """Load `path/to/file.py:function` and list its model under its id.

    One that is listed already, the same in all that its id says, stays: it may have been loaded.
    """
    spec = factory.load_factory(text)
    with _registering:
        return _registered.setdefault(spec.id, spec)


def load_model(model_id: str, device: str = "cpu", job: Job = ALONE) -> LoadedModel:
    """The model, downloaded if it must be, and loaded at most once however many ask for it.

    job: told how far the download is, whoever began it; it goes on as long as one job wants it.
    Raises ExplorerError, or Cancelled at once when the job is.
    """
    spec, device = get_spec(model_id), check_device(device)

    def make(loading: Job) -> LoadedModel:
        wanted = download_needed(spec)
        if wanted is not None:
            fetch(wanted, loading)
        return LoadedModel(spec, device)

    return _loading.get(f"{spec.id} on {device}", make, job)


def memory_use() -> MemoryUse:
    """What the loaded models take, of how much they may."""
    return _loading.kept.use()
