"""Reads mutated checkpoint files in a process of its own, with a limit on its memory.

python tests/models/fuzz_checkpoints.py COUNT SEED: reads COUNT files, whose damage follows from
SEED, and prints one line of JSON with the figures. Nothing may be written where it runs.
"""

import json
import resource
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from safetensors.torch import save as save_safetensors

from explorer.errors import ExplorerError
from explorer.models.files.weights import read_weights
from explorer.models.sources.checkpoint import read_checkpoint
from tests.models.checkpoint_files import legacy_bytes, rezipped, zip_bytes
from tests.models.mutations import mutate

GIGABYTE = 1 << 30


def seeds():
    """Small files of every kind that is read."""
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    state = net.state_dict()
    full = {
        "epoch": 3,
        "model": state,
        "optimizer": torch.optim.Adam(net.parameters()).state_dict(),
    }
    half = {key: value.half() for key, value in state.items()}
    view = {"a": torch.arange(60.0).view(6, 10).t()[2:5], "b": torch.arange(5)}
    contents = (state, full, half, view)
    return {
        "pth": [zip_bytes(content) for content in contents],
        "legacy": [legacy_bytes(content) for content in contents],
        "safetensors": [save_safetensors(state), save_safetensors(half, {"made": "by hand"})],
    }


def with_valid_zip(data, others, random):
    """Damage inside of a zip whose directory and checksums are right: it reaches the pickle."""
    return rezipped(
        data, lambda name, part: mutate(part, others, random) if "pkl" in name else part
    )


def damaged_files(count, seed):
    """(kind, bytes), the same for the same seed."""
    random, files = np.random.default_rng(seed), seeds()
    everything = [data for kind in files.values() for data in kind]
    kinds = ["pth", "pth inside", "legacy", "safetensors"]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        whole = files[kind.split()[0]]
        data = whole[int(random.integers(len(whole)))]
        damage = with_valid_zip if kind == "pth inside" else mutate
        yield kind, damage(data, everything, random)


def outcome(data):
    """What became of the file: read, or refused in words; anything else is raised."""
    refused = refusal(read_weights, data, "fuzzed")
    if not refused:
        refusal(read_checkpoint, data, arch="squeezenet1_1", file_name="fuzzed")
    return "refused" if refused else "read"


def refusal(read, *arguments, **settings):
    """The sentence with which a file is refused, or nothing."""
    try:
        read(*arguments, **settings)
    except ExplorerError as error:
        if "\n" in str(error):
            raise AssertionError("more than one line") from error
        return str(error)
    return ""


def main(count, seed):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    outcome(b"warm")
    for kind in seeds().values():
        outcome(kind[0])  # everything is imported and mapped before memory is limited
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + GIGABYTE, resource.RLIM_INFINITY))
    counts, slowest, started = Counter(), 0.0, time.perf_counter()
    for number, (kind, data) in enumerate(damaged_files(count, seed)):
        before = time.perf_counter()
        try:
            counts[f"{kind}: {outcome(data)}"] += 1
        except BaseException as error:
            raise AssertionError(f"file {number} ({kind}): {type(error).__name__}") from error
        slowest = max(slowest, time.perf_counter() - before)
    figures = {"files": count, "slowest": slowest, "seconds": time.perf_counter() - started}
    print(json.dumps({**figures, **counts}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
