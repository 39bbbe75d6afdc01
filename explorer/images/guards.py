"""What small files can ask of a decoder besides many pixels, refused before it sees them.

Each guard reads only a few bytes of the structure that does the harm, and trusts none of them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from explorer.errors import ExplorerError

MOST_PASSES = 1_000  # over a JPEG, of which a usual progressive one takes 10
MOST_PASS_PIXELS = 2_000_000_000  # pixels times passes
MOST_NOTES = 16  # blocks of camera notes in a JPEG, 64 KB each, which are joined when read
MOST_VALUES = 100_000  # of one tag: each becomes an object of Python, or a strip to look for
MOST_TAGS = 4_096  # in all directories of a file together: reading them takes time as well

_SCAN, _JPEG, _NOTES = b"\xff\xda", b"\xff\xd8\xff", b"Exif\0\0"
_HEADER = re.compile(rb"II[*+]\0|MM\0[*+]")  # of a TIFF, and of the camera notes in any format
_TEXT_TYPES = frozenset((1, 2, 7))  # bytes, text and undefined: kept as they are
_TILE_SIDES = (322, 323)


class _Tag(NamedTuple):
    """An entry of a TIFF's directory. count: of its values; value: the first, if it lies here."""

    number: int
    kind: int
    count: int
    value: int


def check_passes(data: bytes, pixels: int) -> None:
    """Refuse a JPEG whose few bytes draw all of its pixels over and over; pixels: how many."""
    if not data.startswith(_JPEG):
        return
    passes = data.count(_SCAN)  # in the compressed data itself, FF is never followed by DA
    most = min(MOST_PASSES, MOST_PASS_PIXELS // max(pixels, 1))
    if passes > most:
        raise ExplorerError(
            f"expected a JPEG drawn in at most {most} passes; got {passes}: save it anew"
        )


def check_tags(data: bytes, most_pixels: int) -> None:
    """Refuse a TIFF, or camera notes in any format, with tags that would take gigabytes to read.

    most_pixels: in a tile of a TIFF, which is unpacked whole however small the picture is.
    """
    if data.startswith(_JPEG) and data.count(_NOTES) > MOST_NOTES:
        raise ExplorerError(f"expected at most {MOST_NOTES} blocks of camera notes; got more")
    left = MOST_TAGS
    for found in _HEADER.finditer(data):
        left -= 1 + _check_directory(data, found.start(), most_pixels, left)
        if left <= 0:
            raise _too_many_tags()


def _check_directory(data: bytes, start: int, most_pixels: int, left: int) -> int:
    """The number of tags in the directory, none of them too large; left: how many it may have."""
    sides, number = {}, 0
    for number, tag in enumerate(_tags(data, start), start=1):
        if number >= left:
            raise _too_many_tags()
        if tag.count > MOST_VALUES and tag.kind not in _TEXT_TYPES:
            raise ExplorerError(
                f"expected at most {MOST_VALUES:,} values of a tag; got {tag.count:,} of tag "
                f"{tag.number}: save the picture anew"
            )
        if tag.number in _TILE_SIDES:
            sides[tag.number] = tag.value
    if start == 0 and len(sides) == 2 and sides[322] * sides[323] > most_pixels:
        raise ExplorerError(
            f"expected tiles of at most {most_pixels:,} pixels; got {sides[322]} x {sides[323]}"
        )
    return number


def _too_many_tags() -> ExplorerError:
    return ExplorerError(f"expected at most {MOST_TAGS:,} tags in a picture; got more")


def _tags(data: bytes, start: int) -> Iterator[_Tag]:
    """The directory of the TIFF header at `start`, as far as there are bytes of it."""
    order = "<" if data[start : start + 1] == b"I" else ">"
    big = b"+" in data[start + 2 : start + 4]
    first, count, entry = ("Q", "Q", "HHQ") if big else ("L", "H", "HHL")
    try:
        (offset,) = struct.unpack_from(order + first, data, start + (8 if big else 4))
        at = start + offset
        (number,) = struct.unpack_from(order + count, data, at)
        at += struct.calcsize(order + count)
        for _ in range(number):
            tag, kind, values = struct.unpack_from(order + entry, data, at)
            at += struct.calcsize(order + entry)
            inline = "H" if kind == 3 else first
            yield _Tag(tag, kind, values, struct.unpack_from(order + inline, data, at)[0])
            at += struct.calcsize(order + first)
    except (struct.error, OverflowError):
        return  # the file ends here; its decoder says so
