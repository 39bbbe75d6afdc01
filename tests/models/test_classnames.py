"""Class names from files of others."""

import json

import pytest

from explorer.errors import ExplorerError
from explorer.models.files import classnames
from explorer.models.files.classnames import parse_class_names

FORMS = {
    "one a line": b"cat\ndog\nowl\n",
    "lines of Windows with a byte order mark": b"\xef\xbb\xbfcat\r\ndog\r\nowl\r\n",
    "a JSON list": b'["cat", "dog", "owl"]',
    "JSON by index": b'{"0": "cat", "2": "owl", "1": "dog"}',
    "JSON by name": b'{"owl": 2, "cat": 0, "dog": 1}',
    "JSON with ids": b'{"0": ["n1", "cat"], "1": ["n2", "dog"], "2": ["n3", "owl"]}',
}


@pytest.mark.parametrize("form", FORMS)
def test_the_usual_forms_are_understood(form):
    assert parse_class_names(FORMS[form]) == ("cat", "dog", "owl")


def test_markup_and_control_characters_come_out_as_plain_text():
    names = parse_class_names(
        json.dumps(["<b>x</b>", "a\u202eb\x00c", "\ud800", "two\nlines"]).encode()
    )
    assert names == ("<b>x</b>", "a b c", "class 2", "two lines")


def test_names_that_occur_twice_are_told_apart():
    assert parse_class_names(b"crane\ncat\ncrane") == ("crane (class 0)", "cat", "crane (class 2)")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "1 to 50,000"),
        (b"cat\n\ndog", "line 2 is empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"[1, 2]", "class 0; got int"),
        (b'{"0": "cat", "2": "owl"}', "index 1 is missing"),
        (b"[" * 100_000, "JSON"),
        (b'{"0": ', "JSON"),
        (b"[]", "1 to 50,000"),
        (b"x\n" * 50_001, "50,001"),
        (b"x" * (classnames.MAX_BYTES + 1), "at most 4 MB"),
    ],
)
def test_what_cannot_be_class_names_is_refused(data, said):
    with pytest.raises(ExplorerError, match=said):
        parse_class_names(data)


def test_long_names_are_cut():
    assert len(parse_class_names(b"x" * 10_000)[0]) == classnames.MAX_LENGTH
