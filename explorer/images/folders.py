"""Many pictures with their classes: a folder, or a ZIP, with a subfolder a class or a CSV.

Nothing is ever unpacked to a disk: members of a ZIP are read into memory one at a time, when they
are wanted, each no further than its bound. What cannot be used is listed with the reason and does
not stop the rest.
"""

from __future__ import annotations

import csv
import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from explorer.errors import ExplorerError

from .decode import MAX_BYTES, too_many_bytes

MAX_ENTRIES = 2_000
MAX_LISTED = 20_000  # names looked at, pictures or not
MAX_ZIP_BYTES = 512 * 1024 * 1024
MAX_TOTAL_BYTES = 1024 * 1024 * 1024  # of all members of a ZIP, unpacked
MAX_DIRECTORY_BYTES = 4 * 1024 * 1024  # of a ZIP's own list of its members
MAX_RATIO = 200  # unpacked to packed; photographs hardly shrink
SMALL = 1024 * 1024  # bytes below which no ratio does harm
MAX_CSV_BYTES = 2 * 1024 * 1024
MAX_LABEL = 200  # characters

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".avif"}
)
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 0xFFFF
_ZIP64_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a bound

Source = Mapping[str, Callable[[], bytes]]


@dataclass(frozen=True)
class Entry:
    """A picture of a dataset. label: its class as the folder or the CSV says, None where unsaid.

    load(): the bytes of its file; ExplorerError where it cannot be read or is too large.
    """

    name: str
    label: str | None
    load: Callable[[], bytes]


@dataclass(frozen=True)
class Skipped:
    """What was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Pictures to survey, in order of their names, and what was left out."""

    title: str
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...] = ()


def read_dataset(path: str | Path) -> Dataset:
    """The pictures of a folder, of a ZIP, or of the folder in which a CSV lies.

    Raises ExplorerError where there are none, or more than the bounds allow.
    """
    path = Path(path)
    return read_zip(path) if path.suffix.lower() == ".zip" else read_folder(path)


def read_folder(path: str | Path) -> Dataset:
    """The pictures under a folder (or beside a CSV), with the name of their folder as their label.

    One CSV at the top of the folder, with columns file and label, says instead which files and
    what they show. Links that lead out of the folder are left out. Raises ExplorerError where
    there are no pictures, or more than MAX_ENTRIES.
    """
    path = Path(path)
    root = path.parent if path.suffix.lower() == ".csv" else path
    if not root.is_dir() or not path.exists():
        raise ExplorerError(f"expected a folder of pictures, a ZIP or a CSV; there is no {path}")
    names, skipped = _walk(root)
    source = {name: partial(_read_file, root / name, MAX_BYTES) for name in names}
    if path != root:
        table = partial(_read_file, path, MAX_CSV_BYTES)
        return _from_csv(path.name, table, source, skipped)
    return _dataset(root.resolve().name, source, skipped)


def read_zip(source: bytes | str | Path, title: str = "ZIP") -> Dataset:
    """The pictures of a ZIP, given as its bytes or its path, labelled as in `read_folder`.

    Raises ExplorerError where it is no ZIP, has no pictures, or goes beyond a bound; single members
    that are encrypted, packed too tightly, or named to lie outside are left out with the reason.
    """
    file = _open(source)
    title = title if isinstance(source, bytes) else Path(source).name
    try:
        _check_directory(file)
        archive = zipfile.ZipFile(file)
    except ExplorerError:
        raise
    except Exception as error:  # a damaged directory raises half a dozen types
        raise ExplorerError(f"expected a ZIP; the file is damaged or none ({error})") from error
    members, skipped = _members(archive)
    readers = {name: partial(_read_member, archive, info) for name, info in members.items()}
    return _dataset(title, readers, skipped)


def _dataset(title: str, source: Source, skipped: list[Skipped]) -> Dataset:
    """Labelled by the CSV at the top if there is one, else by folders."""
    top = min((name.count("/") for name in source), default=0)
    tables = [n for n in source if _suffix(n) == ".csv" and n.count("/") == top]
    if len(tables) > 1:
        raise ExplorerError(f"expected at most one CSV of labels; got {', '.join(tables[:5])}")
    if tables:
        return _from_csv(tables[0], source[tables[0]], source, skipped)
    entries = []
    for name in sorted(source):
        if _suffix(name) not in SUFFIXES:
            skipped.append(Skipped(name, "it is no picture, by its name"))
            continue
        label = PurePosixPath(name).parent.name or None
        entries.append(Entry(name, label, source[name]))
    return _checked(Dataset(title, tuple(entries), tuple(skipped)))


def _from_csv(
    table: str, load: Callable[[], bytes], source: Source, skipped: list[Skipped]
) -> Dataset:
    """The files that the CSV names, relative to the folder in which it lies."""
    folder = PurePosixPath(table).parent
    entries, seen = [], set()
    for file, label in _rows(table, load()):
        name = str(folder / file.replace("\\", "/"))
        if _outside(file):
            skipped.append(Skipped(file, "its name leads out of the folder"))
        elif name not in source:
            skipped.append(Skipped(file, "the CSV names it, and it is not there"))
        elif name not in seen:
            seen.add(name)
            entries.append(Entry(name, label or None, source[name]))
    return _checked(Dataset(table, tuple(entries), tuple(skipped)))


def _rows(table: str, data: bytes) -> Iterator[tuple[str, str]]:
    """(file, label) of each row; a first row that says so is a heading and is left out."""
    if len(data) > MAX_CSV_BYTES:
        raise ExplorerError(f"expected a CSV of at most {MAX_CSV_BYTES >> 20} MB; got more")
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExplorerError(
            f"expected a CSV in UTF-8 with columns file,label; got {table}: {error}"
        ) from error
    if len(rows) > MAX_LISTED:
        raise ExplorerError(f"expected at most {MAX_LISTED:,} rows in a CSV; got {len(rows):,}")
    if rows and rows[0] and rows[0][0].strip().lower() in ("file", "filename", "path", "image"):
        rows = rows[1:]
    for row in rows:
        if row and row[0].strip():
            yield row[0].strip(), (row[1].strip()[:MAX_LABEL] if len(row) > 1 else "")


def _checked(dataset: Dataset) -> Dataset:
    count = len(dataset.entries)
    if count > MAX_ENTRIES:
        raise ExplorerError(
            f"expected at most {MAX_ENTRIES:,} pictures; got {count:,}: survey a part of them"
        )
    if count == 0:
        first = "".join(f"; {s.name}: {s.reason}" for s in dataset.skipped[:1])
        raise ExplorerError(f"expected pictures in {dataset.title}; found none{first}")
    return dataset


def _walk(root: Path) -> tuple[list[str], list[Skipped]]:
    """Names of the files under a folder, relative to it, and those that lead out of it."""
    names: list[str] = []
    skipped: list[Skipped] = []
    inside = root.resolve()
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        for file in sorted(files):
            path = Path(folder) / file
            name = path.relative_to(root).as_posix()
            if _hidden(name):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                skipped.append(Skipped(name, "it is a link that leads out of the folder"))
            else:
                names.append(name)
        _check_listed(len(names) + len(skipped))
    return names, skipped


def _read_file(path: Path, most: int) -> bytes:
    """The bytes of an ordinary file, never more than the bound."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would make us wait for ever
            raise ExplorerError("it is not an ordinary file")
        with path.open("rb") as file:
            return _bounded(file, most)
    except OSError as error:
        raise ExplorerError(error.strerror or "it cannot be read") from error


def _bounded(file: BinaryIO | zipfile.ZipExtFile, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise too_many_bytes(len(data))
    return data


def _open(source: bytes | str | Path) -> BinaryIO:
    """The ZIP as an open file; its size is checked, its path is an ordinary file."""
    if isinstance(source, bytes):
        size, file = len(source), io.BytesIO(source)
    else:
        path = Path(source)
        if not path.is_file():
            raise ExplorerError(f"expected a ZIP of pictures; there is no file {path}")
        try:
            size, file = path.stat().st_size, path.open("rb")
        except OSError as error:
            raise ExplorerError(f"expected a readable ZIP; {path}: {error.strerror}") from error
    if size > MAX_ZIP_BYTES:
        raise ExplorerError(
            f"expected a ZIP of at most {MAX_ZIP_BYTES >> 20} MB; got {size >> 20} MB: "
            "survey a part of it, or the folder"
        )
    return file


def _check_directory(file: BinaryIO) -> None:
    """Bound the list of members before the standard library reads all of it into memory.

    The end record is looked for just as `zipfile` looks for it, so that both see the same one.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if not (at >= 0 and tail[at : at + 4] == _END and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise ExplorerError("expected a ZIP; the file is none, or it ends too early")
    locator = max(0, size - len(tail) + at - _LOCATOR_SIZE)
    file.seek(locator)
    if file.read(4) == _ZIP64_LOCATOR:
        raise ExplorerError("expected an ordinary ZIP; got ZIP64: survey a part of it")
    if int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY_BYTES:
        raise ExplorerError(f"expected a ZIP of at most {MAX_LISTED:,} members; got far more")
    file.seek(0)


def _members(archive: zipfile.ZipFile) -> tuple[dict[str, zipfile.ZipInfo], list[Skipped]]:
    """The members that may be read, by name, and the others with the reason."""
    infos = [i for i in archive.infolist() if not i.is_dir() and not _hidden(i.filename)]
    _check_listed(len(infos))
    members: dict[str, zipfile.ZipInfo] = {}
    skipped = []
    for info in infos:
        if reason := _refusal(info):
            skipped.append(Skipped(info.filename, reason))
        else:
            members[info.filename] = info
    _check_total(members.values())
    return members, skipped


def _check_listed(count: int) -> None:
    if count > MAX_LISTED:
        raise ExplorerError(
            f"expected at most {MAX_LISTED:,} files; got {count:,} or more: survey a part of them"
        )


def _check_total(infos: Iterable[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES:
        raise ExplorerError(
            f"expected a ZIP that unpacks to at most {MAX_TOTAL_BYTES >> 20} MB; "
            f"got {total >> 20} MB: survey a part of it"
        )


def _refusal(info: zipfile.ZipInfo) -> str | None:
    """Why a member may not be read; None where it may."""
    if _outside(info.filename) or _outside(info.orig_filename):
        return "its name leads out of the ZIP"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if _suffix(info.filename) == ".zip":
        return "it is a ZIP within the ZIP"
    if info.compress_type not in _METHODS:
        return "it is not packed by the usual method (deflate)"
    if info.file_size > MAX_BYTES:
        return str(too_many_bytes(info.file_size))
    if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
        return f"it unpacks to more than {MAX_RATIO} times its packed size"
    return None


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes; a false size or checksum is found out on the way."""
    try:
        with archive.open(info) as member:
            data = _bounded(member, min(info.file_size, MAX_BYTES))
    except ExplorerError:
        raise
    except Exception as error:  # damaged members raise half a dozen types
        raise ExplorerError(f"it is damaged in the ZIP ({error})") from error
    if len(data) != info.file_size:
        raise ExplorerError(
            f"the ZIP says that it has {info.file_size} bytes; it has {len(data)}: it is damaged"
        )
    return data


def _outside(name: str) -> bool:
    """Whether a name could mean a place outside the folder, on any system."""
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "" or ".." in parts or ":" in parts[0] or "\0" in name


def _hidden(name: str) -> bool:
    """Files that systems leave behind and nobody chose, such as .DS_Store or __MACOSX."""
    parts = name.replace("\\", "/").split("/")
    return any((p.startswith(".") and p not in (".", "..")) or p == "__MACOSX" for p in parts)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
