"""A job: what long work is given, to be watched, to share the machine, and to be stopped.

Explaining, measuring, surveying and downloading take a job and know nothing else of whoever waits.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any


class Job:
    """Work that nobody watches: it has the machine to itself, and goes on to its end.

    Whoever watches overrides what it wants to hear. Raising in any of these ends the work.
    """

    def turn(self) -> AbstractContextManager[None]:
        """A turn to compute, entered around every call of a model."""
        return nullcontext()

    def tell(self, done: float, total: float, unit: str) -> None:
        """So much is done of so much, in gradients, pictures or megabytes."""

    def preview(self, draft: Any) -> None:
        """A first picture, better with every call."""

    def cancelled(self) -> bool:
        """Whether nobody wants the result any more: asked at least once a batch."""
        return False


ALONE = Job()
"""The job of whoever waits for nothing but the result."""
