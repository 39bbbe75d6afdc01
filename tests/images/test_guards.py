"""Small files that would take minutes or gigabytes are refused before a decoder sees them."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.images import decode as decoding
from explorer.images import guards
from explorer.images.decode import MAX_PIXELS, decode
from explorer.images.guards import check_passes, check_tags

GREY_8_BIT = [(256, 4, 1, 16), (257, 4, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
STRIP = [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 16), (279, 4, 1, 256)]
FORMS = [("<", b"II*\0"), (">", b"MM\0*"), ("<", b"II+\0"), (">", b"MM\0+")]


def tiff(tags, order="<", magic=b"II*\0", tail=bytes(300)) -> bytes:
    """tags: (number, type, count, value); the magic's + makes it a BigTIFF."""
    big = b"+" in magic
    wide = "Q" if big else "L"
    body = struct.pack(order + ("Q" if big else "H"), len(tags))
    for number, kind, count, value in sorted(tags):
        inline = struct.pack(order + ("H" if kind == 3 else wide), value)
        body += struct.pack(order + "HH" + wide, number, kind, count)
        body += inline.ljust(8 if big else 4, b"\0")
    head = struct.pack(order + "HHQ", 8, 0, 16) if big else struct.pack(order + "L", 8)
    return magic + head + body + struct.pack(order + wide, 0) + tail


def jpeg(**options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 90, 20)).save(file, "JPEG", **options)
    return file.getvalue()


def with_passes(more: int) -> bytes:
    data = jpeg(progressive=True)
    last = data[data.rfind(b"\xff\xc4", 0, data.rfind(b"\xff\xda")) : -2]
    return data[:-2] + last * more + b"\xff\xd9"


def unread(monkeypatch):
    monkeypatch.setattr(decoding.Image, "open", lambda *_, **__: pytest.fail("it was opened"))


@pytest.mark.parametrize(("order", "magic"), FORMS)
@pytest.mark.parametrize("tag", [(273, 4, 2_400_000, 8), (282, 5, 2_500_000, 8)])
def test_a_tag_of_millions_of_values_is_refused_unread(monkeypatch, order, magic, tag):
    unread(monkeypatch)
    tags = [t for t in GREY_8_BIT + STRIP if t[0] != tag[0]] + [tag]
    with pytest.raises(ExplorerError, match=f"values of a tag; got .* of tag {tag[0]}"):
        decode(tiff(tags, order, magic))


@pytest.mark.parametrize(("order", "magic"), FORMS)
def test_a_tile_larger_than_any_picture_is_refused_unread(monkeypatch, order, magic):
    unread(monkeypatch)
    tags = [*GREY_8_BIT, (322, 4, 1, 43_008), (323, 4, 1, 43_008), (324, 4, 1, 200)]
    with pytest.raises(ExplorerError, match="tiles of at most 40,000,000 pixels"):
        decode(tiff(tags, order, magic))


def test_camera_notes_in_a_png_are_held_to_the_same_bounds(monkeypatch):
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    notes = tiff([(274, 3, 1, 6), (282, 5, 2_000_000, 8)])
    chunk = struct.pack(">I", len(notes)) + b"eXIf" + notes
    data = file.getvalue()[:33] + chunk + struct.pack(">I", zlib.crc32(chunk[4:]))
    unread(monkeypatch)
    with pytest.raises(ExplorerError, match="values of a tag"):
        decode(data + file.getvalue()[33:])


def test_camera_notes_of_many_joined_blocks_are_refused_unread(monkeypatch):
    block = b"\xff\xe1" + struct.pack(">H", 108) + b"Exif\0\0" + bytes(100)
    data = jpeg()
    unread(monkeypatch)
    with pytest.raises(ExplorerError, match="at most 16 blocks of camera notes"):
        decode(data[:2] + block * 17 + data[2:])


def test_more_tags_than_any_picture_has_are_refused():
    with pytest.raises(ExplorerError, match="at most 4,096 tags"):
        check_tags(tiff([(number, 3, 1, 0) for number in range(5_000)]), MAX_PIXELS)


def test_more_headers_than_any_file_has_are_refused():
    with pytest.raises(ExplorerError, match="at most 4,096 tags"):
        check_tags(b"II*\0" * 10_001, MAX_PIXELS)


def test_many_headers_that_share_one_long_directory_are_refused_after_reading_it_once():
    directory = tiff([(number, 3, 1, 0) for number in range(4_000)])[8:]
    count = 1_000
    heads = b"".join(b"II*\0" + struct.pack("<L", 8 * (count - index)) for index in range(count))
    with pytest.raises(ExplorerError, match="at most 4,096 tags"):
        check_tags(heads + directory, MAX_PIXELS)


@pytest.mark.parametrize(("order", "magic"), FORMS)
def test_directories_that_lead_nowhere_are_left_to_the_decoder(order, magic):
    sound = tiff(GREY_8_BIT + STRIP, order, magic)
    for length in range(4, len(sound), 3):
        check_tags(sound[:length], MAX_PIXELS)
    check_tags(magic + b"\xff" * 40, MAX_PIXELS)


def test_a_jpeg_drawn_too_often_is_refused_and_the_usual_passes_are_not(monkeypatch):
    usual = jpeg(progressive=True)
    assert usual.count(b"\xff\xda") == 10
    assert decode(with_passes(20)).size == (64, 48)
    with pytest.raises(ExplorerError, match="at most 1000 passes; got 1010"):
        decode(with_passes(1_000))
    monkeypatch.setattr(guards, "MOST_PASS_PIXELS", 64 * 48 * 12)
    assert decode(usual).size == (64, 48)
    with pytest.raises(ExplorerError, match="at most 12 passes; got 13"):
        decode(with_passes(3))


def test_the_largest_usual_progressive_jpeg_is_within_the_bound():
    check_passes(b"\xff\xd8\xff" + b"\xff\xda" * 10, MAX_PIXELS)


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG", "WEBP"])
def test_sound_files_with_notes_pass(kind):
    notes = Image.Exif()
    notes[0x0112], notes[0x010E] = 1, "a description " * 50
    file = io.BytesIO()
    levels = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    Image.fromarray(levels).save(file, kind, exif=notes)
    assert decode(file.getvalue()).size == (120, 90)


def test_a_picture_of_many_bands_is_laid_over_grey_as_one_is(monkeypatch):
    levels = np.random.default_rng(2).integers(0, 256, (70, 30, 4), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    whole = np.asarray(decode(file.getvalue()))
    monkeypatch.setattr(decoding, "BAND_ROWS", 9)
    assert np.array_equal(np.asarray(decode(file.getvalue())), whole)
