"""Every image that can be explained, by id, ready for a model.

Ids: bundled samples and photographs by their names, users' own images as `own-<hash>`. Decoded
pictures and prepared pixels are kept in bounded caches, so that a page drawn anew decodes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from cachetools import LRUCache
from PIL import Image

from explorer.errors import ExplorerError

from . import photos, uploads
from .decode import decode
from .preprocess import DEFAULT_FIT, ModelInput, Prepared, prepare
from .recipes import Recipe
from .samples import Sample, load_samples, sample_ids

PICTURE_BYTES = 256 * 1024 * 1024
PREPARED_BYTES = 64 * 1024 * 1024

_pictures: LRUCache[str, Image.Image] = LRUCache(
    maxsize=PICTURE_BYTES, getsizeof=lambda picture: 3 * picture.width * picture.height
)
_prepared: LRUCache[tuple, Prepared] = LRUCache(
    maxsize=PREPARED_BYTES, getsizeof=lambda prepared: prepared.pixels.nbytes
)
_lock = Lock()


def image_for(image: str, spec: ModelInput, fit: str = DEFAULT_FIT) -> Sample:
    """The image as this model takes it.

    image: an id, or a recipe of an id and edits. fit: a name out of `FITS`; bundled scenes and
    letters are inputs already and are not fitted. Raises ExplorerError where there is no such image
    for the model, where the user's own is no longer kept, where image or model does not take the
    fit, and on an edit that is none.
    """
    try:
        recipe = Recipe.parse(image)
    except ValueError as error:
        raise ExplorerError(str(error)) from None
    return recipe.apply(_unedited(recipe.id, spec, fit))


def _unedited(image_id: str, spec: ModelInput, fit: str) -> Sample:
    if uploads.is_upload(image_id):
        return _fitted(uploads.bare_sample(image_id), spec, fit)
    if image_id not in image_ids(spec):
        raise ExplorerError(
            f"expected an image out of {', '.join(image_ids(spec))} for the model {spec.id}; "
            f"got {image_id!r:.80}"
        )
    sample = load_samples(spec.samples)[image_id]
    return _fitted(sample, spec, fit) if spec.samples == photos.COLLECTION else sample


def image_ids(spec: ModelInput) -> tuple[str, ...]:
    """The ids of the bundled images that suit the model, stories first; no picture is read."""
    return sample_ids(spec.samples)


def samples_for(spec: ModelInput, fit: str = DEFAULT_FIT) -> list[Sample]:
    """The bundled images as this model takes them, without those that do not take the fit."""
    found = []
    for image_id in image_ids(spec):
        try:
            found.append(image_for(image_id, spec, fit))
        except ExplorerError:  # too large or too small for it: the picture's, not the user's fault
            continue
    return found


def original(image_id: str) -> Image.Image:
    """The photograph or user's image before it is fitted, RGB, upright; not to be edited.

    Raises ExplorerError where there is none: scenes and letters have no other form.
    """
    if image_id in photos.PHOTOS:
        return photos.read_photo(image_id)
    data, _ = uploads.stored(image_id)
    with _lock:
        picture = _pictures.get(image_id)
    if picture is None:
        picture = decode(data)
        with _lock:
            _pictures[image_id] = picture
    return picture


def _fitted(sample: Sample, spec: ModelInput, fit: str) -> Sample:
    """The sample with the model's pixels, and what of the original they are."""
    key = (sample.id, fit, spec.shape, spec.transform, spec.native, spec.min_size)
    with _lock:
        prepared = _prepared.get(key)
    if prepared is None:
        prepared = prepare(original(sample.id), spec, fit)
        with _lock:
            _prepared[key] = prepared
    return replace(
        sample,
        pixels=prepared.pixels,
        original_size=prepared.original_size,
        box=prepared.box,
        note=prepared.note,
    )
