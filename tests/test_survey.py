"""A model asked about many pictures: the table, the mistakes, and what was left out."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from cachetools import LRUCache
from PIL import Image

from explorer.errors import ExplorerError
from explorer.images import library, uploads
from explorer.images.folders import Dataset, Entry, Skipped, read_folder
from explorer.models.registry import get_spec
from explorer.survey.result import COLUMNS
from explorer.survey.run import survey
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


def test_progress_is_told_and_ends_at_the_end():
    told = []
    pictures = [(str(i), None, png(noise=i)) for i in range(5)] + [("bad", None, b"x")]
    survey(
        dataset(*pictures), Brightest(), batch_size=2,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told == [(3, 6), (5, 6), (6, 6)]  # the picture that opens the next batch is read too


def test_it_ends_with_what_it_has_when_cancelled():
    model = Brightest()
    pictures = [(str(i), None, png(noise=i)) for i in range(9)]
    result = survey(
        dataset(*pictures), model, batch_size=1, cancelled=lambda: len(model.shapes) >= 3
    )
    assert result.stopped
    assert [row.name for row in result.rows] == ["0", "1", "2", "3"]


def test_an_unknown_fit_is_refused_once():
    with pytest.raises(ExplorerError, match="crop, whole, native"):
        survey(dataset(("a", None, png())), Brightest(), "stretch")


def test_a_survey_larger_than_the_store_still_gives_its_table(monkeypatch):
    size = len(png(noise=1))
    store = LRUCache(maxsize=3 * size + size // 2, getsizeof=lambda entry: len(entry[0]))
    monkeypatch.setattr(uploads, "_store", store)
    pictures = [(str(i), None, png(noise=i + 1)) for i in range(6)]
    result = survey(dataset(*pictures), Brightest())
    assert len(result.rows) == 6
    assert result.forgotten == ("0", "1", "2")
    with pytest.raises(ExplorerError, match="upload it again"):
        library.image_for(result.rows[0].image_id, SPEC)
    library.image_for(result.open(result.rows[0]), SPEC)
    assert "0" not in result.forgotten


def test_a_survey_fills_no_more_than_its_share_of_the_store(monkeypatch):
    monkeypatch.setattr("explorer.survey.KEEP_BYTES", 2 * len(png(noise=99)) + 9)
    monkeypatch.setattr(uploads, "_store", LRUCache(maxsize=1 << 20))
    pictures = [(str(i), None, png(noise=100 + i)) for i in range(5)]
    assert survey(dataset(*pictures), Brightest()).forgotten == ("2", "3", "4")


def test_a_picture_that_has_changed_since_is_not_opened():
    now = [png("red")]
    changing = Dataset("pictures", (Entry("a", None, lambda: now[0]),))
    result = survey(changing, Brightest())
    now[0] = png("blue")
    with pytest.raises(ExplorerError, match="not the file it was"):
        result.open(result.rows[0])


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
    holding, seen = [], []

    @contextmanager
    def turn():
        holding.append(True)
        yield
        holding.pop()

    class Watching(Brightest):
        def probabilities(self, images):
            seen.append(len(holding))
            return super().probabilities(images)

    pictures = [(f"{i}.png", None, png("red")) for i in range(5)]
    between = []
    survey(
        dataset(*pictures), Watching(), batch_size=2, turn=turn,
        progress=lambda done, total: between.append(len(holding)),
    )  # fmt: skip
    assert seen == [1, 1, 1]
    assert set(between) == {0}
