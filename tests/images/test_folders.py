"""Folders, CSVs and ZIPs of pictures, the last ones not to be trusted."""

import io
import os
import random
import stat
import struct
import warnings
import zipfile

import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.images import folders
from explorer.images.folders import Entry, read_dataset, read_folder, read_zip


def png(colour="red", size=(6, 5)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def make_zip(members, method=zipfile.ZIP_DEFLATED) -> bytes:
    """members: name or ZipInfo -> bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def labels(dataset):
    return {entry.name: entry.label for entry in dataset.entries}


def reasons(dataset):
    return {skipped.name: skipped.reason for skipped in dataset.skipped}


@pytest.fixture
def folder(tmp_path):
    for name in ("cat/a.png", "cat/b.png", "dog/c.png", "top.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png())
    return tmp_path


def test_a_subfolder_is_a_class_and_a_picture_at_the_top_has_none(folder):
    assert labels(read_folder(folder)) == {
        "cat/a.png": "cat", "cat/b.png": "cat", "dog/c.png": "dog", "top.png": None,
    }  # fmt: skip


def test_the_bytes_are_read_when_they_are_wanted(folder):
    entry = read_folder(folder).entries[0]
    (folder / entry.name).write_bytes(png("blue"))
    assert entry.load() == png("blue")
    (folder / entry.name).unlink()
    with pytest.raises(ExplorerError, match="No such file"):
        entry.load()


def test_a_csv_says_which_files_and_what_they_show(folder):
    text = "file,label\ntop.png,lynx\ncat/a.png,\nmissing.png,dog\n../x.png,cat\n\ntop.png,twice\n"
    (folder / "labels.csv").write_text(text)
    for dataset in (read_folder(folder), read_dataset(folder / "labels.csv")):
        assert labels(dataset) == {"top.png": "lynx", "cat/a.png": None}
        assert reasons(dataset) == {
            "missing.png": "the CSV names it, and it is not there",
            "../x.png": "its name leads out of the folder",
        }


def test_the_heading_of_a_csv_may_be_left_out(folder):
    (folder / "labels.csv").write_text('\ufefftop.png,"cat, wild"\n', encoding="utf-8")
    assert labels(read_folder(folder)) == {"top.png": "cat, wild"}


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b'file,label\n"a', b"\x00,\x00"])
def test_a_csv_that_is_none_is_refused(folder, data):
    (folder / "labels.csv").write_bytes(data)
    with pytest.raises(ExplorerError):
        read_folder(folder)


def test_two_csvs_are_one_too_many(folder):
    (folder / "a.csv").write_text("top.png,cat\n")
    (folder / "b.csv").write_text("top.png,dog\n")
    with pytest.raises(ExplorerError, match="at most one CSV"):
        read_folder(folder)


def test_hidden_files_are_passed_over_and_other_files_are_listed(folder):
    for name in ("cat/.DS_Store", ".hidden.png", "notes.txt"):
        (folder / name).write_bytes(b"x")
    dataset = read_folder(folder)
    assert len(dataset.entries) == 4
    assert list(reasons(dataset)) == ["notes.txt"]


def test_a_link_that_leads_out_of_the_folder_is_left_out(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.png"
    outside.write_bytes(png())
    (folder / "cat" / "link.png").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    dataset = read_folder(folder)
    assert "link that leads out" in reasons(dataset)["cat/link.png"]
    assert len(dataset.entries) == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "cat" / "pipe.png")
    entry = next(e for e in read_folder(folder).entries if "pipe" in e.name)
    with pytest.raises(ExplorerError, match="ordinary file"):
        entry.load()


def test_a_file_over_the_bound_is_refused_when_it_is_read(folder, monkeypatch):
    monkeypatch.setattr(folders, "MAX_BYTES", 10)
    with pytest.raises(ExplorerError, match="at most"):
        read_folder(folder).entries[0].load()


def test_too_many_pictures_are_refused(folder, monkeypatch):
    monkeypatch.setattr(folders, "MAX_ENTRIES", 3)
    with pytest.raises(ExplorerError, match="at most 3 pictures; got 4"):
        read_folder(folder)


def test_too_many_files_are_refused_on_the_way(folder, monkeypatch):
    monkeypatch.setattr(folders, "MAX_LISTED", 2)
    with pytest.raises(ExplorerError, match="at most 2 files"):
        read_folder(folder)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.zip", "nowhere.csv"])
def test_what_is_not_there_is_said(tmp_path, name):
    with pytest.raises(ExplorerError, match="there is no"):
        read_dataset(tmp_path / name)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ExplorerError, match="found none"):
        read_folder(tmp_path)


def test_a_zip_reads_as_its_folder_does(tmp_path):
    data = make_zip({"set/cat/a.png": png(), "set/dog/b.png": png("blue"), "__MACOSX/x.png": b""})
    path = tmp_path / "set.zip"
    path.write_bytes(data)
    for dataset in (read_zip(data), read_dataset(path)):
        assert labels(dataset) == {"set/cat/a.png": "cat", "set/dog/b.png": "dog"}
        assert [entry.load() for entry in dataset.entries] == [png(), png("blue")]


def test_a_csv_in_a_zip_names_files_beside_it():
    data = make_zip({"set/labels.csv": "file,label\na.png,cat\n", "set/a.png": png()})
    assert labels(read_zip(data)) == {"set/a.png": "cat"}


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/evil.png", "C:/evil.png", "..\\evil.png"]
)
def test_a_name_that_leads_out_of_a_zip_is_left_out_and_nothing_is_written(
    tmp_path, monkeypatch, name
):
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    dataset = read_zip(make_zip({name: png(), "cat/fine.png": png()}))
    assert [entry.load() for entry in dataset.entries] == [png()]
    assert list(reasons(dataset).values()) == ["its name leads out of the ZIP"]
    assert list(tmp_path.rglob("*")) == [below]


def test_links_and_zips_within_a_zip_are_left_out():
    link = zipfile.ZipInfo("cat/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    dataset = read_zip(
        make_zip({link: "/etc/passwd", "more.zip": make_zip({"a.png": png()}), "cat/a.png": png()})
    )
    assert reasons(dataset) == {
        "cat/link.png": "it is a link",
        "more.zip": "it is a ZIP within the ZIP",
    }


def test_an_encrypted_member_is_left_out():
    data = bytearray(make_zip({"cat/a.png": png(), "cat/b.png": png()}))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory's first member
    assert reasons(read_zip(bytes(data))) == {"cat/a.png": "it is encrypted"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_unpacks_without_a_bound_is_left_out(method):
    with pytest.raises(ExplorerError, match="not packed by the usual method"):
        read_zip(make_zip({"cat/a.png": bytes(100)}, method))


def test_a_bomb_within_the_bound_of_bytes_is_left_out_by_its_ratio():
    dataset = read_zip(make_zip({"bomb.png": bytes(15 << 20), "cat/a.png": png()}))
    assert reasons(dataset) == {"bomb.png": "it unpacks to more than 200 times its packed size"}


def test_a_member_over_the_bound_of_bytes_is_left_out(monkeypatch):
    monkeypatch.setattr(folders, "MAX_BYTES", 200)
    dataset = read_zip(make_zip({"large.png": os.urandom(300), "cat/a.png": png()}))
    assert list(reasons(dataset)) == ["large.png"]


def test_a_zip_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(folders, "MAX_TOTAL_BYTES", 100)
    with pytest.raises(ExplorerError, match="unpacks to at most"):
        read_zip(make_zip({f"cat/{i}.png": png() for i in range(3)}))


@pytest.mark.parametrize("claimed", [10, 5000])
def test_a_zip_that_lies_about_a_size_is_found_out_when_it_is_read(claimed):
    data = bytearray(make_zip({"cat/a.png": os.urandom(900)}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", claimed)
    (entry,) = read_zip(bytes(data)).entries
    with pytest.raises(ExplorerError, match="damaged"):
        entry.load()


def test_a_member_that_unpacks_to_more_than_it_says_stops_at_what_it_says():
    """15 MB of zeros that claim to be 900 bytes: the ratio is believed, and never exceeded."""
    data = bytearray(make_zip({"cat/a.png": bytes(15 << 20)}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 900)
    with pytest.raises(ExplorerError, match="damaged"):
        read_zip(bytes(data)).entries[0].load()


def test_a_directory_of_members_too_long_to_read_is_refused_unread(monkeypatch):
    data = make_zip({f"cat/{i}.png": b"" for i in range(100)})
    monkeypatch.setattr(folders, "MAX_DIRECTORY_BYTES", 1000)
    monkeypatch.setattr(zipfile, "ZipFile", lambda file: pytest.fail("the directory was read"))
    with pytest.raises(ExplorerError, match="far more"):
        read_zip(data)


def test_zip64_is_refused(monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    with pytest.raises(ExplorerError, match="ZIP64"):
        read_zip(make_zip({"cat/a.png": png(), "cat/b.png": png()}))


def test_a_file_that_is_no_zip_or_ends_too_early_is_refused():
    whole = make_zip({"cat/a.png": png()})
    for data in (b"", b"PK", png(), whole[:-10], whole[: len(whole) // 2]):
        with pytest.raises(ExplorerError, match="expected a ZIP"):
            read_zip(data)


def test_damaged_zips_are_read_or_refused_readably():
    chance, whole = random.Random(3), make_zip({f"cat/{i}.png": png() for i in range(4)})
    counts = {"read": 0, "refused": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(400):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                for entry in read_zip(bytes(data)).entries:
                    assert isinstance(entry, Entry)
                    entry.load()
                counts["read"] += 1
            except ExplorerError:
                counts["refused"] += 1
    print(f"400 damaged ZIPs, seed 3: {counts}")
    assert sum(counts.values()) == 400
