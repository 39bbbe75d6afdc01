"""One script from ES modules, for a host that takes one: a Streamlit page, a file on a disk.

Every module becomes a function that is called once and returns what it exports, so that its own
names stay its own:

    import { a, b as c } from "./one.js";   ->   const { a, b: c } = module_0;
    export function d() {}                  ->   function d() {}  ...  return { d };

The part of the language that is understood is small and checked: statements that begin at the start
of a line, named imports from relative paths, and exported functions, classes, constants, lists and
one default function. Anything else raises; so does a circle. The modules themselves stay as they
are and run in a browser without this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import ExplorerError

_IMPORT = re.compile(r'^import\s*\{([^{}]*)\}\s*from\s*"(\.{1,2}/[^"\n]+)";?[ \t]*$', re.M)
_DECLARED = re.compile(r"^export\s+((?:async\s+)?function\*?|class|const)\s+(\w+)", re.M)
_LISTED = re.compile(r"^export\s*\{([^{}]*)\};?[ \t]*$", re.M)
_DEFAULT = re.compile(r"^export\s+default\s+function\b\s*(\w*)", re.M)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.M)
_DEFAULT_NAME = "defaultExport"


@dataclass(frozen=True)
class Module:
    """A module's text without its imports and exports, and what these said."""

    path: Path
    body: str
    imports: tuple[tuple[str, Path], ...]  # what is between the braces, and from where
    exports: tuple[tuple[str, str], ...]  # (name outside, name inside)


def bundle(entry: Path) -> str:
    """An expression whose value is what the entry exports; it runs every module once, in order.

    Raises ExplorerError for a module that is not there, a circle, or what it does not understand.
    """
    modules = _in_order(entry.resolve(), [], ())
    number = {module.path: i for i, module in enumerate(modules)}
    scopes = [_scope(module, number) for module in modules]
    body = "\n".join(scopes)
    return f'(() => {{\n"use strict";\n{body}\nreturn module_{len(modules) - 1};\n}})()'


def as_module(entry: Path) -> str:
    """A module of its own, whose default is the entry's default."""
    return f"export default {bundle(entry)}.default;\n"


def as_script(entry: Path, name: str) -> str:
    """A classic script that gives the entry's exports a global name; safe inside a script element.

    A page opened from a disk may not import modules, and may hold this.
    """
    if not name.isidentifier():
        raise ExplorerError(f"a script's global name is one word; got {name!r:.40}")
    return f"globalThis.{name} = {bundle(entry)};\n".replace("</script", r"<\/script")


def read(path: Path) -> Module:
    """Read one module and take it apart."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ExplorerError(f"there is no module {path.name} to bundle: {error}") from None
    imports = tuple(
        (names.replace(" as ", ": ").strip(), (path.parent / source).resolve())
        for names, source in _IMPORT.findall(text)
    )
    exports = _exports(text)
    body = _LISTED.sub("", _IMPORT.sub("", text))
    body = _DECLARED.sub(r"\1 \2", body)
    body = _DEFAULT.sub(lambda found: f"function {found[1] or _DEFAULT_NAME}", body)
    if left := _LEFT.search(body):
        raise ExplorerError(f"{path.name} has a line that cannot be bundled: {left[0]!r:.80}")
    return Module(path, body, imports, exports)


def _exports(text: str) -> tuple[tuple[str, str], ...]:
    declared = [(name, name) for _, name in _DECLARED.findall(text)]
    default = [("default", name or _DEFAULT_NAME) for name in _DEFAULT.findall(text)]
    listed = [_outside(item) for names in _LISTED.findall(text) for item in names.split(",")]
    return (*declared, *default, *filter(None, listed))


def _outside(item: str) -> tuple[str, str] | None:
    """`inside` or `inside as outside`, as (outside, inside)."""
    words = item.split()
    return (words[-1], words[0]) if words else None


def _in_order(path: Path, done: list[Module], waiting: tuple[Path, ...]) -> list[Module]:
    """Every module once, each after those that it imports."""
    if path in waiting:
        circle = " -> ".join(p.name for p in (*waiting[waiting.index(path) :], path))
        raise ExplorerError(f"modules that are bundled may not import in a circle: {circle}")
    if any(module.path == path for module in done):
        return done
    module = read(path)
    for _, source in module.imports:
        _in_order(source, done, (*waiting, path))
    done.append(module)
    return done


def _scope(module: Module, number: dict[Path, int]) -> str:
    taken = "".join(
        f"const {{ {names} }} = module_{number[source]};\n" for names, source in module.imports
    )
    given = ", ".join(f"{outside}: {inside}" for outside, inside in module.exports)
    here = number[module.path]
    return (
        f"const module_{here} = (() => {{ // {module.path.name}\n"
        f"{taken}{module.body.strip()}\nreturn Object.freeze({{ {given} }});\n}})();"
    )
