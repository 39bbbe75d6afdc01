"""The page's icon, drawn here: Streamlit would fetch its own icons from the network."""

from __future__ import annotations

from PIL import Image, ImageDraw

SIDE = 64
CURVE = [(8, 50), (24, 48), (32, 40), (38, 22), (46, 14), (56, 12)]  # a score that saturates


def icon() -> Image.Image:
    """A score curve over its shaded integral, 64 pixels square."""
    large = Image.new("RGBA", (SIDE * 4, SIDE * 4))
    pen = ImageDraw.Draw(large)
    points = [(x * 4, y * 4) for x, y in CURVE]
    pen.rounded_rectangle((0, 0, SIDE * 4 - 1, SIDE * 4 - 1), 48, fill="#14324a")
    pen.polygon([*points, (56 * 4, 54 * 4), (8 * 4, 54 * 4)], fill="#2f78b4")
    pen.line(points, fill="#f0a24a", width=20, joint="curve")
    return large.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
