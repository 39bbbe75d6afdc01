"""Starting the app. It imports nothing that computes: the page paints before that is there."""

from __future__ import annotations

import sys
from pathlib import Path

APP = Path(__file__).with_name("app.py")


def start() -> None:
    """Serve the app until it is stopped, with Streamlit's own settings and options."""
    from streamlit.web.cli import main as streamlit

    sys.argv = ["streamlit", "run", str(APP)]
    streamlit()
