"""Where surveyed pictures come from: plain data, ZIPs in one bounded store."""

from __future__ import annotations

import io
import os
import pickle
import zipfile

import pytest

from explorer.errors import ExplorerError
from explorer.sharing.cache import BoundedCache
from explorer.survey import source as module
from explorer.survey.source import keep_archive, source_at


def packed(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"red/{name}.png", data)
    return file.getvalue()


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(module, "_archives", BoundedCache(1000))
    return module._archives


def test_a_zip_is_kept_once_for_all_and_only_named_where_it_is_used(store):
    data = packed(a=b"one")
    first, second = keep_archive(data, "mine.zip"), keep_archive(data, "mine.zip")
    assert first == second
    assert store.use().used == len(data)
    assert len(pickle.dumps(first)) < 400
    assert [entry.name for entry in first.dataset().entries] == ["red/a.png"]
    assert pickle.loads(pickle.dumps(first)).read("red/a.png") == b"one"


def test_the_store_has_a_bound_and_what_it_forgot_is_said_with_what_to_do(store):
    first = keep_archive(packed(a=os.urandom(400)), "first.zip")
    second = keep_archive(packed(a=os.urandom(600)), "second.zip")
    assert second.kept
    assert not first.kept
    assert store.use().used <= 1000
    with pytest.raises(ExplorerError, match=r"first\.zip is no longer kept here: upload it again"):
        first.read("red/a.png")


def test_a_member_that_is_not_there_is_said(store):
    with pytest.raises(ExplorerError, match=r"b.png is no longer in mine.zip"):
        keep_archive(packed(a=b"one"), "mine.zip").read("red/b.png")


def test_a_folder_is_another_source_once_a_file_in_it_is_another(tmp_path):
    (tmp_path / "red").mkdir()
    picture = tmp_path / "red" / "a.png"
    picture.write_bytes(b"one")
    before = source_at(tmp_path)
    assert source_at(tmp_path) == before
    assert before.read("red/a.png") == b"one"
    picture.write_bytes(b"other")
    assert source_at(tmp_path) != before
    changed = source_at(tmp_path)
    (tmp_path / "red" / "b.png").write_bytes(b"two")
    assert source_at(tmp_path) != changed


def test_a_zip_on_the_disk_is_read_where_it_lies(tmp_path, store):
    path = tmp_path / "pictures.zip"
    path.write_bytes(packed(a=b"one"))
    source = source_at(path)
    assert source.kept
    assert source.read("red/a.png") == b"one"
    assert store.use().used == 0
