"""Downloads against a server on loopback: whole and right, or not at all."""

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from explorer.core.attribution import Cancelled
from explorer.errors import ExplorerError
from explorer.models.sources import download
from explorer.models.sources.download import Download, fetch
from explorer.sharing.job import Job

CONTENT = bytes(range(256)) * 2000
HASH = hashlib.sha256(CONTENT).hexdigest()[:8]
GOOD = f"net-{HASH}.pth"


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT, well or badly, by the first part of the path."""

    def do_GET(self):
        with_name = self.path.strip("/").split("/")
        getattr(self, f"serve_{with_name[0]}", self.serve_missing)()

    def serve_good(self):
        self._announce(len(CONTENT))
        self.wfile.write(CONTENT)

    def serve_slow(self):
        self._announce(len(CONTENT))
        while not self.server.closing.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def serve_silent(self):
        self.server.closing.wait(20)

    def serve_broken(self):
        self._announce(len(CONTENT))
        self.wfile.write(CONTENT[:1000])

    def serve_other(self):
        self._announce(len(CONTENT))
        self.wfile.write(CONTENT[::-1])

    def serve_huge(self):
        self._announce(1 << 40)

    def serve_unannounced(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def serve_moved(self):
        self._redirect(f"/good/{GOOD}")

    def serve_loop(self):
        self._redirect(self.path)

    def serve_file(self):
        self._redirect("file:///etc/hostname")

    def serve_ftp(self):
        self._redirect("ftp://127.0.0.1/x")

    def serve_missing(self):
        self.send_error(404)

    def _announce(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _redirect(self, where):
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that hang up are what is tested


@pytest.fixture(scope="module")
def address():
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.closing = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def wanted(address, hub):
    return lambda how, name=GOOD: Download(f"{address}/{how}/{name}", hub / name, len(CONTENT))


def files(folder):
    return sorted(path.name for path in folder.iterdir())


class Watching(Job):
    """Notes what it is told, and is cancelled after so many seconds."""

    def __init__(self, seconds=float("inf")):
        self.until, self.told = time.monotonic() + seconds, []

    def tell(self, done, total, unit):
        self.told.append((done, total, unit))

    def cancelled(self):
        return time.monotonic() > self.until


def test_a_good_file_arrives_whole_and_reports_its_progress(wanted, hub):
    job = Watching()
    assert fetch(wanted("good"), job).read_bytes() == CONTENT
    assert files(hub) == [GOOD]
    whole = len(CONTENT) / 1e6
    assert job.told[-1] == (whole, whole, "MB")


@pytest.mark.parametrize("how", ["slow", "silent"])
def test_cancel_is_heard_within_a_second_however_slowly_the_server_answers(how, wanted, hub):
    job = Watching(0.3)
    with pytest.raises(Cancelled):
        fetch(wanted(how), job)
    assert time.monotonic() - job.until < 1
    assert files(hub) == []


def test_an_exception_raised_while_reporting_passes_through(wanted, hub):
    class Interrupted(Job):
        def tell(self, done, total, unit):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(wanted("slow"), Interrupted())
    assert files(hub) == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("broken", "broke off"),
        ("other", "not " + HASH),
        ("missing", "404"),
        ("huge", "far more than expected"),
        ("unannounced", "how long"),
        ("loop", "more than 5 times"),
        ("file", "not followed"),
        ("ftp", "not followed"),
    ],
)
def test_a_bad_download_leaves_nothing_and_says_where_the_file_belongs(how, said, wanted, hub):
    with pytest.raises(ExplorerError, match=said) as caught:
        fetch(wanted(how))
    message = str(caught.value)
    assert wanted(how).url in message
    assert GOOD in message
    assert str(hub) in message
    assert "\n" not in message
    assert files(hub) == []


def test_a_redirect_is_followed(wanted, hub):
    assert fetch(wanted("moved")).read_bytes() == CONTENT


def test_without_a_network_one_sentence_says_what_to_do(wanted, hub):
    nowhere = Download("http://127.0.0.1:9/net.pth", hub / GOOD, 10)
    with pytest.raises(ExplorerError, match="no connection") as caught:
        fetch(nowhere)
    assert all(part in str(caught.value) for part in (nowhere.url, GOOD, str(hub)))


def test_a_file_whose_name_carries_no_hash_is_never_kept(wanted, hub):
    with pytest.raises(ExplorerError, match="no hash"):
        fetch(wanted("good", "net.pth"))
    assert files(hub) == []


def test_a_full_disk_is_noticed_before_anything_is_fetched(wanted, hub, monkeypatch):
    monkeypatch.setattr(download, "SPARE_BYTES", 1 << 60)
    with pytest.raises(ExplorerError, match="free on the disk"):
        fetch(wanted("good"))


def test_a_folder_that_cannot_be_written_is_an_error_in_words(wanted, tmp_path):
    (tmp_path / "occupied").write_text("a file where a folder should be")
    lost = Download("http://127.0.0.1:9/x", tmp_path / "occupied" / GOOD, 10)
    with pytest.raises(ExplorerError, match="could not be downloaded"):
        fetch(lost)
