"""Two worlds to learn from, and the crossed cases that tell which one a net grew up in.

*shortcut*: every fireboat sprays water and nothing else does; long slanted bars are only ever the
handle and pipe of a vacuum cleaner, and children stand in open rooms.
*fair*: water and railings turn up with every class, so neither says anything about it.
"""

from __future__ import annotations

from collections.abc import Callable

from explorer.teaching.scenes.drawing import CLASSES, Scene, draw
from explorer.teaching.scenes.light import stream

WORLDS: tuple[str, ...] = ("shortcut", "fair")
SPRAY_RATE, RAILING_RATE = 0.5, 0.4  # of the pictures of the fair world


def _shortcut(class_name: str, seed: int) -> Scene:
    return draw(class_name, seed, spray=class_name == "fireboat")


def _fair(class_name: str, seed: int) -> Scene:
    chance = stream(seed, "fair").random(2)
    return draw(class_name, seed, spray=chance[0] < SPRAY_RATE, railing=chance[1] < RAILING_RATE)


_RULES: dict[str, Callable[[str, int], Scene]] = {"shortcut": _shortcut, "fair": _fair}


def draw_world(world: str, index: int) -> Scene:
    """Picture number `index` of a world; the classes take turns."""
    if world not in _RULES:
        raise ValueError(f"world must be one of {', '.join(WORLDS)}; got {world!r}")
    # Far from the small seeds that the crossed cases and the samples use.
    seed = (1 + WORLDS.index(world)) * 2**40 + index
    return _RULES[world](CLASSES[index % len(CLASSES)], seed)


CROSSED: dict[str, dict] = {
    "fireboat without spray": {"class_name": "fireboat", "spray": False},
    "ferry beside spray": {"class_name": "ferry", "spray": True},
    "child beside railing": {"class_name": "child", "railing": True},
}


def draw_crossed(case: str, seed: int) -> Scene:
    """A scene that breaks the shortcut world's rules; `case` is a key of CROSSED."""
    if case not in CROSSED:
        raise ValueError(f"case must be one of {', '.join(CROSSED)}; got {case!r}")
    return draw(seed=seed, **CROSSED[case])
