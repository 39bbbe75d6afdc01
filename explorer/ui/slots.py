"""Everything that a session remembers, named in one place. Widgets' own keys stand with them.

Big things are not kept here: a closed tab's session lives on for minutes. What a session names by
an id or a key lies in bounded stores that all sessions share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from explorer.core.choice import Value
    from explorer.pictures.view import View
    from explorer.request import Request
    from explorer.survey.source import Source

T = TypeVar("T")


@dataclass(frozen=True)
class Slot(Generic[T]):
    """One thing that a session remembers. usual(): what it is before anybody set it."""

    key: str
    usual: Callable[[], T]

    def get(self) -> T:
        """What it is now; a list, a dict or a set may be changed in place."""
        if not self.is_set() and isinstance(usual := self.usual(), list | dict | set):
            self.set(usual)
        return st.session_state[self.key] if self.is_set() else self.usual()

    def set(self, value: T) -> None:
        """Remember this from now on."""
        st.session_state[self.key] = value

    def take(self) -> T:
        """What it is now, which is forgotten with that."""
        return st.session_state.pop(self.key, self.usual())

    def clear(self) -> None:
        """Forget it."""
        st.session_state.pop(self.key, None)

    def is_set(self) -> bool:
        """Whether anybody set it."""
        return self.key in st.session_state


def _nothing() -> Any:
    return None


# What is asked and how it is looked at
REQUEST: Slot[Request] = Slot("request", _nothing)
VIEW: Slot[View] = Slot("view", _nothing)
ADDRESS: Slot[dict[str, str] | None] = Slot("address", _nothing)  # as it was last written
WRITTEN: Slot[float] = Slot("written", float)  # when that was, on a clock that only goes on
ASKED_NOW: Slot[bool] = Slot("asked_now", bool)  # whether a control of this run changed the request
TAB: Slot[str | None] = Slot("details", _nothing)  # the open one's title; the tabs' own key
SHOWN: Slot[Request | None] = Slot("shown", _nothing)  # what the picture on the page answers
CANCELLED: Slot[str | None] = Slot("cancelled", _nothing)  # the key of what was cancelled last
NOTICES: Slot[list[str]] = Slot("notices", list)

# What was set before, to come back to
SCORE_BEFORE: Slot[str] = Slot("score_before", lambda: "probability")  # beneath a contrast
SETTINGS_BEFORE: Slot[dict[tuple[str, tuple[str, str]], Value]] = Slot("settings_before", dict)
IMAGE_OF: Slot[dict[str, str]] = Slot("image_of", dict)  # collection of samples -> image

# What is the person's own
OWN_IMAGES: Slot[list[str]] = Slot("own", list)
TAKEN: Slot[set[str]] = Slot("taken", set)  # uploaded files that were looked at
OWN_MODELS: Slot[list[str]] = Slot("own_models", list)
PUBLISHED_MODELS: Slot[list[str]] = Slot("published_models", list)  # that were looked for
AGREED: Slot[str | None] = Slot("download", _nothing)  # the model that may be downloaded

# Surveys
SURVEY: Slot[str | None] = Slot("survey", _nothing)
ARCHIVE: Slot[Source | None] = Slot("archive", _nothing)
ARCHIVES: Slot[int] = Slot("archives", int)  # how many were taken: a fresh uploader each
MISTAKES_SHOWN: Slot[int | None] = Slot("mistakes_shown", _nothing)

# The page itself
EXPLORER_PAGE: Slot[Any] = Slot("explorer_page", _nothing)
PAINTED: Slot[bool] = Slot("painted", bool)  # whether the skeleton has been there


def asked_of(job: str) -> Slot[str | None]:
    """The key of what a tab's job was asked for."""
    return Slot(f"{job}-asked", _nothing)


def ended_of(job: str) -> Slot[tuple[str | None, str]]:
    """The key of what a tab's job ended without a result, and why; "" where it was stopped."""
    return Slot(f"{job}-ended", lambda: (None, ""))


def sent_to(player: str) -> Slot[dict[str, Any] | None]:
    """What was last sent to a player."""
    return Slot(f"{player}.sent", _nothing)
