"""Every image by its id: bundled, photographs and users' own."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from cachetools import LRUCache
from PIL import Image

from explorer import cli
from explorer.errors import ExplorerError
from explorer.images import library, photos, uploads
from explorer.images.samples import load_samples


class Transform(NamedTuple):
    resize: int = 256
    crop: int = 224
    interpolation: str = "bilinear"


def model(samples="photos", native=True, shape=(3, 224, 224), transform=Transform()):  # noqa: B008
    return SimpleNamespace(
        id="a-model", shape=shape, transform=transform, native=native, min_size=16, samples=samples
    )


def own(width=40, height=30, colour="red") -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return uploads.keep(file.getvalue(), "mine.png")


def test_scenes_and_letters_are_returned_as_they_are():
    for collection in ("scenes", "letters"):
        found = library.samples_for(model(collection, transform=None), "whole")
        assert found == list(load_samples(collection).values())


def test_photographs_come_fitted_and_credited():
    found = library.samples_for(model())
    assert 5 <= len(found) <= 8
    for sample in found:
        assert sample.pixels.shape == (3, 224, 224)
        assert "bundled with scikit-image" in sample.credit
        assert sample.caption
        assert sample.original_size == library.original(sample.id).size
        assert f"{sample.original_size[0]} x {sample.original_size[1]} pixels" in sample.note


def test_photographs_can_keep_their_own_size():
    sample = library.image_for("chelsea", model(), "native")
    width, height = sample.original_size
    assert sample.pixels.shape == (3, height, width)
    assert sample.box == (0, 0, width, height)


@pytest.fixture
def read(monkeypatch):
    """The ids of the photographs that were read since, none of them known from before."""
    ids, read_photo = [], photos.read_photo
    monkeypatch.setattr(photos, "read_photo", lambda name: ids.append(name) or read_photo(name))
    monkeypatch.setattr(
        library, "_prepared", LRUCache(maxsize=library.PREPARED_BYTES, getsizeof=_size)
    )
    load_samples.cache_clear()
    return ids


def _size(prepared):
    return prepared.pixels.nbytes


def test_no_photograph_is_read_where_only_its_name_is_wanted(read):
    samples = load_samples("photos")
    assert tuple(samples) == tuple(photos.PHOTOS) == library.image_ids(model())
    assert all(sample.caption and not sample.pixels.size for sample in samples.values())
    with pytest.raises(ExplorerError):
        library.image_for("no-such-photograph", model())
    assert cli.main(["list", "images"]) == 0
    assert read == []


def test_a_photograph_is_read_alone(read):
    assert library.image_for("coffee", model()).pixels.shape == (3, 224, 224)
    assert read == ["coffee"]


@pytest.mark.parametrize("collection", ["scenes", "letters", "photos"])
def test_ids_come_in_the_order_of_the_samples_and_read_no_picture(collection, monkeypatch):
    names = tuple(load_samples(collection))
    monkeypatch.setattr(Image, "open", lambda *_: pytest.fail("read a picture"))
    assert library.image_ids(model(collection)) == names
    stories = [load_samples(collection)[name].story for name in names]
    assert stories == sorted(stories, reverse=True)


def test_a_sample_says_on_one_line_how_much_of_it_is_not_seen():
    sample = library.image_for("chelsea", model())
    left, top, right, bottom = sample.box
    width, height = sample.original_size
    unseen = 1 - (right - left) * (bottom - top) / (width * height)
    assert sample.cut == f"{sample.note}; {100 * unseen:.0f} % of the picture is not seen"
    assert library.image_for("chelsea", model(), "whole").cut.endswith("above and below")
    assert load_samples("letters")["letter-t"].cut == ""


def test_labels_of_photographs_are_classes_of_imagenet():
    from torchvision.models import ResNet18_Weights

    classes = ResNet18_Weights.DEFAULT.meta["categories"]
    labels = {photo.label for photo in photos.PHOTOS.values()} - {None}
    assert labels
    assert labels <= set(classes)


def test_without_scikit_image_the_error_says_so(monkeypatch):
    monkeypatch.setattr(photos, "find_spec", lambda name: None)
    with pytest.raises(ExplorerError, match="expected scikit-image"):
        photos.read_photo.__wrapped__("chelsea")


def test_a_user_s_own_image_is_fitted_and_named():
    sample = library.image_for(own(), model())
    assert (sample.title, sample.label, sample.original_size) == ("mine.png", None, (40, 30))
    assert sample.note == "40 x 30 pixels; the middle 26 x 26 is scaled to 224 x 224"
    assert np.array_equal(sample.pixels[:, 0, 0], [1, 0, 0])


def test_a_user_s_own_image_suits_every_model():
    scenes = model("scenes", shape=(3, 64, 64), transform=None)
    letters = model("letters", shape=(1, 3, 3), transform=None)
    assert library.image_for(own(), scenes).pixels.shape == (3, 64, 64)
    assert library.image_for(own(), letters).pixels.shape == (1, 3, 3)


def test_an_image_is_decoded_once_for_all_models_and_fits(monkeypatch):
    image_id = own(colour="blue")
    decoded = []
    decode = library.decode
    monkeypatch.setattr(library, "decode", lambda data: decoded.append(1) or decode(data))
    for fit in ("crop", "whole", "native", "crop"):
        library.image_for(image_id, model(), fit)
    library.original(image_id)
    assert len(decoded) == 1


def test_fits_and_models_do_not_get_each_other_s_pixels():
    image_id = own(100, 20, "green")
    shapes = {
        library.image_for(image_id, model(shape=(3, side, side), transform=None), fit).pixels.shape
        for side in (32, 64)
        for fit in ("crop", "native")
    }
    assert shapes == {(3, 32, 32), (3, 64, 64), (3, 20, 100)}


def test_pixels_that_are_shared_cannot_be_written():
    scene = library.samples_for(model("scenes", transform=None))[0]
    for array in (library.image_for("coffee", model()).pixels, scene.pixels, scene.parts):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0


def test_an_unknown_image_names_the_known_ones():
    with pytest.raises(ExplorerError, match=r"^expected an image out of chelsea, coffee"):
        library.image_for("fireboat-spray", model())
    with pytest.raises(ExplorerError, match=r"^expected an image out of"):
        library.image_for("chelsea", model("scenes"))


def test_an_image_that_is_forgotten_must_be_uploaded_again():
    for ask in (library.original, lambda name: library.image_for(name, model())):
        with pytest.raises(ExplorerError, match="upload it again"):
            ask("own-0000000000000000")


def test_what_does_not_take_the_fit_is_left_out_of_a_list_and_refused_alone():
    fixed = model(native=False)
    assert library.samples_for(fixed, "native") == []
    with pytest.raises(ExplorerError, match="224 x 224 pixels only"):
        library.image_for("chelsea", fixed, "native")


def test_the_caches_are_bounded():
    for shade in range(0, 250, 10):
        library.image_for(own(1000, 900, (shade, 0, 0)), model(), "native")
    assert library._pictures.currsize <= library.PICTURE_BYTES
    assert library._prepared.currsize <= library.PREPARED_BYTES
