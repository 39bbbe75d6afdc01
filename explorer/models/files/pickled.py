"""What a pickle would do, read as data: nothing in it is ever called, imported or allocated.

A state dict saved by torch is a pickle that calls a handful of functions which rebuild tensors.
`read_program` walks through such a program and returns what it describes, with calls and tensors
as plain records; names outside of that handful are refused. Sizes can then be compared with the
bytes that are really there, before anything trusts them.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from explorer.errors import ExplorerError

HOW_TO_SAVE = "save a state dict instead: torch.save(model.state_dict(), 'weights.pth')"
MAX_OPERATIONS = 500_000  # some forty a tensor: thousands of tensors, read in a second

STORAGES = {
    "DoubleStorage": 8, "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2,
    "LongStorage": 8, "IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1,
    "BoolStorage": 1,
}  # fmt: skip
_CALLABLE = {
    "collections OrderedDict",
    "torch Size",
    "torch device",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
}
_DTYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "uint8", "bool")
_HARMLESS = _CALLABLE.union(
    (f"torch {name}" for name in (*STORAGES, *_DTYPES)),
    (f"torch.storage {name}" for name in STORAGES),
)


class _Mark:
    """The place on the stack where a group begins."""


_MARK = _Mark()


@dataclass(frozen=True)
class Name:
    """A name that the pickle would import, "module name"."""

    text: str


@dataclass(frozen=True, eq=False)
class Call:
    """A call that the pickle would make. function: what it calls. arguments: with what."""

    function: object
    arguments: object


@dataclass(frozen=True, eq=False)
class Stored:
    """A storage outside of the pickle, by the tuple that names it."""

    key: object


@dataclass(frozen=True)
class Storage:
    """A checked storage. key: its name in the file. numel: elements. itemsize: bytes of each."""

    key: str
    numel: int
    itemsize: int

    @property
    def nbytes(self) -> int:
        """The bytes it must have in the file."""
        return self.numel * self.itemsize


def read_program(data: bytes | BinaryIO, most: int = MAX_OPERATIONS) -> object:
    """What the pickle describes; ExplorerError where it names anything that is not for tensors.

    A file is left standing behind the program's end. most: operations, more are refused. ValueError
    and kin on damage.
    """
    stream = BytesIO(data) if isinstance(data, bytes) else data
    machine = _Machine()
    for count, (operation, argument, _) in enumerate(pickletools.genops(stream)):
        if count > most:
            raise ExplorerError(
                f"expected a state dict; its pickle is absurdly long: {HOW_TO_SAVE}"
            )
        machine.step(operation.name, argument)
    return machine.stack[-1]


def storages(program: object) -> dict[str, Storage]:
    """Every storage that the program refers to, by key; ExplorerError on a malformed one."""
    found: dict[str, Storage] = {}
    for stored in _walk(program, Stored):
        storage = _storage(stored.key)
        if found.setdefault(storage.key, storage) != storage:
            raise ExplorerError("the checkpoint is damaged: one storage has two sizes")
    return found


def check_tensors(program: object) -> int:
    """Check that every tensor lies inside its storage; returns the bytes of all of them together.

    Strides of zero can make a huge tensor of one number: no tensor may be larger than its storage.
    """
    total = 0
    for call in _walk(program, Call):
        if isinstance(call.function, Name) and "_rebuild_tensor" in call.function.text:
            total += _check_tensor(call.arguments)
    return total


def _check_tensor(arguments: object) -> int:
    try:
        stored, offset, size, stride = arguments[:4]  # type: ignore[index]
        storage = _storage(stored.key)
        whole = all(type(n) is int and n >= 0 for n in (offset, *size, *stride))
        numel = _product(size)
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    except (TypeError, ValueError, AttributeError) as error:
        raise ExplorerError("the checkpoint is damaged: a tensor's shape cannot be read") from error
    if not whole or len(size) > 8 or (numel and last >= storage.numel) or numel > storage.numel:
        raise ExplorerError(
            f"the checkpoint is damaged or forged: a tensor of shape {_short(size)} does not fit "
            f"into its {storage.numel:,} stored numbers"
        )
    return numel * storage.itemsize


def _storage(key: object) -> Storage:
    match key:
        case ("storage", Name(text), str(name), str(), int(numel), *rest) if numel >= 0:
            if rest not in ([], [None]):  # a view of a storage: not written for many years
                raise ExplorerError(f"the checkpoint is too old to be read here: {HOW_TO_SAVE}")
            itemsize = STORAGES.get(text.split()[-1])
            if itemsize is not None:
                return Storage(name, numel, itemsize)
    raise ExplorerError("the checkpoint is damaged: a storage's name cannot be read")


def _product(size: tuple[int, ...]) -> int:
    numel = 1
    for n in size[:9]:
        numel *= n
    return numel


def _short(size: tuple[int, ...]) -> str:
    return str(size) if len(str(size)) < 80 else "an absurd size"


def _walk(program: object, kind: type) -> list[Any]:
    """Every record of that kind in the program, each once however often it is referred to."""
    seen: set[int] = set()
    waiting, found = [program], []
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, kind):
            found.append(value)
        waiting.extend(_inside(value))
    return found


def _inside(value: object) -> list[object]:
    match value:
        case Dictionary():
            return [item for pair in value.items for item in pair]
        case list() | tuple():
            return list(value)
        case Call():
            return [value.function, value.arguments]
    return []


@dataclass(eq=False)
class Dictionary:
    """A dict being filled: pairs in order, since the pickle's keys need not be hashable here."""

    items: list[tuple[object, object]]


class _Machine:
    """The stack machine of pickle's protocol 2, as far as saved tensors use it."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, object] = {}

    def step(self, name: str, argument: Any) -> None:
        if name in _PUSHES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in _TUPLES:
            self._replace(_TUPLES[name], lambda *values: values)
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name == "GLOBAL":
            self.stack.append(_name(argument))
        else:
            self._act(name)

    def _act(self, name: str) -> None:
        match name:
            case "TUPLE":
                self.stack.append(tuple(self._group()))
            case "APPEND" | "APPENDS":
                values = [self.stack.pop()] if name == "APPEND" else self._group()
                self._filled(list).extend(values)
            case "SETITEM" | "SETITEMS":
                values = self._last(2) if name == "SETITEM" else self._group()
                self._fill(values)
            case "REDUCE":
                self._replace(2, _call)
            case "BINPERSID":
                self._replace(1, Stored)
            case "BUILD":
                self._set_attributes()
            case "PROTO" | "STOP" | "FRAME":
                pass
            case _:
                raise ExplorerError(
                    f"expected a state dict; this file's pickle does more ({name}): {HOW_TO_SAVE}"
                )

    def _replace(self, count: int, make: Callable[..., object]) -> None:
        self.stack.append(make(*self._last(count)))

    def _last(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise ValueError("the pickle takes more from its stack than is there")
        values = self.stack[-count:]
        del self.stack[-count:]
        return values

    def _group(self) -> list[Any]:
        """Everything above the last mark; the mark goes too."""
        start = len(self.stack) - 1
        while self.stack[start] is not _MARK:
            start -= 1
            if start < 0:
                raise ValueError("the pickle has no mark where it needs one")
        values = self.stack[start + 1 :]
        del self.stack[start:]
        return values

    def _fill(self, values: list[Any]) -> None:
        target = self.stack[-1]
        pairs = list(zip(values[::2], values[1::2], strict=True))
        if not isinstance(target, Dictionary):
            raise ValueError("the pickle sets items of something that is not a dict")
        target.items.extend(pairs)

    def _set_attributes(self) -> None:
        """An OrderedDict's attributes, such as _metadata, which nobody here needs."""
        target, _ = self._last(2)
        if not isinstance(target, Dictionary):
            raise ValueError("the pickle sets attributes of something that is not a dict")
        self.stack.append(target)

    def _filled(self, kind: type) -> Any:
        if not isinstance(self.stack[-1], kind):
            raise ValueError(f"the pickle appends to something that is not a {kind.__name__}")
        return self.stack[-1]


def _name(argument: str) -> Name:
    if argument not in _HARMLESS:
        wanted = argument.replace(" ", ".", 1)
        raise ExplorerError(
            f"this file wants to run code ({wanted[:80]!r}) and is not opened: {HOW_TO_SAVE}"
        )
    return Name(argument)


def _call(function: object, arguments: object) -> object:
    """The record of a call; an OrderedDict is empty at first, its items are set afterwards."""
    callable_name = isinstance(function, Name) and function.text in _CALLABLE
    if not callable_name or not isinstance(arguments, tuple):
        raise ValueError("the pickle calls something that is not a function")
    if function == Name("collections OrderedDict"):
        return Dictionary([])
    return Call(function, arguments)


_PUSHES = {
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "BINUNICODE", "SHORT_BINSTRING", "BINSTRING",
}  # fmt: skip
_CONSTANTS: dict[str, Callable[[], object]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": lambda: Dictionary([]),
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": lambda: _MARK,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
