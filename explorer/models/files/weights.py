"""Reading a file of weights that nobody vouches for: tensors come out, and nothing runs.

Three formats are told apart by their first bytes: torch's zip, torch's older pickle, safetensors.
Every size that a file declares is compared with the bytes that are there before torch reads it,
so that what is allocated is bounded by the file's own size; torch then reads with weights only.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import torch
from safetensors.torch import load as load_safetensors

from explorer.errors import ExplorerError, reason

from .pickled import HOW_TO_SAVE, Dictionary, Storage, check_tensors, read_program, storages

MAX_FILE_BYTES = 3 << 30
MAX_UPLOAD_BYTES = 1 << 30
MAX_ENTRIES = 100_000
FEW = 1000  # operations that the small pickles at the start of an older file may have
_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C  # what torch's older files begin with
_END_OF_ZIP = b"PK\x05\x06"


def read_weights(source: Path | bytes, name: str) -> dict[str, object]:
    """What a file of weights holds: tensors by key, or a dict in which such a dict is wrapped.

    name: what to call the file in messages. Raises ExplorerError on whatever is not a whole,
    plain file of tensors.
    """
    size = _size(source, name)
    try:
        with closing(_open(source)) as stream:
            return _read(stream, size)
    except ExplorerError as error:
        raise ExplorerError(f"{name}: {error}") from error
    except Exception as error:  # readers raise a dozen types on damaged files
        raise ExplorerError(
            f"{name}: the file is damaged and cannot be read as weights "
            f"({reason(error, named=True)})"
        ) from error


def _size(source: Path | bytes, name: str) -> int:
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
    except OSError as error:
        raise ExplorerError(
            f"expected a readable file of weights; {name}: {error.strerror or error}"
        ) from error
    limit = MAX_UPLOAD_BYTES if isinstance(source, bytes) else MAX_FILE_BYTES
    if size > limit:
        raise ExplorerError(
            f"{name}: expected a file of at most {limit >> 20:,} MB; got {size / 2**20:,.0f} MB"
        )
    return size


def _open(source: Path | bytes) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _read(stream: BinaryIO, size: int) -> dict[str, object]:
    start = stream.read(9)
    stream.seek(0)
    if start.startswith(b"PK\x03\x04"):
        _check_zip(stream, size)
        return _load_torch(stream)
    if start.startswith(b"\x80\x02\x8a\x0a"):
        _check_legacy(stream, size)
        return _load_torch(stream)
    if start[8:] == b"{" and int.from_bytes(start[:8], "little") <= size - 8:
        return dict(load_safetensors(stream.read()))
    if start.startswith(b"\x80"):
        read_program(stream)  # says what the pickle wants to run, if it wants to
    raise ExplorerError(
        f"expected weights as .pth, .pt or .safetensors; got {size:,} bytes of something else: "
        f"{HOW_TO_SAVE}"
    )


def _load_torch(stream: BinaryIO) -> dict[str, object]:
    stream.seek(0)
    try:
        content = torch.load(stream, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ExplorerError(f"torch refuses to read this file safely: {HOW_TO_SAVE}") from error
    if not isinstance(content, dict):
        raise ExplorerError(f"expected a dict of tensors: {HOW_TO_SAVE}")
    return content


def _check_zip(stream: BinaryIO, size: int) -> None:
    stream.seek(max(size - 22, 0))
    if not stream.read().startswith(_END_OF_ZIP):
        raise ExplorerError("the file is cut short, or something is appended to it")
    with zipfile.ZipFile(stream) as archive:
        entries = _entries(archive, size)
        _check_records(archive, entries)
        damaged = archive.testzip()
    if damaged is not None:
        raise ExplorerError(f"the file is damaged: its part {damaged[:80]!r} fails its checksum")


def _entries(archive: zipfile.ZipFile, size: int) -> Mapping[str, int]:
    """Bytes by name in the zip's directory, once it is known that nothing unpacks to more."""
    listed = archive.infolist()
    if any(entry.filename.endswith("/constants.pkl") for entry in listed):
        raise ExplorerError(f"this is a TorchScript program, not a state dict: {HOW_TO_SAVE}")
    sizes = {entry.filename: entry.file_size for entry in listed}
    if len(listed) > MAX_ENTRIES or len(sizes) != len(listed):
        raise ExplorerError(f"expected a state dict; got a zip of {len(listed):,} odd entries")
    for entry in listed:
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise ExplorerError(f"expected a file as torch writes it, unpacked; {HOW_TO_SAVE}")
    if sum(sizes.values()) > size:
        raise ExplorerError("the file declares more bytes than it has")
    return sizes


def _check_records(archive: zipfile.ZipFile, entries: Mapping[str, int]) -> None:
    folder = next(iter(entries), "").split("/")[0]
    if f"{folder}/data.pkl" not in entries:
        raise ExplorerError(f"expected a state dict; got some other kind of zip: {HOW_TO_SAVE}")
    program = read_program(archive.read(f"{folder}/data.pkl"))
    found = storages(program)
    for storage in found.values():
        _require_bytes(storage, entries.get(f"{folder}/data/{storage.key}", -1))
    _check_whole(program, found)


def _check_legacy(stream: BinaryIO, size: int) -> None:
    if read_program(stream, FEW) != _MAGIC_NUMBER:
        raise ExplorerError(f"expected a state dict; got some other pickle: {HOW_TO_SAVE}")
    for _ in ("protocol version", "byte order and sizes"):
        read_program(stream, FEW)
    program = read_program(stream)
    keys = read_program(stream)
    found = storages(program)
    if not isinstance(keys, list) or set(keys) != set(found) or len(keys) != len(found):
        raise ExplorerError("the checkpoint is damaged: it lists other storages than it uses")
    for key in keys:
        numel = int.from_bytes(stream.read(8), "little")
        _require_bytes(found[key], numel * found[key].itemsize)
        stream.seek(found[key].nbytes, 1)
        if stream.tell() > size:
            raise ExplorerError("the file is cut short: it declares more bytes than it has")
    _check_whole(program, found)


def _require_bytes(storage: Storage, present: int) -> None:
    if storage.nbytes != present:
        raise ExplorerError(
            f"the checkpoint is damaged or forged: storage {storage.key[:40]!r} declares "
            f"{storage.nbytes:,} bytes and has {max(present, 0):,}"
        )


def _check_whole(program: object, found: Mapping[str, Storage]) -> None:
    """Tied weights share a storage; many large tensors on one small storage are an attack."""
    if not isinstance(program, Dictionary):
        raise ExplorerError(f"expected a dict of tensors: {HOW_TO_SAVE}")
    stored = sum(storage.nbytes for storage in found.values())
    total = check_tensors(program)
    if total > 4 * stored:
        raise ExplorerError(
            f"the checkpoint is forged: {total:,} bytes of tensors out of {stored:,} stored"
        )
