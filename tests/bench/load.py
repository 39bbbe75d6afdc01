"""Many people at once: `python -m tests.bench.load [--sessions 30] [--photographs]`.

A table, not a test. One server; that many sessions over its websocket, all at once and without a
pause to look, and among them one Chromium, which opens an explained example and scrubs. Nobody
draws but the Chromium, so that what is measured is the server. Memory is read from /proc (Linux).
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from playwright.sync_api import Browser, sync_playwright

from explorer.core.baselines import BASELINES
from explorer.images.library import image_ids
from explorer.images.photos import PHOTOS
from explorer.models.registry import get_spec
from tests.bench.memory import Peak, resident
from tests.bench.player import WATCH_KEYS
from tests.browser.conftest import ARGUMENTS, LAPTOP, UNWATCHED, running
from tests.conftest import REAL, ROOT, find_chromium
from tests.visitor import Answer, Visitor

APP = ROOT / "explorer" / "app.py"
SCENES = ("scenes-shortcut", "scenes-fair")
PHOTO_MODEL = "squeezenet1_0"
PRESSES = 20
SETTLE = 150  # seconds after which Streamlit has freed the sessions that left


@dataclass
class Seen:
    """What all visitors met with. Times in seconds, scrubbing in milliseconds."""

    computed: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)
    screen: list[float] = field(default_factory=list)
    scrubs: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note(self, answer: Answer) -> Answer:
        """Take down a visitor's answer."""
        self.problems += answer.problems
        if answer.explained is None:
            self.problems.append("no explanation came")
        else:
            (self.computed if answer.computed else self.cached).append(answer.explained)
        return answer


Visit = Callable[[Visitor, int], Iterator[Answer]]


def in_the_scenes(visitor: Visitor, number: int) -> Iterator[Answer]:
    """A scene by a net from a baseline; then another scene, another baseline, the other net."""
    images = image_ids(get_spec(SCENES[0]))
    choices = list(product(BASELINES, images, SCENES))
    baseline, image, model = choices[number % len(choices)]
    yield visitor.open(model=model, image=image, baseline=baseline)
    yield visitor.pick(images[(images.index(image) + 3) % len(images)])
    names = list(BASELINES)
    other = names[(names.index(baseline) + 1 + number % 3) % len(names)]
    yield visitor.select("Baseline", BASELINES[other].title)
    yield visitor.select("Model", get_spec(SCENES[SCENES[0] == model]).title)


def with_photographs(visitor: Visitor, number: int) -> Iterator[Answer]:
    """A bundled photograph, an uploaded one, and that from another baseline."""
    baseline = [*BASELINES][number % len(BASELINES)]
    yield visitor.open(model=PHOTO_MODEL, image=[*PHOTOS][number % len(PHOTOS)], baseline=baseline)
    files = [file for file in sorted((REAL / "images").iterdir()) if "truncated" not in file.name]
    yield visitor.upload(files[number % len(files)])
    other = [*BASELINES][(number + 1) % len(BASELINES)]
    yield visitor.select("Baseline", BASELINES[other].title)


def session(url: str, number: int, visit: Visit, seen: Seen) -> None:
    """One person: asks, looks, and opens the last explanation anew, as a shared address."""
    try:
        with Visitor(url) as visitor:
            for answer in visit(visitor, number):
                seen.note(answer)
            address = visitor.address
        with Visitor(url) as visitor:
            seen.note(visitor.open(**address))
    except Exception as error:  # whatever ends a session counts against the server
        seen.problems.append(f"session {number}: {type(error).__name__}: {error}")


def look(chromium: Browser, url: str, seen: Seen) -> None:
    """Open the example, explained before, in a fresh profile; scrub; leave."""
    context = chromium.new_context(viewport=LAPTOP)
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url, timeout=300_000)
    page.wait_for_selector("[data-ready='1']", timeout=300_000)
    seen.screen.append(time.perf_counter() - started)
    page.locator(".cursor-slider").focus()
    page.locator(".player").evaluate(WATCH_KEYS)
    for _ in range(PRESSES):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(40)
    seen.scrubs += page.evaluate("latencies")
    context.close()


def crowd(url: str, sessions: int, visit: Visit, seen: Seen) -> float:
    """All at once, the Chromium among them; returns the seconds until the last one left."""
    started = time.perf_counter()
    people = [
        threading.Thread(target=session, args=(url, number, visit, seen), daemon=True)
        for number in range(sessions - 1)
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for person in people:
            person.start()
        while any(person.is_alive() for person in people):
            look(chromium, url, seen)
        chromium.close()
    return time.perf_counter() - started


def measure(sessions: int, visit: Visit, first: dict[str, str], settle: float) -> None:
    """Serve the crowd and print its table."""
    seen = Seen()
    with running(APP, *UNWATCHED, TORCH_HOME=str(REAL)) as (url, pid):
        with Visitor(url) as visitor:
            for address in (first, {}):  # the second is what the Chromium will look at
                answer = visitor.open(**address)
                if answer.problems or answer.explained is None:
                    raise SystemExit(f"the page does not work: {answer}")
            before = resident(pid)
        with Peak(pid) as peak:
            took = crowd(url, sessions, visit, seen)
        left = resident(pid)
        time.sleep(settle)
        after = resident(pid)
        with Visitor(url) as visitor:
            visitor.open()
        again = resident(pid)
    print(f"| {sessions} sessions, {visit.__name__.replace('_', ' ')} | |\n| --- | ---: |")
    for row, value in (
        ("explained page, computed: number", f"{len(seen.computed)} in {took:.0f} s"),
        ("explained page, computed: median, p95, worst", spread(seen.computed, "s")),
        ("explained page, cached: median, p95, worst", spread(seen.cached, "s")),
        ("cached explanation on a Chromium's screen", spread(seen.screen, "s")),
        ("key to picture while scrubbing", spread(seen.scrubs, "ms")),
        ("errors", f"{len(seen.problems)}"),
        ("server memory after the first explanation", megabytes(before)),
        ("server memory, peak", megabytes(peak.most)),
        ("server memory when all have left", megabytes(left)),
        (f"server memory {settle:.0f} s later", megabytes(after)),
        ("server memory when the next visitor has come", megabytes(again)),
    ):
        print(f"| {row} | {value} |")
    for problem in sorted(set(seen.problems)):
        print(f"! {problem}")


def spread(values: Sequence[float], unit: str) -> str:
    """Median, 95th percentile and worst."""
    if not values:
        return "none"
    ordered = sorted(values)
    three = (statistics.median(ordered), ordered[int(0.95 * len(ordered))], ordered[-1])
    return ", ".join(f"{value:.3g}" for value in three) + f" {unit} ({len(values)})"


def megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__)
    parser.add_argument("--sessions", type=int, help="30, or 10 with photographs")
    parser.add_argument("--photographs", action="store_true", help=f"{PHOTO_MODEL}, real pictures")
    parser.add_argument("--settle", type=float, default=SETTLE, help="seconds to wait at the end")
    options = parser.parse_args()
    if options.photographs:
        if not REAL.is_dir():
            parser.error(f"no real weights and photographs: {REAL} is absent")
        first = {"model": PHOTO_MODEL, "image": next(iter(PHOTOS))}
        measure(options.sessions or 10, with_photographs, first, options.settle)
    else:
        measure(options.sessions or 30, in_the_scenes, {}, options.settle)


if __name__ == "__main__":
    main()
