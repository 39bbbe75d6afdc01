"""survey(dataset, model) -> Survey: what a model says of many pictures, and where it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from explorer.core.attribution import Cancelled
from explorer.errors import ExplorerError
from explorer.images import uploads
from explorer.images.decode import decode
from explorer.images.folders import Dataset, Entry, Skipped
from explorer.images.preprocess import DEFAULT_FIT, ModelInput, find_fit, prepare
from explorer.sharing.job import ALONE, Job

from .labels import class_indices, indices_of
from .result import Row, Survey
from .source import Source

KEEP_BYTES = 64 * 1024 * 1024  # of the store that all users share, for one survey's pictures
BATCH_SIZE = 8
BATCH_PIXELS = 1_000_000  # of all pictures in a batch, unless one alone has more


class Spec(ModelInput, Protocol):
    """What is asked of a model's entry: its input, its name, and the names of its classes."""

    @property
    def title(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...


class Model(Protocol):
    """What is asked of a loaded model."""

    @property
    def spec(self) -> Spec: ...
    def probabilities(self, images: torch.Tensor) -> np.ndarray:
        """(n, classes) of images (n, C, H, W) in [0, 1]."""


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
    job: Job = ALONE,
    *,
    batch_size: int = BATCH_SIZE,
    source: Source | None = None,
) -> Survey:
    """The model's predictions of all pictures; those that cannot be read are listed and passed.

    job: asked before each file whether to go on, and told after it how many are read. batch_size:
    pictures at once, fewer of large ones. source: where they can be read again. Raises
    ExplorerError where there is no such fit, Cancelled when the job is.
    """
    find_fit(fit)  # said once, not of every picture
    run = _Run(dataset, model, fit, job)
    for batch in run.batches(batch_size):
        run.predict(batch)
    return run.result(source)


class _Run:
    """A survey under way: pictures go in one by one, rows and reasons gather."""

    def __init__(self, dataset: Dataset, model: Model, fit: str, job: Job) -> None:
        self.dataset, self.model, self.fit, self.job = dataset, model, fit, job
        self.rows: list[Row] = []
        self.skipped = list(dataset.skipped)
        self.unknown: dict[str, None] = {}
        self.known = class_indices(model.spec.classes)
        self.kept = 0

    def batches(self, size: int) -> Iterator[list[_Ready]]:
        """Pictures of one shape, `size` at a time, in order; the last ones of a shape fewer."""
        batch: list[_Ready] = []
        for ready in self._readable():
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
        with self.job.turn():
            found = self.model.probabilities(images)
        for ready, chances in zip(batch, found, strict=True):
            if not np.isfinite(chances).all():
                self._skip(ready.entry, "the model's probabilities for it are no numbers")
                continue
            self.rows.append(self._row(ready, chances))

    def result(self, source: Source | None) -> Survey:
        """All that was gathered."""
        spec = self.model.spec
        return Survey(
            title=self.dataset.title,
            model=spec.id,
            model_title=spec.title,
            fit=self.fit,
            rows=tuple(self.rows),
            skipped=tuple(self.skipped),
            unknown_labels=tuple(self.unknown),
            source=source,
        )

    def _readable(self) -> Iterator[_Ready]:
        """The pictures that can be read, one after the other; the others are passed."""
        total = len(self.dataset.entries)
        for done, entry in enumerate(self.dataset.entries, 1):
            if self.job.cancelled():
                raise Cancelled(f"stopped before picture {done} of {total}")
            ready = self._prepare(entry)
            self.job.tell(done, total, "pictures")
            if ready is not None:
                yield ready

    def _prepare(self, entry: Entry) -> _Ready | None:
        try:
            data = entry.load()
            pixels = prepare(decode(data), self.model.spec, self.fit).pixels
        except ExplorerError as error:
            self._skip(entry, str(error))
            return None
        return _Ready(entry, data, pixels)

    def _row(self, ready: _Ready, chances: np.ndarray) -> Row:
        best, entry, classes = int(np.argmax(chances)), ready.entry, self.model.spec.classes
        right, image_id = self._meant(entry.label), self._keep(ready)
        return Row(
            name=entry.name,
            label=entry.label,
            truth=classes[min(right)] if right else None,
            predicted=classes[best],
            probability=float(chances[best]),
            correct=best in right if right else None,
            image_id=image_id,
        )

    def _meant(self, label: str | None) -> set[int]:
        """The classes that a label means; what means none is noted."""
        if label is None:
            return set()
        right = indices_of(label, self.known, len(self.model.spec.classes))
        if not right:
            self.unknown[label] = None
        return right

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
