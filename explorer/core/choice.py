"""Choices: one kind out of a registry, with its settings, written `blur:sigma=8`.

Baselines, methods, quadrature rules, fits, edits and fills are all chosen by this one machine: it
reads a choice from text, checks it, prints it, and lists what widgets and the command line offer.
A new kind is one entry of its registry and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self, TypeVar

Value = float | int | str
Settings = Mapping[str, Value]


@dataclass(frozen=True)
class Parameter:
    """One setting of a kind. Its type is that of its default.

    Numbers lie in [low, high], and step is what one press of a button changes them by; offered: the
    range that a widget offers, where that is less. percent: whether screens show it as such. Text
    is a colour, written #rrggbb, unless `pattern` says what it must look like. silent: whether the
    written form leaves it out where it is at its default.
    """

    name: str
    title: str
    default: Value
    help: str
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    pattern: str = ""
    offered: tuple[float, float] | None = None
    percent: bool = False
    silent: bool = False

    def check(self, value: object) -> Value:
        """The value as this parameter keeps it; ValueError with the expectation otherwise."""
        if isinstance(self.default, str):
            return self._text(value)
        number = _number(value, type(self.default))
        if number is None or not self.low <= number <= self.high:
            raise ValueError(f"{self.name} must be {self._expected()}; got {value!r:.80}")
        return number

    def _expected(self) -> str:
        if isinstance(self.default, int):
            return f"a whole number from {self.low:.0f} to {self.high:.0f}"
        return f"a number from {self.low:g} to {self.high:g}"

    def opened(self, value: Value) -> tuple[Parameter, ...]:
        """The parameters that come with this value: none, unless it names a kind of its own."""
        return ()

    def _text(self, value: object) -> str:
        if self.pattern:
            if not re.fullmatch(self.pattern, str(value)):
                raise ValueError(f"{self.name}: expected {self.help}; got {value!r:.80}")
            return str(value)
        text = f"#{str(value).lstrip('#').lower()}"
        if not re.fullmatch(r"#[0-9a-f]{6}", text):
            raise ValueError(f"{self.name} must be written #rrggbb; got {value!r:.80}")
        return text


def _number(value: object, kind: type[Any]) -> float | int | None:
    """The number that a value is or spells, of this type; None where it is another."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if kind is int and isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,12}", value.strip()):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if kind is float:
        return number
    return int(number) if number.is_integer() else None


@dataclass(frozen=True)
class Kind:
    """An entry of a registry: what can be chosen, in words, and its parameters."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...] = field(default=(), kw_only=True)


K = TypeVar("K", bound=Kind)


class Registry(Mapping[str, K]):
    """Kinds by name, in the order in which they are offered. what: "baseline", for sentences."""

    def __init__(self, what: str, kinds: Iterable[K]) -> None:
        self.what = what
        self._kinds = {kind.name: kind for kind in kinds}

    def __getitem__(self, name: str) -> K:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def find(self, name: object) -> K:
        """The kind of that name; ValueError naming the known ones otherwise."""
        if name not in self._kinds:
            raise ValueError(f"expected {_a(self.what)} out of {', '.join(self)}; got {name!r:.80}")
        return self._kinds[str(name)]


@dataclass(frozen=True)
class Branch(Parameter):
    """A setting that names a kind of another registry, whose parameters then stand beside it."""

    kinds: Mapping[str, Kind] = field(default_factory=dict, kw_only=True)

    def check(self, value: object) -> Value:
        """The name if it is known; ValueError naming the known ones otherwise."""
        if value not in self.kinds:
            what = getattr(self.kinds, "what", self.title.lower())
            raise ValueError(
                f"expected {_a(what)} out of {', '.join(self.kinds)}; got {value!r:.80}"
            )
        return str(value)

    def opened(self, value: Value) -> tuple[Parameter, ...]:
        """The parameters of the kind that is named."""
        return self.kinds[str(value)].parameters


@dataclass(frozen=True)
class Choice:
    """A kind and its settings, checked; written `name` or `name:key=value,key=value`.

    settings: (name, value) of every parameter, in order, defaults filled in; a mapping is taken as
    well. Raises ValueError on unknown names and on values out of range. A subclass names its
    registry, and thereby what can be chosen.
    """

    name: str
    settings: tuple[tuple[str, Value], ...] = ()

    registry: ClassVar[Registry[Any]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", tuple(self._full(dict(self.settings)).items()))

    @property
    def kind(self) -> Any:
        """The registry's entry."""
        return self.registry[self.name]

    @property
    def values(self) -> dict[str, Value]:
        """Every setting by its name."""
        return dict(self.settings)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters that this choice has, those of named kinds among them, in order."""
        return tuple(_parameters(self.registry.find(self.name).parameters, self.values))

    def changed(self, **values: Value) -> Self:
        """The choice with other settings; what no longer has a meaning falls back to its default.

        The `steps` of one rule, say, are not those of another. Raises as the constructor does.
        """
        given = self.values | values
        after = {p.name: p for p in _parameters(self.kind.parameters, given)}
        before = {p.name: p for p in self.parameters}
        kept = {k: v for k, v in given.items() if k in values or after.get(k) is before.get(k)}
        return replace(self, settings=tuple(kept.items()))

    def _full(self, given: Mapping[str, object]) -> dict[str, Value]:
        known = list(_parameters(self.registry.find(self.name).parameters, given))
        unknown = set(given) - {p.name for p in known}
        if unknown:
            has = ", ".join(p.name for p in known) or "no settings"
            raise ValueError(
                f"the {self.registry.what} {self.name!r} has {has}; "
                f"got {', '.join(sorted(map(str, unknown)))}"
            )
        return {p.name: p.check(given.get(p.name, p.default)) for p in known}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name` or `name:key=value,key=value`; ValueError on anything else."""
        name, settings = split(text)
        return cls(name, tuple(settings.items()))

    @classmethod
    def read(cls, text: str) -> tuple[Self, list[str]]:
        """As `parse`, but a setting that is refused falls back, with a sentence for each.

        Raises ValueError where the kind itself is unknown.
        """
        name, given = split(text, lenient=True)
        kinds = cls.registry.find(name).parameters
        opening = {p.name for p in kinds if isinstance(p, Branch)}  # what others depend on, first
        settings: dict[str, Value] = {}
        refused = []
        for key, value in sorted(given.items(), key=lambda item: item[0] not in opening):
            try:
                choice = cls(name, tuple({**settings, key: value}.items()))
            except ValueError as error:
                refused.append(f"{error}. Using {_usual(cls.registry[name], settings, key)}.")
                continue
            settings[key] = choice.values[key]
        return cls(name, tuple(settings.items())), refused

    def __str__(self) -> str:
        settings = ",".join(
            f"{p.name}={_shortest(value)}"
            for p, (_, value) in zip(self.parameters, self.settings, strict=True)
            if not (p.silent and value == p.default)
        )
        return f"{self.name}:{settings}" if settings else self.name


def _shortest(value: Value) -> str:
    """As short as it can be written to be read again as just this: 8 for 8.0."""
    short = f"{value:.12g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


def _parameters(first: Iterable[Parameter], given: Mapping[str, object]) -> Iterator[Parameter]:
    """The parameters, each followed by those that its value opens; ValueError on a bad name."""
    for parameter in first:
        yield parameter
        if isinstance(parameter, Branch):
            value = parameter.check(given.get(parameter.name, parameter.default))
            yield from _parameters(parameter.opened(value), given)


def _usual(kind: Kind, given: Mapping[str, object], name: str) -> str:
    """What is taken instead of a refused setting, in words."""
    known = {p.name: p for p in _parameters(kind.parameters, given)}
    return f"{known[name].default}" if name in known else "the rest"


def split(text: str, lenient: bool = False) -> tuple[str, dict[str, str]]:
    """`name:key=value,key=value` as the name and its settings, unchecked.

    Raises ValueError on a setting without a value; lenient: it is kept, with an empty one.
    """
    name, _, rest = text.strip().partition(":")
    settings: dict[str, str] = {}
    for item in filter(None, rest.split(",")):
        key, equals, value = item.partition("=")
        if not equals and not lenient:
            raise ValueError(f"expected settings such as blur:sigma=8; got {text!r:.80}")
        settings[key.strip()] = value.strip()
    return name, settings


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
