"""Does the server's memory stay flat? `python -m tests.bench.soak [--count 500]`.

A table, not a test. One server, one visitor after the other, each with an explanation that nobody
had before. Memory grows until the caches are full, and then no more: the verdict compares
the last quarter of the run with the quarter before it. Memory is read from /proc (Linux).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from itertools import islice, product

from explorer.core.baselines import BASELINES
from explorer.images.library import image_ids
from explorer.models.registry import get_spec
from tests.bench.memory import resident
from tests.browser.conftest import UNWATCHED, running
from tests.conftest import ROOT
from tests.visitor import Visitor

SCENES = ("scenes-shortcut", "scenes-fair")
STEPS = range(50, 60)
EVERY = 50
FLAT = 0.02  # of the memory; less growth in a quarter of the run counts as none


def requests() -> Iterator[dict[str, str]]:
    """Requests that differ from one another, neighbours in the image and the net."""
    images = image_ids(get_spec(SCENES[0]))
    for steps, baseline, image, model in product(STEPS, BASELINES, images, SCENES):
        yield {
            "rule": "midpoint", "steps": f"{steps}", "baseline": baseline, "image": image,
            "model": model,
        }  # fmt: skip


def soak(url: str, pid: int, count: int) -> list[int]:
    """Print the memory every so often; returns it, in bytes, after each explanation."""
    held, started = [], time.perf_counter()
    print("| explanations | server memory | seconds |\n| ---: | ---: | ---: |")
    for request in islice(requests(), count):
        with Visitor(url) as visitor:
            answer = visitor.open(**request)
        if answer.problems or answer.explained is None or not answer.computed:
            raise SystemExit(f"{request} was not computed: {answer}")
        held.append(resident(pid))
        if len(held) % EVERY == 0 or len(held) == 1:
            seconds = time.perf_counter() - started
            print(f"| {len(held)} | {held[-1] / 1e6:.0f} MB | {seconds:.0f} |", flush=True)
    return held


def verdict(held: list[int]) -> str:
    """The last quarter's median beside that of the quarter before."""
    quarter = max(1, len(held) // 4)
    before, last = (
        statistics.median(part) for part in (held[-2 * quarter : -quarter], held[-quarter:])
    )
    word = "flat" if last <= before * (1 + FLAT) else "growing"
    return f"{word}: {before / 1e6:.0f} MB in the third quarter, {last / 1e6:.0f} MB in the last"


def main() -> None:
    """Soak the app."""
    most = sum(1 for _ in requests())
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--count", type=int, default=500, help=f"explanations, 8 to {most}")
    count = parser.parse_args().count
    if not 8 <= count <= most:
        parser.error(f"expected 8 to {most} explanations; got {count}")
    with running(ROOT / "explorer" / "app.py", *UNWATCHED) as (url, pid):
        print(verdict(soak(url, pid, count)))


if __name__ == "__main__":
    main()
