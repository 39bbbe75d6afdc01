"""A real Chromium against a real server of the app, on this computer only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import ROOT, find_chromium

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

UNWATCHED = ("--server.fileWatcherType", "none")  # an edited file must not empty caches midway


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(script: Path, *arguments: str) -> Iterator[str]:
    """Run a Streamlit script on loopback; yields its address and stops it afterwards."""
    with running(script, *arguments) as (url, _):
        yield url


@contextmanager
def running(
    script: Path,
    *arguments: str,
    folder: Path = ROOT,
    output: int | IO = subprocess.DEVNULL,
    **environment: str,
) -> Iterator[tuple[str, int]]:
    """The same, yielding the server's process id too: started in this folder, writing there, in an
    environment with these added."""
    port = free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
        "--server.headless", "true", *arguments,
    ]  # fmt: skip
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=output,
        stderr=output,
    ) as process:
        try:
            _wait_until_healthy(port, process)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            _stop(process)


def _stop(process: subprocess.Popen) -> None:
    """Ask it to end, then make it: Streamlit may lose a signal that comes just after its start."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait_until_healthy(port: int, process: subprocess.Popen) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended before it was ready"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the server did not become healthy within a minute")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each page has a profile of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The app, served for the whole run."""
    with serve(ROOT / "explorer" / "app.py") as url:
        yield url


@pytest.fixture
def misread(tmp_path: Path) -> Path:
    """A ZIP of one labelled picture, which the shortcut net takes for something else."""
    picture, path = ROOT / "assets" / "scenes" / "samples" / "child-railing.png", tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.write(picture, f"child/{picture.name}")
    return path


@pytest.fixture
def open_page(browser: Browser, app_url: str) -> Iterator[Callable[..., Page]]:
    """open_page(query="", size=LAPTOP, scheme="light") -> a page whose player is ready."""
    contexts = []

    def opener(query: str = "", size: dict = LAPTOP, scheme: str = "light") -> Page:
        context = browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(f"{app_url}/?{query}")
        page.wait_for_selector("[data-ready='1']", timeout=60_000)
        return page

    yield opener
    for context in contexts:
        context.close()
