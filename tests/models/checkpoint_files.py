"""Checkpoint files for tests, in the formats that people have."""

import io
import zipfile

import torch


def zip_bytes(content):
    """As torch.save writes it."""
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def legacy_bytes(content):
    """As torch.save wrote it before it wrote zips."""
    stream = io.BytesIO()
    torch.save(content, stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


def rezipped(data, change=lambda name, data: data, pack=zipfile.ZIP_STORED):
    """The zip with every entry's bytes changed, and packed if asked."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", compression=pack) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return stream.getvalue()
