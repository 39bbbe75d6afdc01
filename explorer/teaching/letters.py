"""The letters world: 3x3 pixels of grey 0 to 16, five letters, a net to follow by hand.

Nine inputs, hidden layers of 10 and 8, five outputs: a 9-(10-8)-5 net with tanh units. Pixels are
kept as everywhere in the project, (1, 3, 3) in [0, 1]; screens multiply them by 16.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

CLASSES: tuple[str, ...] = ("C", "H", "L", "T", "Z")
SHAPE = (1, 3, 3)
PIXEL_MAX = 16
MEAN, STD = (0.5,), (0.5,)

STROKES = {
    "C": ("###", "#..", "###"),
    "H": ("#.#", "###", "#.#"),
    "L": ("#..", "#..", "###"),
    "T": ("###", ".#.", ".#."),
    "Z": ("###", ".#.", "###"),
}
INK, INK_SPREAD = 12.5, 2.0  # grey levels of a stroke: mean and standard deviation
PAPER_SPREAD = 2.0  # grey levels of the smudges between strokes


@dataclass(frozen=True)
class Letters:
    """Drawn letters: pixels (n, 1, 3, 3) float32 in [0, 1], classes (n,) int64."""

    pixels: Tensor
    classes: Tensor


def draw(letter: str, seed: int) -> np.ndarray:
    """One noisy letter, (3, 3) whole grey levels 0 to 16; the same seed draws it again."""
    return _noisy(_mask(letter), np.random.default_rng(seed))


def clean(letter: str) -> np.ndarray:
    """The letter as printed, (3, 3): strokes 16, paper 0."""
    return np.where(_mask(letter), PIXEL_MAX, 0).astype(np.uint8)


def draw_many(count: int, seed: int) -> Letters:
    """`count` noisy letters, the classes in turn."""
    rng = np.random.default_rng(seed)
    classes = np.arange(count) % len(CLASSES)
    levels = np.stack([_noisy(_mask(CLASSES[c]), rng) for c in classes])
    pixels = torch.from_numpy(levels.astype(np.float32) / PIXEL_MAX).unsqueeze(1)
    return Letters(pixels, torch.from_numpy(classes))


def build_net() -> nn.Module:
    """The 9-(10-8)-5 net: (n, 1, 3, 3) normalised pixels -> logits (n, 5)."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(9, 10), nn.Tanh(), nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 5)
    )


def train(seed: int = 0, count: int = 4000, epochs: int = 60) -> nn.Module:
    """Train the net on noisy letters; a few seconds on one core, the same every time."""
    torch.manual_seed(seed)
    letters, net = draw_many(count, seed), build_net()
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    for _ in range(epochs):
        for batch in torch.randperm(count).split(100):
            optimiser.zero_grad()
            logits = net(normalise(letters.pixels[batch]))
            nn.functional.cross_entropy(logits, letters.classes[batch]).backward()
            optimiser.step()
        schedule.step()
    return net.eval()


def make_assets(folder: Path, seed: int = 0) -> float:
    """Write the net and the bundled letters into `folder`; return the accuracy on unseen ones."""
    folder.mkdir(parents=True, exist_ok=True)
    net = train(seed)
    save_file(net.state_dict(), folder / "letters.safetensors")
    lines = ",\n".join("  " + json.dumps(sample) for sample in samples())
    (folder / "samples.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return accuracy(net, draw_many(5000, seed + 1))


def accuracy(net: nn.Module, letters: Letters) -> float:
    """The share of letters that the net reads right, 0 to 1."""
    with torch.no_grad():
        read = net(normalise(letters.pixels)).argmax(dim=1)
    return float((read == letters.classes).float().mean())


def normalise(pixels: Tensor) -> Tensor:
    """Pixels in [0, 1] as the net wants them."""
    return (pixels - MEAN[0]) / STD[0]


def samples() -> list[dict]:
    """The bundled letters: each as printed and once by an unsteady hand, pixels in grey levels."""
    entries = []
    for k, letter in enumerate(CLASSES):
        entries.append(
            _sample(f"letter-{letter.lower()}", letter, f"{letter}, printed", clean(letter))
        )
        drawn = draw(letter, seed=900 + k)
        entries.append(
            _sample(f"letter-{letter.lower()}-noisy", letter, f"{letter}, smudged", drawn)
        )
    return entries


def _sample(name: str, letter: str, title: str, levels: np.ndarray) -> dict:
    caption = f"The letter {letter} on 3 by 3 pixels, grey levels 0 to {PIXEL_MAX}."
    return {
        "id": name, "label": letter, "title": title, "caption": caption, "story": False,
        "levels": levels.tolist(),
    }  # fmt: skip


def _mask(letter: str) -> np.ndarray:
    return np.array([[mark == "#" for mark in row] for row in STROKES[letter]])


def _noisy(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    ink = rng.normal(INK, INK_SPREAD, mask.shape)
    paper = np.abs(rng.normal(0.0, PAPER_SPREAD, mask.shape))
    return np.clip(np.rint(np.where(mask, ink, paper)), 0, PIXEL_MAX).astype(np.uint8)
