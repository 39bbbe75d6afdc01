"""Small smooth networks for the tests: `python -m tests.assets.smooth_nets` trains them again.

    gelu, silu    the scenes net with another activation, taught two epochs more
    vit           8 x 8 patches of 16 x 16 pixels, three blocks of four heads, GELU

All learn the fair scenes, on one thread, in a few minutes each. Their weights are kept as float16
(`smooth-gelu.safetensors`, ...), which is exact enough for anything that is measured with them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.teaching.learning import Lessons, draw_lessons, normalised, to_images, varied
from explorer.teaching.nets import build_scenes_net
from explorer.teaching.scenes import CLASSES
from explorer.teaching.scenes_report import load_net
from explorer.teaching.train import weights_file

FOLDER = Path(__file__).parent
PATCH, WIDTH, HEADS, BLOCKS, SIDE = 16, 64, 4, 3, 128


class Block(nn.Module):
    """A transformer's block, normalised first: (n, tokens, WIDTH) to the same."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.read, self.write = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, tokens: Tensor) -> Tensor:
        """Attention over all tokens, then each by itself."""
        n, count, _ = tokens.shape
        heads = self.read(self.before(tokens)).view(n, count, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*heads).transpose(1, 2).reshape(tokens.shape)
        tokens = tokens + self.write(mixed)
        return tokens + self.narrow(F.gelu(self.wide(self.between(tokens))))


class SmallViT(nn.Module):
    """Normalised images (n, 3, SIDE, SIDE) to logits (n, classes)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.patches = nn.Sequential(
            nn.Conv2d(3, WIDTH // 2, 4, stride=4),
            nn.GELU(),
            nn.Conv2d(WIDTH // 2, WIDTH, 4, stride=4),
        )
        self.places = nn.Parameter(0.02 * torch.randn(1, (SIDE // PATCH) ** 2, WIDTH))
        self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)), nn.LayerNorm(WIDTH))
        self.answer = nn.Linear(WIDTH, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Patches, blocks, the mean over all tokens, a linear answer."""
        tokens = self.patches(images).flatten(2).transpose(1, 2) + self.places
        return self.answer(self.blocks(tokens).mean(1))


def _scenes_net(activation: Callable[[], nn.Module]) -> nn.Module:
    net = build_scenes_net(len(CLASSES))
    layers = [activation() if isinstance(layer, nn.ReLU) else layer for layer in net]
    return nn.Sequential(*layers).eval()


def _from_fair(activation: Callable[[], nn.Module]) -> nn.Module:
    net = _scenes_net(activation)
    net.load_state_dict(load_net(weights_file("fair")).state_dict())
    return net.requires_grad_(True)


@dataclass(frozen=True)
class SmoothNet:
    """How a net is built, where its training starts, and how long that goes on."""

    build: Callable[[], nn.Module]
    begin: Callable[[], nn.Module]
    lessons: Lessons


NETS: Mapping[str, SmoothNet] = {
    "gelu": SmoothNet(
        lambda: _scenes_net(nn.GELU),
        lambda: _from_fair(nn.GELU),
        Lessons(pictures=2000, epochs=2, peak_rate=1e-3),
    ),
    "silu": SmoothNet(
        lambda: _scenes_net(nn.SiLU),
        lambda: _from_fair(nn.SiLU),
        Lessons(pictures=2000, epochs=3, peak_rate=1e-3),
    ),
    "vit": SmoothNet(
        lambda: SmallViT(len(CLASSES)).eval(),
        lambda: SmallViT(len(CLASSES)),
        Lessons(pictures=6000, epochs=26, peak_rate=2e-3, smoothing=0.02),
    ),
}


def file_of(name: str) -> Path:
    """Where a net's weights lie."""
    return FOLDER / f"smooth-{name}.safetensors"


def smooth_net(name: str) -> nn.Module:
    """A trained smooth net, in eval mode and frozen: normalised images to logits (n, classes)."""
    net = NETS[name].build()
    net.load_state_dict({key: value.float() for key, value in load_file(file_of(name)).items()})
    return net.requires_grad_(False)


def train(name: str, seed: int = 0) -> float:
    """Teach a net, keep its weights, and return the share of unseen scenes that it gets right."""
    torch.manual_seed(seed)
    lessons = NETS[name].lessons
    net = NETS[name].begin().train()
    pictures, labels = draw_lessons("fair", lessons.pictures + 300)
    images = to_images(pictures)
    steps = lessons.epochs * (lessons.pictures // lessons.batch)
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=lessons.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lessons.peak_rate, total_steps=steps)
    for epoch in range(lessons.epochs):
        for chosen in torch.randperm(lessons.pictures).split(lessons.batch)[
            : steps // lessons.epochs
        ]:
            logits = net(normalised(varied(images[chosen], lessons.shift)))
            loss = F.cross_entropy(logits, labels[chosen], label_smoothing=lessons.smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(
            f"  {name}: epoch {epoch + 1} of {lessons.epochs}, loss {loss.item():.3f}", flush=True
        )
    state = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    save_file({key: value.contiguous() for key, value in state.items()}, file_of(name))
    with torch.no_grad():
        said = torch.cat([smooth_net(name)(normalised(b)) for b in images[-300:].split(50)]).argmax(
            1
        )
    return float((said == labels[-300:]).float().mean())


def main() -> None:
    """Train what was asked for, on one thread."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(NETS))
    torch.set_num_threads(1)
    for name in parser.parse_args().names:
        began = time.monotonic()
        right = train(name)
        print(f"{name}: {right:.1%} of 300 unseen scenes right, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
