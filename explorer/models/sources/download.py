"""Fetching published weights at first use: in view, stoppable, checked, all or nothing.

Files lie where torch.hub looks for them, so weights that are there already are used as they are.
A file gets its name only when it is whole and its hash is the one that its name promises.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import BinaryIO, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import torch

from explorer.core.attribution import Cancelled
from explorer.errors import ExplorerError
from explorer.models.spec import ModelSpec, WeightsFile
from explorer.sharing.job import ALONE, Job

CHUNK_BYTES = 1 << 15
MEGABYTE = 1e6
QUEUED = 32  # chunks that may wait to be written
CONNECT_SECONDS, SILENCE_SECONDS = 10, 30
REPORT_SECONDS = 0.1
MAX_REDIRECTS = 5
SPARE_BYTES = 64 << 20  # left free on the disk


@dataclass(frozen=True)
class Download:
    """What has to be fetched before a model can be used. bytes: as published, roughly."""

    url: str
    path: Path
    bytes: int


Item = TypeVar("Item")


def weights_path(file: WeightsFile) -> Path:
    """Where the file is, or will be: torch.hub's folder of checkpoints."""
    return Path(torch.hub.get_dir()) / "checkpoints" / file.name


def download_needed(spec: ModelSpec) -> Download | None:
    """What must be fetched before this model can be used; None if nothing must be."""
    if spec.weights is None or weights_path(spec.weights).is_file():
        return None
    return Download(spec.weights.url, weights_path(spec.weights), spec.weights.size)


def on_disk(spec: ModelSpec) -> bool:
    """Whether the model can be used without a download."""
    return download_needed(spec) is None


def fetch(wanted: Download, job: Job = ALONE) -> Path:
    """Fetch the file and return where it is.

    job: told a few times a second how many megabytes have come. Raises ExplorerError with one
    sentence that names the address, the file and its place, Cancelled within a moment of the job's
    being so, however silent the server is, and what the job raises. Whatever happens, nothing but
    the whole and right file is left behind.
    """
    try:
        _check_disk(wanted)
        with _temporary(wanted.path) as (stream, unfinished):
            digest = _receive(wanted, stream, _Watch(job))
            _check_hash(wanted, digest)
            stream.close()
            os.replace(unfinished, wanted.path)
    except (requests.RequestException, OSError) as error:
        raise _failed(wanted, _reason(error)) from error
    return wanted.path


class _Watch:
    """Asks whether to go on, and reports a few times a second how far it is."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._reported = -REPORT_SECONDS

    def ask(self) -> None:
        if self._job.cancelled():
            raise Cancelled("nobody wants the file any more")

    def tell(self, done: int, total: int) -> None:
        """Report, unless the last report was a moment ago; the last of all is always made."""
        now = time.monotonic()
        if done < total and now - self._reported < REPORT_SECONDS:
            return
        self._reported = now
        self._job.tell(done / MEGABYTE, max(total, done, 1) / MEGABYTE, "MB")


def _receive(wanted: Download, stream: BinaryIO, watch: _Watch) -> str:
    """Write the file to the stream; returns its sha256 in hexadecimal."""
    digest, done, total = hashlib.sha256(), 0, wanted.bytes
    for arrived in _pumped(lambda: _stream(wanted), watch.ask):
        if isinstance(arrived, int):
            total = arrived
        else:
            done += len(arrived)
            stream.write(arrived)
            digest.update(arrived)
        if done > total:
            raise _failed(wanted, f"more than the {total:,} bytes announced came")
        watch.tell(done, total)
    if done < total:
        raise _failed(wanted, f"the connection broke off after {done:,} of {total:,} bytes")
    return digest.hexdigest()


def _pumped(produce: Callable[[], Iterator[Item]], ask: Callable[[], None]) -> Iterator[Item]:
    """What `produce` yields, in a thread of its own, so that waiting for it can be given up.

    ask(): called several times a second; raising in it ends the work.
    """
    arrived: Queue[tuple[Item | None, BaseException | None]] = Queue(maxsize=QUEUED)
    given_up = Event()
    Thread(target=_pump, args=(produce, arrived, given_up), daemon=True).start()
    try:
        while True:
            ask()
            try:
                item, error = arrived.get(timeout=REPORT_SECONDS)
            except Empty:
                continue
            if error is not None:
                raise error
            if item is None:
                return
            yield item
    finally:
        given_up.set()


def _pump(produce: Callable[[], Iterator[Item]], arrived: Queue, given_up: Event) -> None:
    def put(item: Item | None, error: BaseException | None = None) -> bool:
        while not given_up.is_set():
            with suppress(Full):
                arrived.put((item, error), timeout=REPORT_SECONDS)
                return True
        return False

    try:
        with closing(produce()) as items:  # type: ignore[type-var]
            going_on = all(put(item) for item in items)
        if going_on:
            put(None)
    except BaseException as error:  # it belongs to whoever waits
        put(None, error)


def _stream(wanted: Download) -> Iterator[int | bytes]:
    """The length in bytes, then the file piece by piece."""
    with _request(wanted) as response:
        yield _length(wanted, response)
        yield from response.iter_content(CHUNK_BYTES)


@contextmanager
def _request(wanted: Download) -> Iterator[requests.Response]:
    """The answer, after redirects: at most a few, and to nowhere less safe than the start."""
    url = wanted.url
    with requests.Session() as session:
        for _ in range(MAX_REDIRECTS + 1):
            with _get(session, url) as response:
                if not response.is_redirect:
                    _check_status(wanted, response)
                    yield response
                    return
            url = _next(wanted, url, response.headers["Location"])
    raise _failed(wanted, f"it was redirected more than {MAX_REDIRECTS} times")


def _get(session: requests.Session, url: str) -> requests.Response:
    return session.get(
        url,
        stream=True,
        allow_redirects=False,
        timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
        headers={"Accept-Encoding": "identity"},
    )


def _next(wanted: Download, url: str, location: str) -> str:
    target = urljoin(url, location)
    if urlsplit(target).scheme not in {urlsplit(url).scheme, "https"}:
        raise _failed(wanted, f"it was redirected to {target[:100]!r}, which is not followed")
    return target


def _check_status(wanted: Download, response: requests.Response) -> None:
    if response.status_code != 200:
        said = f"{response.status_code} {response.reason or ''}".strip()
        raise _failed(wanted, f"the server answered {said[:80]}")


def _length(wanted: Download, response: requests.Response) -> int:
    """The bytes announced; they must be announced, and not be many more than published."""
    text = response.headers.get("Content-Length", "")
    most = wanted.bytes + wanted.bytes // 10 + (1 << 20)
    if not text.isdecimal():
        raise _failed(wanted, "the server does not say how long the file is")
    if int(text) > most:
        raise _failed(wanted, f"the server announces {int(text):,} bytes, far more than expected")
    return int(text)


def _check_hash(wanted: Download, digest: str) -> None:
    promised = re.search(r"-([0-9a-f]{8,64})\.", wanted.path.name)
    if promised is None:
        raise _failed(wanted, "its name carries no hash to check it by")
    if not digest.startswith(promised[1]):
        raise _failed(wanted, f"its hash is {digest[:8]}, not {promised[1]}: it is damaged")


def _check_disk(wanted: Download) -> None:
    wanted.path.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(wanted.path.parent).free
    if free < wanted.bytes + SPARE_BYTES:
        raise OSError(errno.ENOSPC, f"only {free >> 20:,} MB are free on the disk")


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside the final one, gone again unless it was renamed; readable as the umask says."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with unfinished.open("xb") as stream:
            yield stream, unfinished
    finally:
        unfinished.unlink(missing_ok=True)


def _failed(wanted: Download, reason: str) -> ExplorerError:
    return ExplorerError(
        f"the weights could not be downloaded from {wanted.url}: {reason}; try again, or put the "
        f"file {wanted.path.name} into {wanted.path.parent} yourself"
    )


def _reason(error: Exception) -> str:
    match error:
        case requests.exceptions.SSLError():
            return "the connection is not secure"
        case requests.exceptions.Timeout():
            return "the server did not answer in time"
        case requests.exceptions.ChunkedEncodingError():
            return "the connection broke off"
        case requests.exceptions.ConnectionError():
            return "there is no connection to that server"
        case requests.RequestException():
            return "the request failed"
        case _:
            return getattr(error, "strerror", None) or str(error)
