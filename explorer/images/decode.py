"""Reading an image file that nobody vouches for.

The size in bytes, the format and the size in pixels are checked before any pixel is decoded, so
that a small file that unpacks into gigabytes is refused and not unpacked.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from explorer.errors import ExplorerError

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
TRANSPARENT_OVER = (128, 128, 128)


def read_file(path: Path) -> bytes:
    """The bytes of an image file, not read if there are too many; ExplorerError otherwise."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _too_many_bytes(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ExplorerError(f"expected a readable image file; {path}: {reason}") from error


def decode(data: bytes) -> Image.Image:
    """An upright RGB picture from the bytes of a file; ExplorerError if it is not one."""
    if len(data) > MAX_BYTES:
        raise _too_many_bytes(len(data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ours is stricter
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_size(picture)
                picture.load()
                return _to_rgb(ImageOps.exif_transpose(picture))
    except ExplorerError:
        raise
    except UnidentifiedImageError as error:
        raise ExplorerError(
            f"expected an image ({', '.join(FORMATS)}); got {len(data)} bytes of something else"
        ) from error
    except Image.DecompressionBombError as error:
        raise ExplorerError(f"expected at most {MAX_PIXELS:,} pixels; got far more") from error
    except Exception as error:  # decoders raise a dozen types on damaged files
        raise ExplorerError(f"the image file is damaged and cannot be decoded ({error})") from error


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ExplorerError(
            f"expected at most {MAX_PIXELS:,} pixels; got {width} x {height}: reduce it first"
        )


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        raise ExplorerError("expected 8 bits a channel; got a 16-bit or float image: convert it")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (*TRANSPARENT_OVER, 255))
        picture = Image.alpha_composite(ground, layer)
    return picture.convert("RGB")


def _too_many_bytes(count: int) -> ExplorerError:
    return ExplorerError(
        f"expected an image file of at most {MAX_BYTES >> 20} MB; got {count / 2**20:.1f} MB"
    )
