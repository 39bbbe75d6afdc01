"""The parts a picture is made of: every pixel belongs to exactly one, so a map can be read aloud.

A part map is an 8-bit picture whose value is an index into `PARTS`. The names are meant for
captions: "61 % of the positive attribution lies on the water spray".
"""

PARTS: tuple[str, ...] = (
    "sky",
    "land",
    "water",
    "hull",
    "cabin",
    "mast and funnel",
    "sails",
    "fenders",
    "water cannon",
    "water spray",
    "wall",
    "wall decoration",
    "floor",
    "stairs",
    "railing",
    "child",
    "vacuum cleaner",
    "handle and pipe",
    "floor lamp",
    "potted plant",
)

PART: dict[str, int] = {name: index for index, name in enumerate(PARTS)}
