"""Explanations for the page: computed once for all sessions, in view, and kept."""

from __future__ import annotations

from functools import partial
from threading import Lock

from cachetools import LRUCache

from explorer.explain import attribute, pose
from explorer.explanation import Explanation
from explorer.request import Request
from explorer.sharing.job import Job
from explorer.sharing.runner import Runner
from explorer.ui import slots

from .first_picture import Drafts
from .watching import Way, watch

KEPT_BYTES = 96 * 1024 * 1024

_runner: Runner[Explanation] = Runner(KEPT_BYTES)
_kept_as: LRUCache[str, str] = LRUCache(maxsize=4096)  # a question's key -> of its equal, kept
_lock = Lock()


def cached(request: Request) -> Explanation | None:
    """The explanation if it is at hand, under this question or one that means the same."""
    found = _runner.result(request.key)
    if found is None:
        with _lock:
            equal = _kept_as.get(request.key)
        found = None if equal is None else _runner.result(equal)
    return found


def explanation_for(request: Request) -> Explanation | None:
    """The explanation, computed with progress on screen if need be; None where it was cancelled.

    Raises ExplorerError where the request cannot be answered.
    """
    known = cached(request)
    if known is None and slots.CANCELLED.get() == request.key:
        return None
    slots.CANCELLED.clear()
    return known or _watched(request)


def _watched(request: Request) -> Explanation:
    return watch(
        _runner,
        request.key,
        partial(_explain, request),
        Way("Cancel", f"cancel-{request.key}", partial(slots.CANCELLED.set, request.key)),
        text="Loading the model",
        drafts=partial(Drafts, request=request),
    )


def _explain(request: Request, job: Job) -> Explanation:
    """Compute it, unless it is kept under the name of the class that turns out to be predicted."""
    problem = pose(request, job)
    known = cached(problem.request)
    if known is not None:
        return known
    with _lock:
        _kept_as[problem.request.key] = request.key
    return attribute(problem, job)
