"""Make everything in `assets/` again: `python -m explorer.teaching.train`.

Draws both scenes worlds, trains a net in each (two processes, one thread each), writes the
weights and the samples, and prints the figures that the nets are held to. The same seed gives the
same files.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

from explorer.teaching import letters
from explorer.teaching.bundle import write_samples
from explorer.teaching.learning import Lessons, learn
from explorer.teaching.scenes import WORLDS
from explorer.teaching.scenes_report import scenes_figures, table

ASSETS = Path(__file__).resolve().parents[2] / "assets"

# The shortcut is easy to learn; telling the boats apart without it takes longer. Hiding a square of
# every picture teaches the shortcut net to trust what is large: spray and bars, not small signs.
LESSONS: dict[str, Lessons] = {
    "shortcut": Lessons(pictures=5000, epochs=7, hidden=52),
    "fair": Lessons(pictures=8000, epochs=8),
}


def weights_file(world: str, assets: Path = ASSETS) -> Path:
    """Where the net of a world is stored."""
    return assets / "scenes" / f"scenes-{world}.safetensors"


def _train_world(job: tuple[str, int, Path]) -> None:
    """Train the net of one world on one thread and store it."""
    world, seed, assets = job
    torch.set_num_threads(1)
    net = learn(world, LESSONS[world], seed)
    state = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
    save_file(state, weights_file(world, assets))


def train_scenes(seed: int, assets: Path) -> str:
    """Train both worlds side by side; returns the table of their figures."""
    (assets / "scenes").mkdir(parents=True, exist_ok=True)
    jobs = [(world, seed, assets) for world in reversed(WORLDS)]
    with multiprocessing.get_context("spawn").Pool(len(jobs)) as pool:
        pool.map(_train_world, jobs, chunksize=1)
    write_samples(assets / "scenes")
    return table(scenes_figures(*(weights_file(world, assets) for world in WORLDS)))


def train_letters(seed: int, assets: Path) -> str:
    """Make the letters' part of the assets; returns its figure."""
    accuracy = letters.make_assets(assets / "letters", seed)
    return f"letters: {accuracy:.2%} of 5,000 unseen letters right"


# What `train` makes, by name: (seed, the folder of the assets) -> the figures to print.
STEPS: dict[str, Callable[[int, Path], str]] = {
    "letters": train_letters,
    "scenes": train_scenes,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=sorted(STEPS), help="make only this part of the assets")
    parser.add_argument("--seed", type=int, default=0, help="where the random numbers start")
    parser.add_argument("--assets", type=Path, default=ASSETS, help="the folder to write into")
    return parser.parse_args()


def main() -> None:
    """Make what was asked for, then print its figures."""
    arguments, began = _arguments(), time.monotonic()
    names = [arguments.only] if arguments.only else list(STEPS)
    tables = [STEPS[name](arguments.seed, arguments.assets) for name in names]
    print("\n\n".join(tables))
    print(f"\nmade in {(time.monotonic() - began) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
