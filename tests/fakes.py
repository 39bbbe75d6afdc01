"""Explanations of a function that is known exactly, shaped as `explorer.explain` makes them.

The score is sigmoid(steepness * (a . x - middle)): it saturates, so its gradient is largest where
the curve is steep and fades to nothing behind, which is what the player is there to show.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from explorer.core.error import best_weights
from explorer.core.methods import METHODS
from explorer.core.quadrature import Nodes, get_rule


def make_explanation(
    height: int = 128,
    width: int = 128,
    channels: int = 3,
    steps: int = 50,
    *,
    image: np.ndarray | None = None,
    target: str = "fireboat",
    rivals: tuple[str, ...] = ("pier", "crane", "ferry"),
    pixel_max: float = 1.0,
    seed: int = 0,
    nodes: Nodes | None = None,
) -> SimpleNamespace:
    """A midpoint-rule explanation, or one of other nodes.

    image: (C, H, W) in [0, 1] or None for a drawn one.
    """
    rng = np.random.default_rng(seed)
    if image is None:
        image = _drawn_image(channels, height, width)
    image = image.astype(np.float32)
    baseline = np.zeros_like(image)
    direction = _direction(image, rng)  # (C, H, W): what the pretended net looks for
    full = float((direction * image).sum())
    nodes = nodes or get_rule("midpoint").nodes(steps)
    alphas, weights = nodes.alphas, nodes.weights

    def score(alpha: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-14 * (np.asarray(alpha) - 0.25)))

    def slope(alpha: np.ndarray) -> np.ndarray:
        return 14 * score(alpha) * (1 - score(alpha)) / full

    ripple = rng.normal(0, 1, (3, *image.shape)) * np.abs(direction) * 0.6
    waves = np.stack([np.sin(2 * np.pi * (k + 1) * alphas) for k in range(3)], 1)
    wobble = np.tensordot(waves, ripple, 1)  # (n, C, H, W): the path bends a little
    gradients = slope(alphas)[:, None, None, None] * (direction + wobble)
    gradients = gradients.astype(np.float32)
    attribution = (image - baseline) * np.tensordot(weights, gradients, 1)
    curve = np.unique(np.concatenate([[0.0], alphas, [1.0]]))
    fading = [0.5 * (1 - score(curve)) / (k + 1) for k in range(len(rivals))]
    path = SimpleNamespace(curve=(curve, np.stack([score(curve), *fading], 1)))
    return SimpleNamespace(
        image=image,
        baseline=baseline,
        attribution=attribution.astype(np.float32),
        gradients=gradients,
        film=gradients,
        alphas=alphas,
        weights=weights,
        scores=score(alphas),
        rivals=rivals,
        path=path,
        active_interval=(0.06, 0.45),
        target=target,
        against=None,
        score_label=f"probability of {target}",
        score_kind="probability",
        pixel_max=pixel_max,
        method=METHODS["ig"],
        image_title="a drawn test picture",
        request=SimpleNamespace(
            key=f"fake-{channels}-{height}x{width}-{alphas.size}-{seed}-{target}"
        ),
    )


def make_adaptive() -> SimpleNamespace:
    """Nodes as the adaptive rule places them, close together where the score moves."""
    alphas = np.array([0, 0.08, 0.14, 0.17, 0.2, 0.23, 0.26, 0.3, 0.36, 0.45, 0.72, 1.0])
    return make_explanation(48, 48, nodes=Nodes(alphas, best_weights(alphas)))


def make_letter(steps: int = 4) -> SimpleNamespace:
    """A 3 x 3 letter L in the units 0 to 16, as the essay shows them."""
    letter = np.array([[[14, 1, 0], [15, 2, 1], [16, 15, 13]]]) / 16
    return make_explanation(steps=steps, image=letter, pixel_max=16.0, target="L", rivals=("T",))


def _drawn_image(channels: int, height: int, width: int) -> np.ndarray:
    """A disc on a sky that darkens downwards: smooth, coloured, in [0, 1]."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    sky = np.stack([0.35 + 0.2 * y, 0.55 - 0.1 * y, 0.8 - 0.5 * y])[:channels]
    disc = (x - 0.55) ** 2 + (y - 0.45) ** 2 < 0.06
    colour = np.array([0.9, 0.35, 0.15])[:channels]
    return np.where(disc, colour[:, None, None] * (1 - 0.4 * y), sky)


def _direction(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Heavy-tailed and concentrated, like the gradient of a real net."""
    _, height, width = image.shape
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    focus = np.exp(-((x - 0.55) ** 2 + (y - 0.3) ** 2) / 0.03) + 0.06
    noise = rng.laplace(0, 1, image.shape) + 0.35
    return noise * focus
