"""survey(dataset, model) -> Survey: what a model says of many pictures, and where it is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from explorer.core.attribution import Turn
from explorer.errors import ExplorerError
from explorer.images import uploads
from explorer.images.decode import decode
from explorer.images.folders import Dataset, Entry, Skipped
from explorer.images.preprocess import DEFAULT_FIT, FITS, ModelInput, prepare

KEEP_BYTES = 64 * 1024 * 1024  # of the store that all users share, for one survey's pictures
BATCH_SIZE = 8
BATCH_PIXELS = 1_000_000  # of all pictures in a batch, unless one alone has more
COLUMNS = ("file", "label", "predicted", "probability", "correct")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for a formula

Progress = Callable[[int, int], None]  # (pictures done, pictures in all)


class Spec(ModelInput, Protocol):
    """What is asked of a model's entry: its input, and the names of its classes."""

    @property
    def classes(self) -> tuple[str, ...]: ...


class Model(Protocol):
    """What is asked of a loaded model."""

    @property
    def spec(self) -> Spec: ...
    def probabilities(self, images: torch.Tensor) -> np.ndarray:
        """(n, classes) of images (n, C, H, W) in [0, 1]."""


@dataclass(frozen=True)
class Row:
    """One picture's prediction. probability: 0 to 1.

    label: as the folder or the CSV says. correct: None where there is no label, or none that the
    model knows. image_id: of the picture in the store of uploads, where `Survey.open` puts it.
    """

    name: str
    label: str | None
    predicted: str
    probability: float
    correct: bool | None
    image_id: str
    entry: Entry = field(repr=False, compare=False)


@dataclass(frozen=True)
class Survey:
    """A model's predictions of a dataset, in the dataset's order.

    skipped: what could not be read, with the reason. unknown_labels: those that are no class of the
    model; their pictures count neither as right nor as wrong. stopped: whether somebody cancelled,
    so that the rest is missing.
    """

    title: str
    model: str
    fit: str
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]
    unknown_labels: tuple[str, ...]
    stopped: bool = False

    @property
    def judged(self) -> int:
        """How many pictures have a label that the model knows."""
        return sum(row.correct is not None for row in self.rows)

    @property
    def accuracy(self) -> float | None:
        """The share of the judged pictures that are right, 0 to 1; None where none is judged."""
        return sum(row.correct is True for row in self.rows) / self.judged if self.judged else None

    @property
    def mistakes(self) -> tuple[Row, ...]:
        """The wrong predictions, most confident first."""
        wrong = (row for row in self.rows if row.correct is False)
        return tuple(sorted(wrong, key=lambda row: -row.probability))

    @property
    def forgotten(self) -> tuple[str, ...]:
        """The names of pictures that the store does not have now, which `open` reads again."""
        return tuple(row.name for row in self.rows if not uploads.is_kept(row.image_id))

    def open(self, row: Row) -> str:
        """The id of the row's picture, put into the store again if it was forgotten.

        Raises ExplorerError where its file is gone, or is no longer the same.
        """
        data = row.entry.load()
        if uploads.name_of(data) != row.image_id:
            raise ExplorerError(f"{row.name} is not the file it was: run the survey again")
        return uploads.keep(data, row.name)

    def to_csv(self) -> str:
        """The table; text that a spreadsheet would take for a formula is quoted with '."""
        file = io.StringIO(newline="")
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for row in self.rows:
            verdict = "" if row.correct is None else ("yes" if row.correct else "no")
            texts = (_plain(text or "") for text in (row.name, row.label, row.predicted))
            table.writerow([*texts, f"{row.probability:.6f}", verdict])
        return file.getvalue()


@dataclass(frozen=True, eq=False)
class _Ready:
    """A picture as the model takes it. pixels: (C, H, W)."""

    entry: Entry
    data: bytes
    pixels: np.ndarray


def survey(
    dataset: Dataset,
    model: Model,
    fit: str = DEFAULT_FIT,
    batch_size: int = BATCH_SIZE,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    turn: Turn = nullcontext,
) -> Survey:
    """The model's predictions of all pictures; those that cannot be read are listed and passed.

    progress: told (done, total) after each batch, and whatever it raises passes through.
    cancelled: asked before each picture; once true, the survey ends with what it has. batch_size:
    pictures at once, fewer of large ones. turn: entered around every call of the model. Raises
    ExplorerError where there is no such fit.
    """
    if fit not in FITS:  # said once, not of every picture
        raise ExplorerError(f"expected a fit out of {', '.join(FITS)}; got {fit!r}")
    run = _Run(dataset, model, fit, cancelled or (lambda: False), turn)
    for batch in run.batches(batch_size):
        run.predict(batch)
        if progress:
            progress(run.done, len(dataset.entries))
    return run.result()


class _Run:
    """A survey under way: pictures go in one by one, rows and reasons gather."""

    def __init__(
        self, dataset: Dataset, model: Model, fit: str, cancelled: Callable[[], bool], turn: Turn
    ) -> None:
        self.dataset, self.model, self.fit = dataset, model, fit
        self.cancelled, self.turn = cancelled, turn
        self.rows: list[Row] = []
        self.skipped = list(dataset.skipped)
        self.unknown: dict[str, None] = {}
        self.known = _class_indices(model.spec.classes)
        self.kept, self.done, self.stopped = 0, 0, False

    def batches(self, size: int) -> Iterator[list[_Ready]]:
        """Pictures of one shape, `size` at a time, in order; the last ones of a shape fewer."""
        batch: list[_Ready] = []
        for entry in self.dataset.entries:
            if self.cancelled():
                self.stopped = True
                break
            ready = self._prepare(entry)
            self.done += 1
            if ready is None:
                continue
            if batch and not _joins(ready, batch, size):
                yield batch
                batch = []
            batch.append(ready)
        yield batch

    def predict(self, batch: list[_Ready]) -> None:
        """Add a row for each picture of the batch."""
        if not batch:
            return
        images = torch.from_numpy(np.stack([ready.pixels for ready in batch]))
        with self.turn():
            found = self.model.probabilities(images)
        for ready, chances in zip(batch, found, strict=True):
            if not np.isfinite(chances).all():
                self._skip(ready.entry, "the model's probabilities for it are no numbers")
                continue
            self.rows.append(self._row(ready, chances))

    def result(self) -> Survey:
        """All that was gathered."""
        return Survey(
            title=self.dataset.title,
            model=self.model.spec.id,
            fit=self.fit,
            rows=tuple(self.rows),
            skipped=tuple(self.skipped),
            unknown_labels=tuple(self.unknown),
            stopped=self.stopped,
        )

    def _prepare(self, entry: Entry) -> _Ready | None:
        try:
            data = entry.load()
            pixels = prepare(decode(data), self.model.spec, self.fit).pixels
        except ExplorerError as error:
            self._skip(entry, str(error))
            return None
        return _Ready(entry, data, pixels)

    def _row(self, ready: _Ready, chances: np.ndarray) -> Row:
        best, entry = int(np.argmax(chances)), ready.entry
        return Row(
            name=entry.name,
            label=entry.label,
            predicted=self.model.spec.classes[best],
            probability=float(chances[best]),
            correct=self._judge(entry.label, best),
            image_id=self._keep(ready),
            entry=entry,
        )

    def _judge(self, label: str | None, best: int) -> bool | None:
        if label is None:
            return None
        right = _indices_of(label, self.known, len(self.model.spec.classes))
        if not right:
            self.unknown[label] = None
            return None
        return best in right

    def _keep(self, ready: _Ready) -> str:
        """The picture's id; it goes into the shared store unless this survey has its share."""
        self.kept += len(ready.data)
        if self.kept > KEEP_BYTES:
            return uploads.name_of(ready.data)
        return uploads.keep(ready.data, ready.entry.name, decoded=True)

    def _skip(self, entry: Entry, reason: str) -> None:
        self.skipped.append(Skipped(entry.name, reason))


def _joins(ready: _Ready, batch: list[_Ready], size: int) -> bool:
    """Whether a picture goes into the batch: of its shape, and neither too many nor too large."""
    _, height, width = shape = batch[0].pixels.shape
    most = min(size, BATCH_PIXELS // (height * width))
    return ready.pixels.shape == shape and len(batch) < most


def class_named(label: str, classes: tuple[str, ...]) -> str | None:
    """The class that a label means, written as the model writes it; None where it means none."""
    right = _indices_of(label, _class_indices(classes), len(classes))
    return classes[min(right)] if right else None


def _class_indices(classes: tuple[str, ...]) -> dict[str, set[int]]:
    """The indices of each class by its folded name; ImageNet has two cranes."""
    found: dict[str, set[int]] = {}
    for index, name in enumerate(classes):
        found.setdefault(_folded(name), set()).add(index)
    return found


def _indices_of(label: str, known: dict[str, set[int]], count: int) -> set[int]:
    """The classes that a label means: those of that name, else the one of that index."""
    if named := known.get(_folded(label)):
        return named
    if label.isascii() and label.isdecimal() and len(label) < 9 and int(label) < count:
        return {int(label)}
    return set()


def _folded(name: str) -> str:
    """Folders are often named with _ or - for the spaces."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _plain(text: str) -> str:
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) else text
