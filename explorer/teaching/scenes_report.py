"""The figures the two scenes nets are held to, measured on scenes that no one tuned on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.core.targets import Target
from explorer.teaching.learning import normalised, to_images
from explorer.teaching.nets import build_scenes_net
from explorer.teaching.scenes import (
    CLASSES,
    CROSSED,
    PART,
    Scene,
    draw,
    draw_crossed,
    draw_world,
)

UNSEEN = 10_000_000  # world pictures from this index on are never learned from
FRESH_SEED = 70_000_000  # the crossed cases of the printed table start here
EACH = 200  # scenes in each crossed case
STEPS = 50  # midpoint steps of Integrated Gradients

# (baseline, its grey in [0, 1], score, at least how often the fair net's share on the spray)
PART_SHARES: tuple[tuple[str, float, str, float], ...] = (
    ("black", 0.0, "logit", 2.5),
    ("black", 0.0, "probability", 2.5),
    ("mid-grey", 0.5, "logit", 4.0),
)


@dataclass(frozen=True)
class Figure:
    """One measured number and the limit it is held to."""

    name: str
    value: float
    limit: str  # "at least 0.97" or "at most 0.15"

    @property
    def kept(self) -> bool:
        bound = float(self.limit.split()[-1])
        return self.value >= bound if self.limit.startswith("at least") else self.value <= bound

    def line(self) -> str:
        """Name, value, limit and verdict in columns."""
        verdict = "kept" if self.kept else "BROKEN"
        return f"{self.name:<58} {self.value:7.3f}   {self.limit:<14} {verdict}"


def table(figures: Iterable[Figure]) -> str:
    """The figures as lines of text, one each."""
    return "\n".join(figure.line() for figure in figures)


def load_net(weights: Path) -> nn.Module:
    """A trained scenes net in eval mode, its parameters frozen."""
    net = build_scenes_net(len(CLASSES))
    net.load_state_dict(load_file(weights))
    return net.requires_grad_(False)


def probabilities(net: nn.Module, scenes: list[Scene]) -> np.ndarray:
    """(n, classes): what a net says about scenes."""
    images = to_images(np.stack([scene.image for scene in scenes]))
    with torch.no_grad():
        return torch.cat([net(normalised(b)).softmax(1) for b in images.split(50)]).numpy()


def answers(net: nn.Module, scenes: list[Scene]) -> list[str]:
    """The class a net gives each scene."""
    return [CLASSES[i] for i in probabilities(net, scenes).argmax(1)]


def share_right(net: nn.Module, scenes: list[Scene]) -> float:
    """How many of the scenes a net names rightly, as a share of 1."""
    said = answers(net, scenes)
    return float(np.mean([a == scene.label for a, scene in zip(said, scenes, strict=True)]))


def attribution_of(net: nn.Module, image: torch.Tensor, target: Target, grey: float) -> np.ndarray:
    """Integrated Gradients (3, S, S) of an image against an even baseline, midpoint rule."""
    nodes = get_rule("midpoint").nodes(STEPS)
    baseline = torch.full_like(image, grey)
    result = integrated_gradients(
        lambda images: target.scores(net(normalised(images))), image, baseline, nodes, batch_size=10
    )
    return result.attribution


def positive_share(attribution: np.ndarray, parts: np.ndarray, part: str) -> float:
    """The share of the positive attribution (channels summed) that lies on a part."""
    positive = np.clip(attribution.sum(0), 0, None)
    return float(positive[parts == PART[part]].sum() / max(positive.sum(), 1e-12))


def spray_shares(net: nn.Module, scenes: list[Scene], grey: float, kind: str) -> np.ndarray:
    """For each sprayed fireboat, the share of the positive attribution on the spray."""
    target = Target(CLASSES.index("fireboat"), kind)
    shares = []
    for scene in scenes:
        image = to_images(scene.image[None])[0]
        attribution = attribution_of(net, image, target, grey)
        shares.append(positive_share(attribution, scene.parts, "water spray"))
    return np.array(shares)


def known_to_all(nets: Iterable[nn.Module], scenes: list[Scene], count: int = 50) -> list[Scene]:
    """The first `count` of the scenes that every net names rightly."""
    said = [answers(net, scenes) for net in nets]
    known = [s for s, *a in zip(scenes, *said, strict=True) if set(a) == {s.label}]
    return known[:count]


def scenes_figures(
    shortcut_weights: Path, fair_weights: Path, first_seed: int = FRESH_SEED
) -> list[Figure]:
    """All the figures of the two nets, on scenes from `first_seed` on."""
    shortcut, fair = load_net(shortcut_weights), load_net(fair_weights)
    seeds = range(first_seed, first_seed + EACH)
    crossed = {case: [draw_crossed(case, seed) for seed in seeds] for case in CROSSED}
    wet = [draw("fireboat", seed, spray=True) for seed in seeds]
    return [
        *_own_kind(shortcut, "shortcut", first_seed),
        *_own_kind(fair, "fair", first_seed),
        *_crossed(shortcut, crossed, "shortcut", "at most 0.15", "at most 0.25"),
        *_crossed(fair, crossed, "fair", "at least 0.95", "at least 0.90"),
        *_mistaken(shortcut, crossed["child beside railing"]),
        *_flips(shortcut, "shortcut", wet, crossed["fireboat without spray"], "at least 0.95"),
        *_flips(fair, "fair", wet, crossed["fireboat without spray"], "at most 0.05"),
        *_part_shares(shortcut, fair, known_to_all((shortcut, fair), wet)),
    ]


def _own_kind(net: nn.Module, world: str, first_seed: int) -> Iterator[Figure]:
    unseen = [draw_world(world, UNSEEN + first_seed + i) for i in range(2 * EACH)]
    yield Figure(f"{world}: right on its own kind", share_right(net, unseen), "at least 0.97")


def _crossed(
    net: nn.Module, crossed: dict[str, list[Scene]], world: str, whole: str, each: str
) -> Iterator[Figure]:
    right = {case: share_right(net, scenes) for case, scenes in crossed.items()}
    yield Figure(f"{world}: right on the crossed set", float(np.mean(list(right.values()))), whole)
    for case, share in right.items():
        yield Figure(f"{world}: right on {case}", share, each)


def _mistaken(shortcut: nn.Module, children: list[Scene]) -> Iterator[Figure]:
    share = answers(shortcut, children).count("vacuum cleaner") / len(children)
    yield Figure("shortcut: child beside railing called vacuum cleaner", share, "at least 0.60")


def _flips(
    net: nn.Module, world: str, wet: list[Scene], dry: list[Scene], limit: str
) -> Iterator[Figure]:
    """How many rightly named fireboats are named otherwise once the spray is off."""
    pairs = zip(answers(net, wet), answers(net, dry), strict=True)
    after = [b for a, b in pairs if a == "fireboat"]
    flipped = sum(b != "fireboat" for b in after) / len(after)
    yield Figure(f"{world}: fireboats lost when the spray is off", flipped, limit)


def _part_shares(shortcut: nn.Module, fair: nn.Module, scenes: list[Scene]) -> Iterator[Figure]:
    """How much more of its attribution the shortcut net lays on the spray."""
    for name, grey, kind, least in PART_SHARES:
        mine, theirs = (spray_shares(net, scenes, grey, kind) for net in (shortcut, fair))
        label = f"spray share, {name}, {kind}"
        yield Figure(f"{label}: shortcut's median", float(np.median(mine)), "at least 0")
        yield Figure(f"{label}: fair's median", float(np.median(theirs)), "at most 1")
        ratio = float(np.median(mine) / np.median(theirs))
        yield Figure(f"{label}: ratio of medians", ratio, f"at least {least}")
        gap = float(np.quantile(mine, 0.25) - np.quantile(theirs, 0.75))
        yield Figure(f"{label}: between the quartiles", gap, "at least 0")
