"""Which class a label means, and what is known of single pictures' labels."""

from __future__ import annotations

from threading import Lock

from cachetools import LRUCache

REMEMBERED = 50_000  # pictures; each is two short texts

_labels: LRUCache[tuple[str, str], str] = LRUCache(maxsize=REMEMBERED)
_lock = Lock()


def note_label(survey_id: str, image_id: str, label: str) -> None:
    """Remember what a survey's dataset says that a picture shows, for whoever knows the survey."""
    with _lock:
        _labels[survey_id, image_id] = label


def truth_of(survey_id: str, image_id: str, classes: tuple[str, ...]) -> str | None:
    """The true class of a survey's picture, as one of these; None where it is not known."""
    with _lock:
        label = _labels.get((survey_id, image_id))
    return None if label is None else class_named(label, classes)


def class_named(label: str, classes: tuple[str, ...]) -> str | None:
    """The class that a label means, written as the model writes it; None where it means none."""
    right = indices_of(label, class_indices(classes), len(classes))
    return classes[min(right)] if right else None


def class_indices(classes: tuple[str, ...]) -> dict[str, set[int]]:
    """The indices of each class by its folded name; ImageNet has two cranes."""
    found: dict[str, set[int]] = {}
    for index, name in enumerate(classes):
        found.setdefault(_folded(name), set()).add(index)
    return found


def indices_of(label: str, known: dict[str, set[int]], count: int) -> set[int]:
    """The classes that a label means: those of that name, else the one of that index."""
    if named := known.get(_folded(label)):
        return named
    if label.isascii() and label.isdecimal() and len(label) < 9 and int(label) < count:
        return {int(label)}
    return set()


def _folded(name: str) -> str:
    """Folders are often named with _ or - for the spaces."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
