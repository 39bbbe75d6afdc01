"""Class names from a file of the user's: text with one a line, or JSON.

Names are other people's text. They are bounded and freed of control characters here, and whoever
shows them shows them as text.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence

from explorer.errors import ExplorerError

MAX_BYTES = 4 << 20
MAX_CLASSES = 50_000
MAX_LENGTH = 200


def parse_class_names(data: bytes) -> tuple[str, ...]:
    """The names in the order of the logits, from the bytes of a file; ExplorerError otherwise.

    Understood: one name a line; a JSON list of names; a JSON object {index: name}, {name: index}
    or {index: [id, name]}. Names that occur twice are told apart by their index.
    """
    if len(data) > MAX_BYTES:
        raise ExplorerError(
            f"expected class names in at most {MAX_BYTES >> 20} MB; got {len(data) / 2**20:.1f} MB"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExplorerError(
            f"expected class names as UTF-8 text; byte {error.start} is something else"
        ) from error
    names = _from_json(text) if text.lstrip()[:1] in ("[", "{") else _from_lines(text)
    return clean_names(names)


def clean_names(names: Sequence[object]) -> tuple[str, ...]:
    """The names as single lines of printable text, all different; ExplorerError otherwise."""
    if not 1 <= len(names) <= MAX_CLASSES:
        raise ExplorerError(f"expected 1 to {MAX_CLASSES:,} class names; got {len(names):,}")
    cleaned = [_clean(name, index) for index, name in enumerate(names)]
    often = {name for name, count in Counter(cleaned).items() if count > 1}
    return tuple(f"{n} (class {i})" if n in often else n for i, n in enumerate(cleaned))


def numbered_names(count: int) -> tuple[str, ...]:
    """What classes are called of which only the number is known."""
    return tuple(f"class {index}" for index in range(count))


def _from_lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.strip().splitlines()]
    if "" in lines:
        raise ExplorerError(
            f"expected one class name a line; line {lines.index('') + 1} is empty: remove it"
        )
    return lines


def _from_json(text: str) -> list[object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExplorerError(f"expected class names as JSON; it cannot be read ({error})") from error
    return value if isinstance(value, list) else _from_object(value)


def _from_object(value: dict[str, object]) -> list[object]:
    if value and all(type(index) is int for index in value.values()):
        value = {str(index): name for name, index in value.items()}  # ImageFolder's class_to_idx
    wanted = [str(index) for index in range(len(value))]
    missing = next((index for index in wanted if index not in value), None)
    if missing is not None:
        raise ExplorerError(
            f"expected class names by index from 0 to {len(value) - 1}; index {missing} is missing"
        )
    return [_last(value[index]) for index in wanted]


def _last(value: object) -> object:
    """The name out of [id, name], as ImageNet's index has it."""
    return value[-1] if isinstance(value, list) and value else value


def _clean(name: object, index: int) -> str:
    if not isinstance(name, str):
        raise ExplorerError(
            f"expected text as the name of class {index}; got {type(name).__name__}"
        )
    return clean_text(name[:MAX_LENGTH]) or f"class {index}"


def clean_text(text: str) -> str:
    """The text on one line, without characters that cannot be seen."""
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(visible.split())
