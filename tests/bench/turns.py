"""How many should compute at once, on how many cores? `python -m tests.bench.turns [--people 6]`.

A table, not a test, and only true on a quiet machine: elsewhere more threads win by taking more of
what others want. Everybody asks for one scene at the same time. Wall time a scene says how fast
all are served, processor time how much of it is wasted on waiting for each other.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from explorer.explain import explain
from explorer.sharing.job import Job
from explorer.sharing.turns import Gate
from tests.asking import asked


def crowd(people: int, slots: int, share: bool) -> tuple[float, float]:
    """Wall and processor seconds for each of so many people, who all ask at once.

    share: whether those who compute at the same time share the cores; else each takes them all.
    """
    gate, cores = Gate(slots), os.cpu_count() or 1

    def person(number: int) -> None:
        @contextmanager
        def turn() -> Iterator[None]:
            with gate.turn(f"{number}"):
                torch.get_num_threads()  # torch's number is each thread's own once it was read
                torch.set_num_threads(max(1, cores // gate.busy()) if share else cores)
                yield

        job = Job()
        job.turn = turn
        explain(asked(rule="midpoint"), job)

    jobs = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    wall, processor = time.perf_counter(), time.process_time()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return (time.perf_counter() - wall) / people, (time.process_time() - processor) / people


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.turns", description=__doc__)
    parser.add_argument("--people", type=int, default=6)
    people = parser.parse_args().people
    explain(asked(rule="midpoint", steps=1))
    print("| at once | cores | seconds a scene | processor seconds a scene |")
    print("| --- | --- | ---: | ---: |")
    for slots, share in ((1, False), (2, False), (2, True), (people, False), (people, True)):
        wall, processor = min(crowd(people, slots, share) for _ in range(3))
        words = "shared" if share else "all for each"
        print(f"| {slots} of {people} | {words} | {wall:.2f} | {processor:.2f} |", flush=True)
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
