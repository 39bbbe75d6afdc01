"""Many pictures at once, with their classes: a folder, or a ZIP archive that nobody vouches for.

Classes are the names of the folders that the pictures lie in, or come from a CSV of `file,label`
beside them, with or without a header, whose pictures alone are then taken. Archives are read in
memory and never unpacked to disk; names that point outside, links, encrypted members and members
that unpack to far more than they are, are skipped with the reason.
"""

from __future__ import annotations

import csv
import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import NamedTuple

from explorer.errors import ExplorerError

from .decode import MAX_BYTES, read_file

MAX_ENTRIES = 2_000
MAX_FILES = 20_000  # looked at, of whatever kind
MAX_TOTAL_BYTES = 1 << 30  # of all pictures, unpacked
MAX_ZIP_BYTES = 256 * 1024 * 1024
MAX_CSV_BYTES = 4 * 1024 * 1024
MAX_RATIO = 200  # of a member's size to what it takes in the archive
SMALL = 1024 * 1024  # bytes: members below may be of any ratio
SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
)  # fmt: skip
_HEADERS = frozenset(("file", "filename", "file name", "image", "name", "path"))
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others can ask for gigabytes to unpack
_MEMBER = b"PK\x01\x02"  # begins every member's entry in an archive's list


class Skipped(NamedTuple):
    """A file that was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """A picture of a data set. load(): its bytes; raises ExplorerError if they cannot be read.

    name: its path within the data set. label: its class as written there, None where unknown.
    """

    name: str
    label: str | None
    load: Callable[[], bytes]


@dataclass(frozen=True)
class Dataset:
    """Pictures with their classes, in order of their names or of the CSV."""

    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]


class _File(NamedTuple):
    name: str
    size: int
    load: Callable[[], bytes]


_Found = Iterator[_File | Skipped]


def read_folder(path: str | Path) -> Dataset:
    """The pictures in a folder and the folders in it; links are not followed.

    Raises ExplorerError where it is no folder, holds no picture, or holds more than is taken.
    """
    root = Path(path)
    if not root.is_dir():
        raise ExplorerError(f"expected a folder of pictures; {path} is none")
    try:
        return _dataset(_walk(root))
    except OSError as error:
        raise ExplorerError(f"expected a readable folder; {path}: {error.strerror}") from error


def read_zip(source: bytes | str | Path) -> Dataset:
    """The pictures in a ZIP archive, from its bytes or its path.

    Raises ExplorerError where it is no archive, holds no picture, or holds more than is taken.
    """
    data = source if isinstance(source, bytes) else _read_archive(Path(source))
    if len(data) > MAX_ZIP_BYTES:
        raise _archive_too_large(len(data))
    if data.count(_MEMBER) > MAX_FILES:  # counted here: zipfile lists them all, however many
        raise _too_many_files()
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # damage shows as one of half a dozen types
        raise ExplorerError(f"expected a ZIP archive; this is none, or damaged ({error})") from None
    return _dataset(_members(archive))


def _read_archive(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_ZIP_BYTES:
            raise _archive_too_large(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise ExplorerError(f"expected a readable ZIP archive; {path}: {error.strerror}") from error


def _walk(root: Path) -> _Found:
    """The files in a folder, by name; hidden ones are passed over."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in (*folders, *sorted(names)):
            path = Path(folder, name)
            inner = path.relative_to(root).as_posix()
            if name.startswith("."):
                continue
            if path.is_symlink():
                yield Skipped(inner, "it is a link, which is not followed")
            elif name in folders:
                continue
            elif not path.is_file():
                yield Skipped(inner, "it is no ordinary file")
            else:
                yield _File(inner, path.stat().st_size, partial(read_file, path))


def _members(archive: zipfile.ZipFile) -> _Found:
    """The files in an archive, by name; hidden ones are passed over."""
    lock, seen = Lock(), set()
    for member in sorted(archive.infolist(), key=lambda member: member.filename):
        name = member.filename.replace("\\", "/")
        hidden = any(
            part == "__MACOSX" or (part.startswith(".") and part != "..")
            for part in PurePosixPath(name).parts
        )
        if member.is_dir() or hidden:
            continue
        if reason := _refusal(member, name, seen):
            yield Skipped(name, reason)
        else:
            seen.add(name)
            yield _File(name, member.file_size, partial(_unpack, archive, member, lock))


def _refusal(member: zipfile.ZipInfo, name: str, seen: set[str]) -> str | None:
    """Why a member is not read, from what the archive says of it."""
    if _outside(name):
        return "its name points outside the archive"
    if name in seen:
        return "the archive holds another of that name"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link, which is not followed"
    if member.flag_bits & 1:
        return "it is encrypted"
    if member.compress_type not in _READABLE:
        return "it is packed in a way that is not read here: pack it with deflate"
    if member.file_size > max(SMALL, MAX_RATIO * member.compress_size):
        return f"it says it unpacks to more than {MAX_RATIO} times its size"
    return None


def _outside(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or name[1:2] == ":" or "\0" in name


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, lock: Lock) -> bytes:
    """A member's bytes, no more than it said; its checksum is checked on the way."""
    try:
        with lock, archive.open(member) as file:
            data = file.read(member.file_size + 1)
    except Exception as error:  # damage shows as one of half a dozen types
        raise ExplorerError(f"this member of the archive is damaged ({error})") from error
    if len(data) != member.file_size:
        raise ExplorerError("this member of the archive is damaged: its size is not what is said")
    return data


def _dataset(found: _Found) -> Dataset:
    files, tables, skipped = _sort(found)
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables[:3])
        raise ExplorerError(f"expected at most one CSV of labels; got {names}")
    entries = list(_listed(tables[0], files, skipped) if tables else _by_folder(files))
    if not entries:
        reason = f" ({skipped[0].name}: {skipped[0].reason})" if skipped else ""
        raise ExplorerError(f"expected pictures; found none that can be read{reason}")
    if len(entries) > MAX_ENTRIES:
        raise ExplorerError(f"expected at most {MAX_ENTRIES:,} pictures; got {len(entries):,}")
    total = sum(files[entry.name].size for entry in entries)
    if total > MAX_TOTAL_BYTES:
        raise ExplorerError(
            f"expected pictures of at most {MAX_TOTAL_BYTES >> 20} MB together; "
            f"got {total / 2**20:.0f} MB"
        )
    return Dataset(tuple(entries), tuple(skipped))


def _sort(found: _Found) -> tuple[dict[str, _File], list[_File], list[Skipped]]:
    """Pictures by name, CSVs, and what is neither."""
    files: dict[str, _File] = {}
    tables: list[_File] = []
    skipped: list[Skipped] = []
    for count, item in enumerate(found):
        if count >= MAX_FILES:
            raise _too_many_files()
        suffix = PurePosixPath(item.name).suffix.lower()
        if isinstance(item, Skipped):
            skipped.append(item)
        elif suffix == ".csv":
            tables.append(item)
        elif suffix not in SUFFIXES:
            skipped.append(Skipped(item.name, "its name is not that of a picture"))
        elif item.size > MAX_BYTES:
            skipped.append(Skipped(item.name, f"it has more than {MAX_BYTES >> 20} MB"))
        else:
            files[item.name] = item
    return files, tables, skipped


def _by_folder(files: dict[str, _File]) -> Iterator[Entry]:
    for name, file in files.items():
        yield Entry(name, PurePosixPath(name).parent.name or None, file.load)


def _listed(table: _File, files: dict[str, _File], skipped: list[Skipped]) -> Iterator[Entry]:
    """The pictures that a CSV names, relative to where it lies; the others are added to skipped."""
    folder, seen = PurePosixPath(table.name).parent, {item.name for item in skipped}
    for row in _rows(table):
        written = row[0].strip().replace("\\", "/")
        name = str(folder / written) if written else ""
        if not name or name in seen:
            continue
        seen.add(name)
        if _outside(written):
            skipped.append(Skipped(written, f"{table.name} points outside of the folder"))
        elif name in files:
            label = row[1].strip() if len(row) > 1 else ""
            yield Entry(name, label or None, files[name].load)
        else:
            skipped.append(Skipped(name, f"{table.name} names it, but it is not there"))


def _rows(table: _File) -> list[Sequence[str]]:
    """The rows of a CSV that are not empty, without a header."""
    if table.size > MAX_CSV_BYTES:
        raise ExplorerError(f"expected {table.name} of at most {MAX_CSV_BYTES >> 20} MB")
    try:
        text = table.load().decode("utf-8-sig")
        first = text.partition("\n")[0]
        separator = ";" if ";" in first and "," not in first else ","
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExplorerError(f"expected {table.name} as a CSV in UTF-8 ({error})") from error
    if len(rows) > MAX_FILES:
        raise _too_many_files()
    headed = rows and rows[0][0].strip().lower() in _HEADERS
    return rows[1:] if headed else rows


def _too_many_files() -> ExplorerError:
    return ExplorerError(
        f"expected at most {MAX_FILES:,} files, of which {MAX_ENTRIES:,} pictures; got more"
    )


def _archive_too_large(size: int) -> ExplorerError:
    return ExplorerError(
        f"expected an archive of at most {MAX_ZIP_BYTES >> 20} MB; got {size / 2**20:.0f} MB"
    )
