"""A model asked about many pictures: the table, the mistakes, and what was left out."""

from __future__ import annotations

import csv
import io
import pickle
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from cachetools import LRUCache
from PIL import Image

from explorer.core.attribution import Cancelled
from explorer.errors import ExplorerError
from explorer.images import library, uploads
from explorer.images.folders import Dataset, Entry, Skipped, read_folder
from explorer.models.registry import get_spec
from explorer.sharing.job import Job
from explorer.survey import labels
from explorer.survey.labels import truth_of
from explorer.survey.result import COLUMNS
from explorer.survey.run import survey
from explorer.survey.source import source_at
from tests.conftest import REAL

COLOURS = {"red": (255, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 255)}
SPEC = replace(
    get_spec("scenes-shortcut"), id="colours", classes=("Red light", "green_light", "blue light"),
    native=True,
)  # fmt: skip


class Brightest:
    """Says which channel is the brightest, and remembers the shapes it was asked about."""

    def __init__(self):
        self.spec, self.shapes = SPEC, []

    def probabilities(self, images):
        self.shapes.append(tuple(images.shape))
        means = images.mean(dim=(2, 3)).numpy() + 0.01
        return means / means.sum(axis=1, keepdims=True)


def png(colour="red", size=(20, 20), noise=0) -> bytes:
    file = io.BytesIO()
    picture = Image.new("RGB", size, COLOURS.get(colour, colour))
    picture.putpixel((0, 0), (noise, 0, 0))
    picture.save(file, "PNG")
    return file.getvalue()


def dataset(*pictures: tuple[str, str | None, bytes], skipped=()) -> Dataset:
    entries = [Entry(name, label, lambda data=data: data) for name, label, data in pictures]
    return Dataset("pictures", tuple(entries), tuple(skipped))


def test_every_picture_gets_a_row_in_order():
    pictures = [(f"{i}.png", None, png(c)) for i, c in enumerate(["red", "blue", "green", "red"])]
    result = survey(dataset(*pictures), Brightest(), batch_size=3)
    assert [row.name for row in result.rows] == ["0.png", "1.png", "2.png", "3.png"]
    assert [row.predicted for row in result.rows] == [SPEC.classes[i] for i in (0, 2, 1, 0)]
    assert all(0.9 < row.probability <= 1 for row in result.rows)
    assert result.accuracy is None
    assert {row.correct for row in result.rows} == {None}


def test_rows_lead_to_pictures_that_can_be_explained():
    (row,) = survey(dataset(("mine/a.png", None, png())), Brightest()).rows
    sample = library.image_for(row.image_id, SPEC)
    assert sample.title == "mine/a.png"
    assert sample.pixels.shape == SPEC.shape


def test_labels_match_whatever_their_case_and_underscores():
    result = survey(
        dataset(
            ("a", "red_light", png("red")),
            ("b", "GREEN  LIGHT", png("green")),
            ("c", "Blue Light", png("red")),
            ("d", "lamp", png("red")),
            ("e", "lamp", png("red", noise=1)),
            ("f", None, png("red", noise=2)),
        ),
        Brightest(),
    )
    assert [row.correct for row in result.rows] == [True, True, False, None, None, None]
    assert result.accuracy == pytest.approx(2 / 3)
    assert result.judged == 3
    assert result.unknown_labels == ("lamp",)


def test_mistakes_come_most_confident_first():
    unsure, sure = png((130, 0, 120)), png((250, 0, 10))
    result = survey(
        dataset(
            ("unsure", "blue light", unsure),
            ("sure", "blue light", sure),
            ("ok", "red light", sure),
        ),
        Brightest(),
    )
    assert [row.name for row in result.mistakes] == ["sure", "unsure"]


def test_unreadable_pictures_are_listed_and_do_not_stop_it():
    def gone():
        raise ExplorerError("it is gone")

    pictures = dataset(
        ("a", None, png()), ("text", None, b"hello"), ("cut", None, png()[:60]), ("z", None, png()),
        skipped=[Skipped("notes.txt", "no picture")],
    )  # fmt: skip
    entries = (*pictures.entries, Entry("gone", None, gone))
    result = survey(replace(pictures, entries=entries), Brightest())
    assert [row.name for row in result.rows] == ["a", "z"]
    said = {skip.name: skip.reason for skip in result.skipped}
    assert said["notes.txt"] == "no picture"
    assert said["gone"] == "it is gone"
    assert "something else" in said["text"]
    assert "damaged" in said["cut"]


def test_native_pictures_are_asked_about_by_shape():
    model = Brightest()
    sizes = [(64, 64), (64, 64), (70, 64), (64, 64)]
    survey(dataset(*[(str(i), None, png(size=s)) for i, s in enumerate(sizes)]), model, "native")
    assert model.shapes == [(2, 3, 64, 64), (1, 3, 64, 70), (1, 3, 64, 64)]


def test_batches_are_no_larger_than_asked():
    model = Brightest()
    survey(dataset(*[(str(i), None, png(noise=i)) for i in range(7)]), model, batch_size=3)
    assert [shape[0] for shape in model.shapes] == [3, 3, 1]


def test_large_pictures_make_small_batches():
    model = Brightest()
    pictures = [(str(i), None, png(size=(1000, 600), noise=i)) for i in range(3)]
    survey(dataset(*pictures), model, "native")
    assert [shape[0] for shape in model.shapes] == [1, 1, 1]


class Watching(Job):
    """Notes what it is told, and is cancelled once it was told of so many pictures."""

    def __init__(self, enough=1 << 30):
        self.told, self._enough = [], enough

    def tell(self, done, total, unit):
        self.told.append((done, total, unit))

    def cancelled(self):
        return len(self.told) >= self._enough


def test_progress_is_told_file_by_file():
    job = Watching()
    pictures = [(str(i), None, png(noise=i)) for i in range(5)] + [("bad", None, b"x")]
    survey(dataset(*pictures), Brightest(), job=job, batch_size=2)
    assert job.told == [(n, 6, "pictures") for n in range(1, 7)]


def test_of_many_files_that_cannot_be_read_each_is_told_and_asked_about():
    unreadable = dataset(*[(str(i), None, b"hello") for i in range(500)])
    job = Watching()
    assert len(survey(unreadable, Brightest(), job=job).skipped) == 500
    assert len(job.told) == 500
    job = Watching(enough=3)
    with pytest.raises(Cancelled):
        survey(unreadable, Brightest(), job=job)
    assert len(job.told) == 3


def test_it_ends_at_the_next_file_when_cancelled():
    job = Watching(enough=4)
    pictures = [(str(i), None, png(noise=i)) for i in range(9)]
    model = Brightest()
    with pytest.raises(Cancelled):
        survey(dataset(*pictures), model, job=job, batch_size=1)
    assert len(job.told) == 4
    assert len(model.shapes) == 3


def test_an_unknown_fit_is_refused_once():
    with pytest.raises(ExplorerError, match="crop, whole, native"):
        survey(dataset(("a", None, png())), Brightest(), "stretch")


def folder(tmp_path, **pictures):
    """A folder of PNG files, as a source that can be read again."""
    for name, data in pictures.items():
        (tmp_path / f"{name}.png").write_bytes(data)
    return source_at(tmp_path)


def test_a_survey_larger_than_the_store_still_gives_its_table(monkeypatch, tmp_path):
    size = len(png(noise=1))
    store = LRUCache(maxsize=3 * size + size // 2, getsizeof=lambda entry: len(entry[0]))
    monkeypatch.setattr(uploads, "_store", store)
    source = folder(tmp_path, **{f"p{i}": png(noise=i + 1) for i in range(6)})
    result = survey(source.dataset(), Brightest(), source=source)
    assert len(result.rows) == 6
    assert result.forgotten == ("p0.png", "p1.png", "p2.png")
    with pytest.raises(ExplorerError, match="upload it again"):
        library.image_for(result.rows[0].image_id, SPEC)
    library.image_for(result.open(result.rows[0]), SPEC)
    assert "p0.png" not in result.forgotten


def test_a_picture_that_was_forgotten_and_can_be_read_nowhere_is_said():
    result = survey(dataset(("a", None, png())), Brightest())
    uploads._store.clear()
    with pytest.raises(ExplorerError, match="run the survey again"):
        result.open(result.rows[0])


def test_a_survey_fills_no_more_than_its_share_of_the_store(monkeypatch):
    monkeypatch.setattr("explorer.survey.run.KEEP_BYTES", 2 * len(png(noise=99)) + 9)
    monkeypatch.setattr(uploads, "_store", LRUCache(maxsize=1 << 20))
    pictures = [(str(i), None, png(noise=100 + i)) for i in range(5)]
    assert survey(dataset(*pictures), Brightest()).forgotten == ("2", "3", "4")


def test_a_picture_that_has_changed_since_is_not_opened_in_its_place(tmp_path):
    source = folder(tmp_path, a=png("red"))
    result = survey(source.dataset(), Brightest(), source=source)
    (tmp_path / "a.png").write_bytes(png("blue"))
    assert uploads.stored(result.open(result.rows[0]))[0] == png("red"), "what was surveyed"
    uploads._store.clear()
    with pytest.raises(ExplorerError, match="not the file it was"):
        result.open(result.rows[0])
    (tmp_path / "a.png").unlink()
    with pytest.raises(ExplorerError):
        result.open(result.rows[0])


def test_a_result_is_plain_data_and_takes_about_the_bytes_it_says(tmp_path):
    source = folder(tmp_path, **{f"p{i}": png(noise=i) for i in range(30)})
    result = survey(source.dataset(), Brightest(), source=source)
    data = pickle.dumps(result)
    assert pickle.loads(data) == result
    assert len(data) < result.nbytes < 30 * len(data)


def test_every_labelled_picture_has_its_true_class_as_the_model_writes_it():
    result = survey(
        dataset(("a", "RED_light", png("blue")), ("b", "2", png("red")), ("c", "lamp", png("red"))),
        Brightest(),
    )
    assert [row.truth for row in result.rows] == ["Red light", "blue light", None]


def test_a_label_is_known_to_whoever_knows_its_survey_and_as_the_model_writes_it():
    labels.note_label("mine", "own-a", "RED_light")
    assert truth_of("mine", "own-a", SPEC.classes) == "Red light"
    assert truth_of("mine", "own-a", ("boat", "red light")) == "red light"
    assert truth_of("mine", "own-a", ("boat",)) is None
    assert truth_of("mine", "own-unheard-of", SPEC.classes) is None
    assert truth_of("another's", "own-a", SPEC.classes) is None


def test_what_is_known_of_single_pictures_is_bounded(monkeypatch):
    monkeypatch.setattr(labels, "_labels", LRUCache(maxsize=2))
    for image in "abc":
        labels.note_label("mine", image, "red light")
    found = [truth_of("mine", image, SPEC.classes) for image in "abc"]
    assert found == [None, "Red light", "Red light"]


def test_probabilities_that_are_no_numbers_are_said():
    model = Brightest()
    model.probabilities = lambda images: np.full((len(images), 3), np.nan)
    result = survey(dataset(("a", None, png())), model)
    assert result.rows == ()
    assert "no numbers" in result.skipped[0].reason


def test_a_label_may_be_the_index_of_a_class():
    result = survey(dataset(("a", "2", png("blue")), ("b", "3", png("red"))), Brightest())
    assert [row.correct for row in result.rows] == [True, None]


def test_the_table_can_be_saved_and_no_cell_is_a_formula():
    pictures = dataset(
        ("=HYPERLINK(1)", "+1", png("red")), ("a,b.png", "red light", png("red")),
        (" @x.png", "blue light", png("red")), ("-cut.png", None, b"x"),
    )  # fmt: skip
    result = survey(pictures, Brightest())
    header, *rows = csv.reader(io.StringIO(result.to_csv()))
    assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == ["'=HYPERLINK(1)", "a,b.png", "' @x.png"]
    assert rows[0][1] == "'+1"
    assert [row[4] for row in rows] == ["", "yes", "no"]
    assert {row[5] for row in rows} == {"crop"}
    assert float(rows[1][3]) == pytest.approx(result.rows[1].probability, abs=1e-6)


def test_a_loaded_model_can_be_surveyed():
    from explorer.models.registry import load_model

    result = survey(dataset(("a", "fireboat", png())), load_model("scenes-shortcut"))
    assert result.model == "scenes-shortcut"
    assert np.isfinite(result.rows[0].probability)


def test_classes_that_share_a_name_are_both_right():
    model = Brightest()
    model.spec = SimpleNamespace(**{**vars(SPEC), "classes": ("crane", "crane", "boat")})
    result = survey(dataset(("a", "Crane", png("green"))), model)
    assert result.rows[0].correct is True


@pytest.mark.real
def test_real_photographs_are_surveyed_and_the_known_mistakes_found(monkeypatch):
    from explorer.models.loaded import LoadedModel

    monkeypatch.setenv("TORCH_HOME", str(REAL))
    folder = read_folder(REAL / "images")
    truth = {"milk_jug": "milk can"}  # what ImageNet calls one
    names = [entry.name.removesuffix(".jpg") for entry in folder.entries]
    entries = [
        replace(entry, label=truth.get(name, name))
        for entry, name in zip(folder.entries, names, strict=True)
    ]
    model = LoadedModel(get_spec("squeezenet1_0"))
    result = survey(replace(folder, entries=tuple(entries)), model, "native")
    assert [skip.name for skip in result.skipped] == ["truncated_file.jpg"]
    assert "damaged" in result.skipped[0].reason
    assert result.judged == 14
    assert result.accuracy == pytest.approx(11 / 14)
    wrong = {row.name: (row.predicted, round(row.probability, 2)) for row in result.mistakes}
    assert wrong == {
        "loafer.jpg": ("oxygen mask", 0.84),
        "milk_jug.jpg": ("vase", 0.83),
        "gas_pump.jpg": ("boathouse", 0.34),
    }
    assert list(wrong) == ["loafer.jpg", "milk_jug.jpg", "gas_pump.jpg"]


def test_every_call_of_the_model_takes_a_turn_and_none_is_held_between():
    holding, seen, between = [], [], []

    class Turns(Job):
        @contextmanager
        def turn(self):
            holding.append(True)
            yield
            holding.pop()

        def tell(self, done, total, unit):
            between.append(len(holding))

    class Counting(Brightest):
        def probabilities(self, images):
            seen.append(len(holding))
            return super().probabilities(images)

    pictures = [(f"{i}.png", None, png("red")) for i in range(5)]
    survey(dataset(*pictures), Counting(), job=Turns(), batch_size=2)
    assert seen == [1, 1, 1]
    assert set(between) == {0}
