"""Files of every kind become the right colours, and what cannot be shown is refused readably."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.images import decode as decoding
from explorer.images.decode import FORMATS, TRANSPARENT_HEX, TRANSPARENT_OVER, decode, read_file
from tests.conftest import REAL

ORANGE, GREY = (230, 120, 40), TRANSPARENT_OVER


def save(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def corner(data: bytes) -> tuple[int, ...]:
    return decode(data).getpixel((0, 0))


def near(colour, other, by=3):
    return max(abs(a - b) for a, b in zip(colour, other, strict=True)) <= by


def png_header(width: int, height: int, rows: bytes = b"") -> bytes:
    """A grey 8-bit PNG of that size, whatever rows it really holds."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_keeps_its_colour(kind):
    picture = decode(save(Image.new("RGB", (16, 12), ORANGE), kind))
    assert (picture.mode, picture.size) == ("RGB", (16, 12))
    assert near(picture.getpixel((8, 6)), ORANGE, by=6)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_files_keep_their_very_pixels(kind):
    levels = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(decode(save(Image.fromarray(levels), kind))), levels)


@pytest.mark.parametrize(
    "kind", [k for k in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF") if k in FORMATS]
)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_upright_once(kind, orientation):
    upright = Image.new("RGB", (32, 16), "black")
    upright.paste(ORANGE, (0, 0, 8, 8))
    undo = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    turns = decoding._TURNS
    stored = upright.transpose(turns[undo]) if undo in turns else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(save(stored, kind, exif=exif))
    assert picture.size == (32, 16)
    assert near(picture.getpixel((3, 3)), ORANGE, by=25)
    assert near(picture.getpixel((28, 12)), (0, 0, 0), by=25)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_damaged_orientation_leaves_the_pixels():
    data = save(Image.new("RGB", (8, 8), ORANGE), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert near(corner(data), ORANGE)


def test_the_colour_under_transparency_is_the_one_that_is_told():
    assert tuple(bytes.fromhex(TRANSPARENT_HEX[1:])) == TRANSPARENT_OVER


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_laid_over_grey(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    assert corner(save(Image.new("RGBA", (4, 4), (*ORANGE, 0)), kind, **options)) == GREY
    half = corner(save(Image.new("RGBA", (4, 4), (*ORANGE, 128)), kind, **options))
    assert near(half, [(a + b) // 2 for a, b in zip(ORANGE, GREY, strict=True)])


def test_grey_with_transparency_is_laid_over_grey():
    assert corner(save(Image.new("LA", (4, 4), (200, 0)), "PNG")) == GREY
    assert corner(save(Image.new("LA", (4, 4), (200, 255)), "PNG")) == (200, 200, 200)


def test_palettes_with_and_without_transparency_are_unfolded():
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, *ORANGE])
    assert corner(save(picture, "PNG")) == ORANGE
    assert corner(save(picture, "PNG", transparency=1)) == GREY
    assert corner(save(picture, "GIF")) == ORANGE


def test_an_rgb_colour_declared_transparent_is_laid_over_grey():
    assert corner(save(Image.new("RGB", (4, 4), ORANGE), "PNG", transparency=ORANGE)) == GREY


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_one_bit_is_black_and_white(kind):
    picture = Image.new("1", (9, 2), 0)
    picture.putpixel((0, 0), 1)
    decoded = decode(save(picture, kind))
    assert decoded.getpixel((0, 0)) == (255, 255, 255)
    assert decoded.getpixel((1, 0)) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(("deep", "level"), [(0, 0), (257 * 90, 90), (32768, 128), (65535, 255)])
def test_16_bit_grey_is_scaled_and_not_clipped(kind, deep, level):
    picture = Image.fromarray(np.full((4, 4), deep, dtype=np.uint16))
    assert corner(save(picture, kind)) == (level, level, level)


def tiff_grey(bits: int, photometric: int, strip: bytes, order: str = "<") -> bytes:
    """A grey TIFF of 2 x 1 pixels, written by hand."""
    tags = [(256, 2), (257, 1), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1)]
    tags += [(278, 1), (279, len(strip))]
    strip += b"\0" * (len(strip) % 2)
    entries = b"".join(struct.pack(order + "HHIHH", tag, 3, 1, value, 0) for tag, value in tags)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    head = magic + struct.pack(order + "I", 8 + len(strip)) + strip
    return head + struct.pack(order + "H", len(tags)) + entries + b"\0\0\0\0"


def test_12_bit_grey_has_12_bits_of_white():
    data = tiff_grey(12, 1, b"\xff\xf8\x00")  # 4095 and 2048
    assert [decode(data).getpixel((x, 0))[0] for x in (0, 1)] == [255, 128]


def test_16_bit_grey_whose_zero_is_white_is_turned_round():
    data = tiff_grey(16, 0, struct.pack("<HH", 0, 65535))
    assert [decode(data).getpixel((x, 0))[0] for x in (0, 1)] == [255, 0]


def test_16_bit_grey_is_read_with_the_large_end_first():
    data = tiff_grey(16, 1, struct.pack(">HH", 257, 257 * 200), order=">")
    assert [decode(data).getpixel((x, 0))[0] for x in (0, 1)] == [1, 200]


def test_16_bit_grey_declared_transparent_is_laid_over_grey():
    picture = Image.fromarray(np.full((4, 4), 500, dtype=np.uint16))
    assert corner(save(picture, "PNG", transparency=500)) == GREY


@pytest.mark.parametrize(
    ("inks", "colour"),
    [((0, 0, 0, 0), (255, 255, 255)), ((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0))],
)
@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_become_light(kind, inks, colour):
    data = save(Image.new("CMYK", (8, 8), inks), kind)
    assert kind == "TIFF" or b"Adobe" in data  # the JPEG is inverted, and says so
    assert near(corner(data), colour, by=4)


def test_inks_without_adobe_s_mark_are_not_inverted():
    data = save(Image.new("CMYK", (8, 8), (255, 0, 0, 255)), "JPEG")  # inverted: 0, 255, 255, 0
    start = data.index(b"\xff\xee")
    bare = data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4], "big") :]
    assert near(corner(bare), (255, 0, 0), by=4)


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (6, 6), colour) for colour in (ORANGE, "blue", "green")]
    data = save(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert near(corner(data), ORANGE)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_numbers_whose_white_is_not_said_are_refused(mode):
    with pytest.raises(ExplorerError, match="convert the picture to 8 bits"):
        decode(save(Image.new(mode, (4, 4), 1), "TIFF"))


def test_lab_colours_are_refused_readably():
    with pytest.raises(ExplorerError, match="convert it to RGB"):
        decode(save(Image.new("LAB", (4, 4)), "TIFF"))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_said_to_be_damaged(kind, share):
    levels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = save(Image.fromarray(levels), kind)
    with pytest.raises(ExplorerError, match="damaged"):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_a_file_that_lacks_its_last_bytes_is_said_to_end_too_early(kind):
    levels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = save(Image.fromarray(levels), kind)
    with pytest.raises(ExplorerError, match="ends too early"):
        decode(data[:-200])


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.4 " * 50, b"<svg xmlns=''/>", b"\0" * 999]
)
def test_what_is_no_image_is_refused_naming_the_formats(data):
    with pytest.raises(ExplorerError, match="JPEG, PNG, WEBP"):
        decode(data)


def test_formats_that_run_programs_are_not_opened():
    with pytest.raises(ExplorerError, match="something else"):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")


@pytest.mark.parametrize("side", [9000, 20000])
def test_a_small_file_of_a_huge_picture_is_refused_unread(side, monkeypatch):
    packer = zlib.compressobj(9)
    row = b"\0" * (side + 1)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    data = png_header(side, side, rows)
    assert len(data) < 400_000
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(ExplorerError, match=r"at most 40,000,000 pixels"):
        decode(data)


@pytest.mark.parametrize("kind", ["VP8X", "VP8L", "VP8 "])
def test_a_huge_webp_is_refused_before_its_decoder_sees_it(kind, monkeypatch):
    if kind == "VP8X":
        body = b"\0" * 4 + (16382).to_bytes(3, "little") * 2
    elif kind == "VP8L":
        body = b"\x2f" + (16382 | 16382 << 14).to_bytes(4, "little") + b"\0" * 8
    else:
        body = b"\0\0\0\x9d\x01\x2a" + (16383).to_bytes(2, "little") * 2
    data = b"RIFF" + bytes(4) + b"WEBP" + kind.encode() + len(body).to_bytes(4, "little") + body
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(ExplorerError, match="16383 x 16383"):
        decode(data)


def test_too_many_bytes_are_refused_before_anything_else(tmp_path):
    with pytest.raises(ExplorerError, match=r"at most 20 MB; got 20\.0 MB"):
        decode(b"\xff" * (decoding.MAX_BYTES + 1))
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(decoding.MAX_BYTES + 1)
    with pytest.raises(ExplorerError, match="at most 20 MB"):
        read_file(large)


def test_a_file_that_is_not_there_is_said_to_be_unreadable(tmp_path):
    with pytest.raises(ExplorerError, match="No such file"):
        read_file(tmp_path / "none.png")
    with pytest.raises(ExplorerError, match="readable image file"):
        read_file(tmp_path)


def damaged() -> str:
    return "truncated_file.jpg"


@pytest.mark.real
def test_real_photographs_decode():
    photographs = [p for p in sorted((REAL / "images").glob("*.jpg")) if p.name != damaged()]
    assert len(photographs) >= 14
    for path in photographs:
        with Image.open(path) as picture:
            expected = np.asarray(picture.convert("RGB"))
        assert decode(read_file(path)).size == (224, 224)
        assert np.array_equal(np.asarray(decode(read_file(path))), expected), path.name


@pytest.mark.real
def test_a_real_truncated_photograph_is_said_to_be_damaged():
    with pytest.raises(ExplorerError, match=r"damaged: it ends too early"):
        decode(read_file(REAL / "images" / damaged()))
