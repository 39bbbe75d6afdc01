"""How a scenes net learns: draw a world, then show it to a net again and again."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from explorer.teaching.nets import build_scenes_net
from explorer.teaching.scenes import CLASSES, MEAN, STD, draw_world


@dataclass(frozen=True)
class Lessons:
    """How much a net sees of its world, and how it learns from it."""

    pictures: int
    epochs: int
    batch: int = 64
    peak_rate: float = 4e-3
    weight_decay: float = 1e-2
    smoothing: float = 0.05
    shift: int = 4  # pixels, up and down and to both sides
    hidden: int = 0  # pixels a side of the square that each picture loses; 0 hides nothing


def normalised(images: torch.Tensor) -> torch.Tensor:
    """Images (n, 3, S, S) in [0, 1] as the nets want them."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    return (images - mean) / torch.tensor(STD).view(1, 3, 1, 1)


def to_images(pictures: np.ndarray) -> torch.Tensor:
    """Pictures (n, S, S, 3) uint8 as images (n, 3, S, S) float32 in [0, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def draw_lessons(world: str, count: int) -> tuple[np.ndarray, torch.Tensor]:
    """The first `count` scenes of a world: pictures (n, S, S, 3) uint8 and class indices (n,)."""
    scenes = [draw_world(world, index) for index in range(count)]
    labels = torch.tensor([CLASSES.index(scene.label) for scene in scenes])
    return np.stack([scene.image for scene in scenes]), labels


def learn(world: str, lessons: Lessons, seed: int) -> nn.Module:
    """A net that grew up in `world`; the same seed gives the same net."""
    torch.manual_seed(seed + zlib.crc32(world.encode()) % 1000)
    pictures, labels = draw_lessons(world, lessons.pictures)
    net = build_scenes_net(len(CLASSES)).train().to(memory_format=torch.channels_last)
    steps = lessons.epochs * (len(labels) // lessons.batch)
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=lessons.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lessons.peak_rate, total_steps=steps)
    for epoch in range(lessons.epochs):
        mean_loss = _one_epoch(net, pictures, labels, lessons, (optimiser, schedule))
        print(f"  {world}: epoch {epoch + 1} of {lessons.epochs}, loss {mean_loss:.3f}", flush=True)
    return net.eval().to(memory_format=torch.contiguous_format)


def _one_epoch(net, pictures, labels, lessons: Lessons, machinery) -> float:
    """Show every picture once, in a new order; returns the mean loss."""
    optimiser, schedule = machinery
    losses = []
    order = torch.randperm(len(labels))
    for chosen in order.split(lessons.batch):
        if len(chosen) < lessons.batch:
            break
        images = varied(to_images(pictures[chosen.numpy()]), lessons.shift)
        images = _partly_hidden(images, lessons.hidden) if lessons.hidden else images
        logits = net(normalised(images).contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits, labels[chosen], label_smoothing=lessons.smoothing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def varied(images: torch.Tensor, shift: int) -> torch.Tensor:
    """Images (n, 3, S, S) mirrored, brightened and shifted at random, so none is seen twice."""
    count, side = len(images), images.shape[-1]
    flip = torch.rand(count, 1, 1, 1) < 0.5
    images = torch.where(flip, images.flip(-1), images)
    images = images * (1 + 0.16 * (torch.rand(count, 3, 1, 1) - 0.5))
    images = F.pad(images.clamp(0, 1), (shift,) * 4, mode="reflect")
    top, left = torch.randint(0, 2 * shift + 1, (2,)).tolist()
    return images[..., top : top + side, left : left + side]


def _partly_hidden(images: torch.Tensor, side: int) -> torch.Tensor:
    """Images (n, 3, S, S), each with a square of its own mean colour somewhere on it."""
    count, size = len(images), images.shape[-1]
    corner = torch.randint(0, size - side + 1, (2, count, 1))
    line = torch.arange(size)
    rows, columns = ((line >= c) & (line < c + side) for c in corner)  # (n, S) each
    square = (rows[:, :, None] & columns[:, None, :]).unsqueeze(1)  # (n, 1, S, S)
    return torch.where(square, images.mean(dim=(2, 3), keepdim=True), images)
