"""Where pictures come from, as plain data: a ZIP in a store that all share, or a path.

An uploaded ZIP may have 200 MB. It is kept once however many survey it, in so many bytes for all;
the least recently used one is forgotten.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.images.folders import MAX_LISTED, Dataset, read_dataset, read_zip
from explorer.sharing.cache import BoundedCache

ARCHIVE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class _Archive:
    data: bytes

    @property
    def nbytes(self) -> int:
        return len(self.data)


_archives: BoundedCache[_Archive] = BoundedCache(ARCHIVE_BYTES)


@dataclass(frozen=True)
class Source:
    """Pictures of a ZIP that was uploaded (archive: its id) or of a path (a folder, ZIP or CSV).

    stamp: another one as soon as any of the files is.
    """

    title: str
    stamp: str
    archive: str | None = None
    path: str | None = None

    def dataset(self) -> Dataset:
        """The pictures; ExplorerError where there are none, or the ZIP is kept no longer."""
        if self.archive is None:
            return read_dataset(self.path or "")
        archive = _archives.get(self.archive)
        if archive is None:
            raise ExplorerError(f"the ZIP {self.title} is no longer kept here: upload it again")
        return read_zip(archive.data, self.title)

    def read(self, name: str) -> bytes:
        """One picture's file; ExplorerError where it is gone."""
        for entry in self.dataset().entries:
            if entry.name == name:
                return entry.load()
        raise ExplorerError(f"{name} is no longer in {self.title}: run the survey again")

    @property
    def kept(self) -> bool:
        """Whether it can still be read, as far as that depends on the store."""
        return self.archive is None or _archives.get(self.archive) is not None


def keep_archive(data: bytes, title: str) -> Source:
    """Put a ZIP's bytes into the store; what they hold is looked at only when it is surveyed."""
    name = hashlib.sha256(data).hexdigest()[:20]
    _archives.put(name, _Archive(data))
    return Source(title, name, archive=name)


def source_at(path: Path) -> Source:
    """A folder, a ZIP or a CSV on this computer, as it is now."""
    return Source(path.name, _stamp(path), path=str(path))


def _stamp(path: Path) -> str:
    """A hash of the names, sizes and times of all files that may be read."""
    digest = hashlib.sha256(str(path.resolve()).encode())
    for file in islice(_files(path), MAX_LISTED):
        try:
            facts = file.lstat()
        except OSError:  # it went away meanwhile
            continue
        digest.update(f"{file} {facts.st_size} {facts.st_mtime_ns}\n".encode(errors="replace"))
    return digest.hexdigest()[:20]


def _files(path: Path) -> Iterator[Path]:
    if path.suffix.lower() == ".zip":
        yield path
        return
    for folder, folders, files in os.walk(path.parent if path.suffix.lower() == ".csv" else path):
        folders.sort()
        yield from (Path(folder) / file for file in sorted(files))
