"""The bundler, on modules made for it; the player's own run in tests/browser."""

import re
import shutil
import subprocess

import pytest

from explorer.errors import ExplorerError
from explorer.player.bundle import as_module, as_script, bundle, read
from tests.conftest import ROOT

WEB = ROOT / "explorer" / "player" / "web"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node to run a script")


@pytest.fixture
def write(tmp_path):
    def writer(**modules: str):
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
        return tmp_path / f"{next(iter(modules))}.js"

    return writer


def run(script: str) -> str:
    found = subprocess.run(["node", "-e", script], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@needs_node
def test_names_of_different_modules_cannot_clash(write):
    entry = write(
        main='import { value as mine } from "./one.js";\n'
        'import {\n  value,\n  twice,\n} from "./two.js";\n'
        "const hidden = 3;\nexport const all = [mine, value, twice(hidden)];\n",
        one="const hidden = 1;\nexport const value = hidden;\n",
        two="const hidden = 2;\nexport const value = hidden;\n"
        "export function twice(x) {\n  return 2 * x;\n}\n",
    )
    assert run(f"console.log({bundle(entry)}.all.join())") == "1,2,6"


@needs_node
def test_every_kind_of_export_comes_through(write):
    entry = write(
        main='import { A } from "./kinds.js";\nexport { A as Renamed };\n'
        "export default function () {\n  return 'default';\n}\n",
        kinds="export class A {}\nexport async function later() {}\nexport function* many() {}\n",
    )
    script = (
        f"const m = {bundle(entry)}; console.log(typeof m.Renamed, m.default(), Object.keys(m))"
    )
    assert run(script) == "function default [ 'default', 'Renamed' ]"
    assert {name for name, _ in read(entry.parent / "kinds.js").exports} == {"A", "later", "many"}


@needs_node
def test_a_module_that_two_others_need_runs_once(write):
    entry = write(
        main='import { a } from "./a.js";\nimport { b } from "./b.js";\n'
        "export const both = [a, b];\n",
        a='import { count } from "./shared.js";\nexport const a = count();\n',
        b='import { count } from "./shared.js";\nexport const b = count();\n',
        shared="let n = 0;\nexport const count = () => ++n;\n",
    )
    assert run(f"console.log({bundle(entry)}.both.join())") == "1,2"


def test_a_circle_is_refused_by_name(write):
    entry = write(
        main='import { a } from "./a.js";\n',
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ExplorerError, match=r"a\.js -> b\.js -> a\.js"):
        bundle(entry)


def test_a_module_that_is_not_there_is_refused(write):
    with pytest.raises(ExplorerError, match=r"no module gone\.js"):
        bundle(write(main='import { a } from "./gone.js";\n'))


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./one.js";',
        'import one from "./one.js";',
        'import "./one.js";',
        'import { a } from "https://example.org/a.js";',
        "export let changing = 1;",
        'export * from "./one.js";',
        'export { a } from "./one.js";',
    ],
)
def test_what_it_does_not_understand_is_refused_and_not_passed_on(write, line):
    with pytest.raises(ExplorerError, match="cannot be bundled"):
        bundle(write(main=f"{line}\n", one="export const a = 1;\n"))


def test_the_players_modules_are_all_in_its_bundle_and_none_knows_a_host():
    text = bundle(WEB / "player.js")
    for module in WEB.glob("*.js"):
        assert f"// {module.name}\n" in text, "a module that nobody imports"
        source = module.read_text(encoding="utf-8")
        assert not re.search(r"streamlit|--st-|setStateValue", source, re.I), module.name


def test_a_script_may_stand_inside_a_page(write):
    entry = write(main="export const text = '</script><b>';\n")
    assert "</script" not in as_script(entry, "player")
    assert as_module(entry).startswith("export default (() => {")


@pytest.mark.parametrize("name", ["two words", "a-b", "", "1st"])
def test_a_global_name_is_one_word(write, name):
    with pytest.raises(ExplorerError, match="one word"):
        as_script(write(main="export const a = 1;\n"), name)
