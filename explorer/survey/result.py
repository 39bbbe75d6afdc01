"""What a survey found: a row a picture, and what of it is wrong. Plain data, without the pictures.

The pictures themselves lie in the store of uploads as far as there is room; what that forgot is
read again from where it came.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from explorer.errors import ExplorerError
from explorer.images import uploads
from explorer.images.folders import Skipped

from .source import Source

COLUMNS = ("file", "label", "predicted", "probability", "correct", "fit")
ROW_BYTES = 600  # about what a row takes beside its texts
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for a formula


@dataclass(frozen=True)
class Row:
    """One picture's prediction. probability: 0 to 1.

    label: as the folder or the CSV says. truth: the class that it means, as the model writes it;
    None where there is no label, or none that the model knows, as is `correct` then. image_id: of
    the picture in the store of uploads, where `Survey.open` puts it.
    """

    name: str
    label: str | None
    truth: str | None
    predicted: str
    probability: float
    correct: bool | None
    image_id: str


@dataclass(frozen=True)
class Survey:
    """A model's predictions of a dataset, in the dataset's order.

    title: of the dataset. model, model_title: the id and what people call it. source: where the
    pictures can be read again; None for nowhere. skipped: what could not be read, with the reason.
    unknown_labels: those that are no class of the model; their pictures count neither as right nor
    as wrong.
    """

    title: str
    model: str
    model_title: str
    fit: str
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]
    unknown_labels: tuple[str, ...]
    source: Source | None = None

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

    @property
    def nbytes(self) -> int:
        """About the memory it takes, in bytes: what a bounded cache counts."""
        texts = sum(len(row.name) + len(row.label or "") for row in self.rows)
        left_out = sum(len(skip.name) + len(skip.reason) for skip in self.skipped)
        return texts + left_out + ROW_BYTES * (1 + len(self.rows) + len(self.skipped))

    def open(self, row: Row) -> str:
        """The id of the row's picture, put into the store again if it was forgotten.

        Raises ExplorerError where its file is gone, or is no longer the same.
        """
        if uploads.is_kept(row.image_id):
            return row.image_id
        if self.source is None:
            raise ExplorerError(f"{row.name} is no longer kept here: run the survey again")
        data = self.source.read(row.name)
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
            table.writerow([*texts, f"{row.probability:.6f}", verdict, self.fit])
        return file.getvalue()


def _plain(text: str) -> str:
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) else text
