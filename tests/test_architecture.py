"""The arrows between the rooms: imports point down the list, and Streamlit stays upstairs."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "explorer"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAY_IMPORT = {
    "core": {"core"},
    "teaching": {"teaching", "core"},
    "images": {"images", "teaching", "core", "models", "errors"},
    "models": {"models", "teaching", "core", "errors", "sharing"},
    "request": {"core", "images", "models", "errors"},
    "explanation": {"core", "images", "models", "request"},
    "explain": {"core", "images", "models", "request", "explanation", "errors", "sharing"},
    "survey": {"survey", "images", "errors", "core", "sharing"},
    "pictures": {"pictures", "explanation", "models", "core", "errors"},
    "player": {"player", "pictures", "explanation", "errors"},
    "exhibits": {"exhibits", "pictures", "explain", "core"},
    "export": {"explanation", "pictures", "core", "errors"},
    "cli": {"core", "errors", "explain", "explanation", "export", "images", "models", "pictures"}
    | {"request", "serve", "sharing", "survey"},
    "__main__": {"cli", "serve"},
    "serve": set(),
    "app": {"ui"},
    "errors": set(),
    "sharing": {"sharing", "core"},
    "__init__": set(),
}
# The same inside a package: what its rooms (folders, or modules) may import of each other.
MAY_IMPORT_INSIDE = {
    "models": {
        "__init__": set(),
        "spec": set(),
        "device": set(),
        "files": {"files"},
        "speed": {"speed"},
        "sources": {"sources", "files", "spec"},
        "loaded": {"speed", "spec"},
        "registry": {"loaded", "sources", "device", "spec"},
    },
    "ui": {
        "__init__": set(),
        "slots": set(),
        "shell": {"shell", "slots"},
        "state": {"state", "shell", "slots"},
        "player": {"slots"},
        "work": {"work", "shell", "slots"},
        "sidebar": {"sidebar", "state", "shell", "slots"},
        "survey": {"survey", "sidebar", "state", "work", "shell", "slots"},
        "explorer": {"explorer", "player", "sidebar", "state", "work", "shell", "slots"},
    },
}
ONLY_IN = {"streamlit": {"ui", "app", "serve"}, "plotly": {"pictures", "ui"}}


def room(path: Path, package: Path = PACKAGE) -> str:
    """The folder under the package, or the module's own name."""
    relative = path.relative_to(package)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path: Path) -> set[str]:
    """The dotted names that a module imports; relative ones made absolute."""
    found = set()
    package = ("explorer", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (above, node.module)))
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= names if (ROOT / module.replace(".", "/")).is_dir() else {module}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down_only(path):
    here = room(path)
    used = {name.split(".")[1] for name in imports(path) if name.startswith("explorer.")}
    if here != "ui":  # ui may use every room
        assert used <= MAY_IMPORT[here], f"{here} may not import {used - MAY_IMPORT[here]}"
    outside = {name.split(".")[0] for name in imports(path)}
    for package, rooms in ONLY_IN.items():
        assert package not in outside or here in rooms, f"{package} does not belong in {here}"


INSIDE = [
    (package, path)
    for package in MAY_IMPORT_INSIDE
    for path in MODULES
    if path.is_relative_to(PACKAGE / package)
]


@pytest.mark.parametrize(
    ("package", "path"), INSIDE, ids=[str(path.relative_to(PACKAGE)) for _, path in INSIDE]
)
def test_imports_point_down_inside_a_package_too(package, path):
    here = room(path, PACKAGE / package)
    above = f"explorer.{package}."
    used = {name.removeprefix(above).split(".")[0] for name in imports(path) if above in name}
    may = MAY_IMPORT_INSIDE[package][here]
    assert used <= may, f"{package}/{here} may not import {used - may}"


@pytest.mark.parametrize("floors", [MAY_IMPORT, *MAY_IMPORT_INSIDE.values()])
def test_the_arrows_between_rooms_make_no_circle(floors):
    graph = {here: below - {here} for here, below in floors.items()}
    assert set(TopologicalSorter(graph).static_order()) >= set(floors)


def test_no_modules_import_each_other_in_a_circle():
    modules = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in MODULES}
    graph = {name: imports(path) & modules.keys() for name, path in modules.items()}
    assert set(TopologicalSorter(graph).static_order()) >= set(modules)


def test_nothing_below_knows_the_screen():
    assert not any("explorer.ui" in imports(p) for p in MODULES if room(p) not in {"ui", "app"})


COMPUTING = [path for path in MODULES if room(path) in {"core", "explain", "exhibits", "pictures"}]
BY_BLAS = {"dot", "vdot", "inner", "outer", "matmul", "tensordot", "linalg"}


@pytest.mark.parametrize("path", COMPUTING, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_product_of_arrays_wakes_the_threads_of_blas(path):
    """They wait on the cores that torch needs: see core/vectors.py."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.MatMult), f"use core.vectors in {path.name}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in BY_BLAS, f"{path.name}: {node.attr}"
    assert not any(name.endswith(("linalg", "blas")) for name in imports(path))
