"""What whoever starts the app adds after `--`: models of their own code, and a folder of pictures.

streamlit run explorer/app.py -- --model path/to/file.py:function --folder pictures/
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st

from explorer.errors import ExplorerError
from explorer.models.registry import register_factory


@dataclass(frozen=True)
class Startup:
    """models: ids of the models that were registered.

    folder: of pictures to survey, or a ZIP of them, or a CSV of file and label; None for none.
    """

    models: tuple[str, ...]
    folder: Path | None


class _Parser(argparse.ArgumentParser):
    """argparse, saying what is wrong instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise ExplorerError(f"the app was started with arguments that it does not take: {message}")


@st.cache_resource(show_spinner="Loading the models that were named at the start")
def startup() -> Startup:
    """Read the arguments once per process. Raises ExplorerError on what cannot be used."""
    parser = _Parser(prog="streamlit run explorer/app.py --", add_help=False)
    parser.add_argument("--model", action="append", default=[], metavar="FILE.py:FUNCTION")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(sys.argv[1:])
    if options.folder is not None and not options.folder.exists():
        raise ExplorerError(f"--folder must name a folder, a ZIP or a CSV; got {options.folder}")
    return Startup(tuple(register_factory(text).id for text in options.model), options.folder)
