"""The users' own images, named by their content: a bounded store, shared by all sessions.

An id says which bytes are meant, so a request that names it can be cached like any other; the bytes
themselves never leave the memory of this process, and the least recently used ones are forgotten.
"""

from __future__ import annotations

import hashlib
from threading import Lock

from cachetools import LRUCache

from explorer.errors import ExplorerError

from .decode import decode
from .samples import NO_PIXELS, Sample

PREFIX = "own-"
STORE_BYTES = 256 * 1024 * 1024

_store: LRUCache[str, tuple[bytes, str]] = LRUCache(
    maxsize=STORE_BYTES, getsizeof=lambda entry: len(entry[0])
)
_lock = Lock()


def name_of(data: bytes) -> str:
    """The id under which these bytes are kept, whether they are or not."""
    return PREFIX + hashlib.sha256(data).hexdigest()[:16]


def keep(data: bytes, title: str, *, decoded: bool = False) -> str:
    """Check that `data` is an image, keep it, and return its id; ExplorerError if it is not one.

    decoded: the caller has decoded these very bytes, so that they need no second check.
    """
    image_id = name_of(data)
    with _lock:
        known = image_id in _store
    if not known and not decoded:
        decode(data)
    with _lock:
        _store[image_id] = (data, title)
    return image_id


def is_upload(image_id: str) -> bool:
    """Whether the id names a user's own image."""
    return image_id.startswith(PREFIX)


def is_kept(image_id: str) -> bool:
    """Whether the store still has it."""
    with _lock:
        return image_id in _store


def stored(image_id: str) -> tuple[bytes, str]:
    """The bytes and the title that were kept; ExplorerError once they are forgotten."""
    with _lock:
        entry = _store.get(image_id)
    if entry is None:
        raise ExplorerError("this image was somebody's own and is not kept here; upload it again")
    return entry


def bare_sample(image_id: str) -> Sample:
    """The image by name, with no pixels yet; ExplorerError once it is forgotten."""
    _, title = stored(image_id)
    return Sample(
        id=image_id, label=None, title=title, caption="Your own image.", story=False,
        pixels=NO_PIXELS,
    )  # fmt: skip
