"""Reading an image file that nobody vouches for.

The size in bytes, the format and the size in pixels are checked before any pixel is decoded, so
that a small file that unpacks into gigabytes is refused and not unpacked. What comes out is RGB
whatever went in: upright, transparency laid over a known grey, deep grey scaled to 8 bits.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, UnidentifiedImageError, features

from explorer.errors import ExplorerError

from .guards import check_passes, check_tags

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
_EVERYWHERE = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
FORMATS = (*_EVERYWHERE, "AVIF") if features.check("avif") else _EVERYWHERE
TRANSPARENT_OVER = (128, 128, 128)
TRANSPARENT_HEX = "#808080"
BAND_ROWS = 256

_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262  # tags of a TIFF
_WHITE_IS_ZERO = 0
_CUT_SHORT = ("truncated", "eof", "end of file", "ended", "not enough", "buffer", "unpack requires")


def read_file(path: Path) -> bytes:
    """The bytes of an image file, not read if there are too many; ExplorerError otherwise."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise too_many_bytes(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ExplorerError(f"expected a readable image file; {path}: {reason}") from error


def decode(data: bytes) -> Image.Image:
    """An upright RGB picture from the bytes of a file; of several frames, the first.

    Raises ExplorerError for anything but a sound picture in one of FORMATS of at most MAX_BYTES
    and MAX_PIXELS with channels that can be shown.
    """
    if len(data) > MAX_BYTES:
        raise too_many_bytes(len(data))
    _check_webp(data)
    check_tags(data, MAX_PIXELS)
    try:
        rgb, turn = _read(data)  # the decoder's own memory is given back before the turn
        return rgb if turn is None else rgb.transpose(turn)
    except ExplorerError:
        raise
    except UnidentifiedImageError as error:
        raise ExplorerError(_unidentified(data)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ExplorerError(
            f"expected at most {MAX_PIXELS:,} pixels; got far more: reduce the picture first"
        ) from error
    except Exception as error:  # decoders raise a dozen types on damaged files
        raise ExplorerError(_damaged(error)) from error


def _read(data: bytes) -> tuple[Image.Image, Image.Transpose | None]:
    """The RGB picture as it lies in the file, and the turn that sets it upright."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        _check_size(*picture.size)
        _check_mode(picture)
        check_passes(data, picture.width * picture.height)
        picture.load()
        return _to_rgb(picture), _turn(picture)


def too_many_bytes(count: int) -> ExplorerError:
    """The refusal of a file of so many bytes."""
    return ExplorerError(
        f"expected an image file of at most {MAX_BYTES >> 20} MB; got {count / 2**20:.1f} MB"
    )


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ExplorerError(
            f"expected at most {MAX_PIXELS:,} pixels; got {width} x {height}: reduce it first"
        )


def _check_webp(data: bytes) -> None:
    """The size of a WebP, read here: its decoder takes memory for all pixels on opening a file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return
    if data[12:16] == b"VP8X":
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
    elif data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(data[i : i + 2], "little") & 0x3FFF for i in (26, 28))
    _check_size(width, height)


def _check_mode(picture: Image.Image) -> None:
    """Refuse channels that have no one way to be shown, before they are decoded."""
    if picture.mode == "F" or (picture.mode == "I" and picture.format != "PNG"):
        kind = "floating-point" if picture.mode == "F" else "signed or 32-bit"
        raise ExplorerError(
            f"expected 8 or 16 bits a channel; got {kind} numbers, whose black and white are not "
            "said: convert the picture to 8 bits"
        )
    if picture.mode == "LAB":
        raise ExplorerError("expected grey, RGB or CMYK; got Lab colours: convert it to RGB")


def _to_rgb(picture: Image.Image) -> Image.Image:
    """From a loaded picture of any mode that `_check_mode` lets through."""
    if picture.mode.startswith("I"):
        return _from_deep_grey(picture)
    if picture.mode == "CMYK" and picture.format == "JPEG" and "adobe" not in picture.info:
        # only Adobe's programs, which mark their files, write inks inverted; Pillow assumes it
        return ImageChops.invert(picture).convert("RGB")
    if picture.has_transparency_data:
        return _over_grey(picture)
    return picture.convert("RGB")


def _over_grey(picture: Image.Image) -> Image.Image:
    """A band of rows at a time: the layers of a whole large picture take a gigabyte."""
    width, height = picture.size
    rgb = Image.new("RGB", (width, height))
    for top in range(0, height, BAND_ROWS):
        band = picture.crop((0, top, width, min(top + BAND_ROWS, height)))
        straight = band.convert("LA") if band.mode == "La" else band
        layer = straight.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (*TRANSPARENT_OVER, 255))
        rgb.paste(Image.alpha_composite(ground, layer).convert("RGB"), (0, top))
    return rgb


def _from_deep_grey(picture: Image.Image) -> Image.Image:
    """RGB from more than 8 bits of grey, white being the most that the file's bits can say."""
    tags = getattr(picture, "tag_v2", {})
    white = 2 ** int(tags.get(_BITS_PER_SAMPLE, (16,))[0]) - 1
    deep = np.clip(np.asarray(picture), 0, white)
    table = np.rint(np.arange(white + 1) * (255 / white)).astype(np.uint8)
    levels = table[deep]  # by a table: floats of a large picture take half a gigabyte
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        levels = 255 - levels
    if isinstance(clear := picture.info.get("transparency"), int):
        levels[deep == clear] = TRANSPARENT_OVER[0]
    return Image.fromarray(levels).convert("RGB")


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How to turn the picture to hold it as the camera was held; None as it is."""
    try:
        return _TURNS.get(picture.getexif().get(0x0112, 1))
    except Exception:  # notes that are damaged say nothing, and the pixels are sound
        return None


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _unidentified(data: bytes) -> str:
    known = ", ".join(FORMATS)
    if not data:
        return f"expected an image ({known}); the file is empty"
    if data.startswith(_BEGINNINGS) or data[:4] + data[8:12] == b"RIFFWEBP" or data[4:12] == _AVIF:
        return "the image file is damaged: it begins as one, but ends too early or makes no sense"
    return f"expected an image ({known}); got {len(data)} bytes of something else"


_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_AVIF = b"ftypavif"


def _damaged(error: Exception) -> str:
    said = str(error) or type(error).__name__
    if isinstance(error, EOFError) or any(word in said.lower() for word in _CUT_SHORT):
        return f"the image file is damaged: it ends too early ({said})"
    if isinstance(error, MemoryError):
        return "the image file is damaged: it asks for more memory than there is"
    return f"the image file is damaged and cannot be decoded ({said})"
