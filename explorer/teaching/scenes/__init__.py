"""The scenes: a harbour and a stairwell, drawn by our own code, with a part map for every picture.

They exist to make two famous mistakes visible. A net that saw only spraying fireboats finds the
spray and never looks at the boat; a net that saw long slanted bars only on vacuum cleaners takes
a child by a stair railing for one. `worlds` says what each net grew up with, `drawing.draw` makes
one scene, and the files beside it each draw one thing: `harbour`, `boats`, `spray`, `stairwell`,
`standing`, `railing`, on the `canvas`, in the `light`.
"""

from explorer.teaching.scenes.canvas import SIZE
from explorer.teaching.scenes.drawing import CLASSES, HARBOUR, STAIRWELL, Scene, draw
from explorer.teaching.scenes.parts import PART, PARTS
from explorer.teaching.scenes.worlds import CROSSED, WORLDS, draw_crossed, draw_world

# What the nets subtract and divide by, red, green, blue, for pixels in [0, 1].
MEAN: tuple[float, float, float] = (0.5, 0.5, 0.5)
STD: tuple[float, float, float] = (0.25, 0.25, 0.25)

__all__ = [
    "CLASSES",
    "CROSSED",
    "HARBOUR",
    "MEAN",
    "PART",
    "PARTS",
    "SIZE",
    "STAIRWELL",
    "STD",
    "WORLDS",
    "Scene",
    "draw",
    "draw_crossed",
    "draw_world",
]
