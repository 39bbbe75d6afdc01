"""Is the error estimate right? `python -m tests.bench.calibration`.

Prints how often the estimate lies within a factor of 2 of the true error, how often below half of
it and below a tenth, and draws estimate against truth into assets/screenshots/calibration.png.
Cases: the photographs with SqueezeNet's real weights; scenes and letters with the bundled nets;
smooth nets that learned the scenes (GELU, SiLU, a small ViT; see tests/assets); other
architectures with random weights, transformers among them; and cliffs, which no network would be
(tests/families.py). Several baselines and scores. True errors are against 500 to 2,000 midpoint
steps in float32 (kept in a folder, see `speed`), of smooth nets against 96 Gauss-Legendre nodes,
of cliffs against the exact map; and only those well above the reference's own error count.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import torch
from playwright.sync_api import sync_playwright

from explorer.core.adaptive import Draft, adaptive_gradients
from explorer.core.attribution import integrated_gradients
from explorer.core.convergence import distance
from explorer.core.quadrature import RULES, get_rule
from explorer.core.targets import Target
from explorer.explain import Problem, pose
from explorer.images.library import image_ids
from explorer.models.registry import get_spec
from explorer.request import Request
from explorer.teaching.learning import normalised
from tests.assets.smooth_nets import smooth_net
from tests.bench.speed import REFERENCE, Counted, cases, pictures_of
from tests.conftest import REAL, ROOT, find_chromium
from tests.families import FAMILIES, PIXELS, attribute, field

PICTURE = ROOT / "assets" / "screenshots" / "calibration.png"
RANDOM = ("mobilenet_v3_large", "efficientnet_b0", "googlenet", "convnext_tiny")
TRANSFORMERS = ("vit_b_16", "swin_t")
SCENES = ("scenes-shortcut", "scenes-fair")
VARIANTS = (
    {},
    {"baseline": "grey", "score": "logit"},
    {"baseline": "blur:sigma=8"},
    {"baseline": "uniform:seed=1", "score": "log-probability"},
)
MOST = 65
FIXED_STEPS = (10, 40)
SMOOTH_STEPS = 96  # Gauss-Legendre nodes: exact to seven digits where gradients are smooth
EXACT = 2e-5  # smaller true errors are the gradients' own rounding
CLIFFS = "cliffs"
MARKS = {
    "photographs, SqueezeNet": ("#d9822b", "circle"),
    "scenes": ("#2f78b4", "diamond"),
    "letters": ("#4b9b6e", "cross"),
    "random weights": ("#8b5fa8", "square"),
    "scenes, GELU and SiLU": ("#c23b5a", "triangle-up"),
    "scenes, small ViT": ("#17a2b8", "triangle-down"),
    "transformers, random weights": ("#6d4c2f", "star"),
    CLIFFS: ("#7d8790", "x-thin-open"),
}


@dataclass(frozen=True)
class Point:
    """One map: its group, its rule, its true and its estimated relative error."""

    group: str
    rule: str
    true: float
    estimate: float
    family: str = ""


def points_of(group: str, score, image, baseline, reference, most: int, rules=RULES):
    """The adaptive rule's drafts on its way, and fixed rules at several steps."""
    floor = 4 * (reference.error or 0.0)  # below it the reference's own error would be compared

    def point(rule: str, attribution: np.ndarray, estimate: float) -> Iterator[Point]:
        true = distance(attribution, reference.attribution)
        if true > floor:
            yield Point(group, rule, true, estimate)

    drafts: list[Draft] = []
    adaptive_gradients(
        score, image, baseline, tolerance=1e-4, most=most, batch_size=8, preview=drafts.append
    )
    for draft in drafts:
        yield from point("adaptive", draft.attribution, draft.error)
    for rule in rules:
        for steps in FIXED_STEPS:
            found = integrated_gradients(
                score, image, baseline, get_rule(rule).nodes(steps), batch_size=8
            )
            yield from point(rule, found.attribution, found.error)


def photographs(folder: Path, model_id: str, steps: int, group: str, most: int) -> Iterator[Point]:
    """All photographs with real weights, or the fireboat with random ones."""
    for case in islice(cases(model_id, folder, steps), most):
        score = Counted(case.fast, case.target)
        nodes = get_rule("midpoint").nodes(FIXED_STEPS[-1])
        coarse = integrated_gradients(score, case.image, case.baseline, nodes, batch_size=8)
        known = _Known(case.reference, coarse.error * FIXED_STEPS[-1] / steps)  # it falls as 1 / n
        yield from points_of(group, score, case.image, case.baseline, known, MOST, ())
        print(f"{model_id}, {case.name}", flush=True)


@dataclass(frozen=True)
class _Known:
    """A reference map that was kept, with its own error."""

    attribution: np.ndarray
    error: float


def bundled(model_id: str, count: int, group: str) -> Iterator[Point]:
    """A bundled net's own pictures, each with another baseline and score."""
    for k, image in enumerate(image_ids(get_spec(model_id))[:count]):
        params = {"model": model_id, "image": image, **VARIANTS[k % len(VARIANTS)]}
        request, refused = Request.complete(params)
        if refused:
            raise ValueError(refused[0])
        problem: Problem = pose(request)
        nodes = get_rule("midpoint").nodes(1000)
        reference = integrated_gradients(
            problem.score, problem.image, problem.baseline, nodes, batch_size=16
        )
        yield from points_of(group, problem.score, problem.image, problem.baseline, reference, MOST)
        print(f"{model_id}, {image}", flush=True)


def smooth_scenes(name: str, count: int, group: str) -> Iterator[Point]:
    """A smooth net of tests/assets on scenes, each with another baseline and score."""
    net = smooth_net(name)
    for k, image in enumerate(image_ids(get_spec("scenes-fair"))[:count]):
        variant = VARIANTS[k % len(VARIANTS)]
        request, _ = Request.complete({"model": "scenes-fair", "image": image, **variant})
        problem = pose(request)
        with torch.no_grad():
            best = int(net(normalised(problem.image[None])).argmax())
        target = Target(best, variant.get("score", "probability"))

        def score(images: torch.Tensor, target: Target = target) -> torch.Tensor:
            return target.scores(net(normalised(images)))

        yield from _smooth(group, score, problem.image, problem.baseline)
        print(f"{name}, {image}", flush=True)


def transformers(model_id: str, group: str) -> Iterator[Point]:
    """A transformer with random weights, on the fireboat."""
    for case in pictures_of(model_id):
        score = Counted(case.fast, case.target)
        yield from _smooth(group, score, case.image, case.baseline, ())
        print(f"{model_id}, {case.name}", flush=True)


def _smooth(group: str, score, image, baseline, rules=RULES) -> Iterator[Point]:
    nodes = get_rule("gauss-legendre").nodes(SMOOTH_STEPS)
    found = integrated_gradients(score, image, baseline, nodes, batch_size=8)
    known = _Known(found.attribution, EXACT / 4)
    yield from points_of(group, score, image, baseline, known, MOST, rules)


def cliffs(each: int) -> Iterator[Point]:
    """So many functions of every family and number of pixels, and what the rule ended with."""
    for family in FAMILIES:
        for pixels in PIXELS:
            for seed in range(each):
                found = attribute(field(family, pixels, seed))
                if found.true > EXACT:
                    yield Point(CLIFFS, "adaptive", found.true, found.claim, family)
        print(f"cliffs, {family}", flush=True)


def table(points: list[Point]) -> None:
    """By rule and group; cliffs by family as well."""
    print(f"\n{'':44}{'maps':>6}{'within x2':>11}{'< half':>8}{'< tenth':>9}{'median':>8}"
          f"{'5 to 95 %':>16}")  # fmt: skip
    groups: dict[str, list[Point]] = defaultdict(list)
    for p in points:
        rule = "adaptive" if p.rule == "adaptive" else "fixed rules"
        groups[f"{rule}, {p.group}"].append(p)
        if p.group == CLIFFS:
            groups[f"{rule}, {p.group}, {p.family}"].append(p)
        else:
            groups[f"{rule}, all networks"].append(p)
    for name in sorted(groups):
        ratios = np.array([p.estimate / p.true for p in groups[name]])
        low, middle, high = np.percentile(ratios, [5, 50, 95])
        within = ((ratios >= 0.5) & (ratios <= 2)).mean()
        print(f"{name:44}{ratios.size:6}{within:11.1%}{(ratios < 0.5).mean():8.1%}"
              f"{(ratios < 0.1).mean():9.1%}{middle:8.2f}{low:9.2f} to {high:.2f}")  # fmt: skip


def draw(points: list[Point], file: Path) -> None:
    """The adaptive rule's estimates against the truth, with the band of a factor of 2."""
    figure = go.Figure()
    ends = np.array([0.002, 1.0])
    for factor, dash in ((1.0, "solid"), (2.0, "dot"), (0.5, "dot")):
        figure.add_scatter(
            x=ends, y=ends * factor, mode="lines", line={"color": "#8b9aa8", "dash": dash},
            name="exact" if factor == 1.0 else "factor 2", showlegend=factor != 0.5,
        )  # fmt: skip
    for group, (colour, symbol) in MARKS.items():
        mine = [p for p in points if p.group == group and p.rule == "adaptive"]
        figure.add_scatter(
            x=[p.true for p in mine], y=[p.estimate for p in mine], mode="markers", name=group,
            marker={"color": colour, "symbol": symbol, "size": 7, "opacity": 0.6,
                    "line": {"width": 1.5, "color": colour} if symbol.endswith("open") else {}},
        )  # fmt: skip
    span = {"type": "log", "range": [np.log10(0.002), 0], "tickformat": ".1~%"}
    span["tickvals"] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]
    figure.update_xaxes(title="true error of the map", **span)
    figure.update_yaxes(title="estimated error", **span)
    figure.update_layout(
        width=760, height=620, template="plotly_white", margin={"l": 70, "r": 20, "t": 20, "b": 60},
        legend={"x": 0.02, "y": 0.98}, font={"size": 15},
    )  # fmt: skip
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 760, "height": 620})
        page.set_content(figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
        page.wait_for_selector(".plot-container .legend")
        file.parent.mkdir(parents=True, exist_ok=True)
        page.locator(".plot-container").first.screenshot(path=file)
        chromium.close()


def bench(options: argparse.Namespace) -> Iterator[Point]:
    """Every group's points, of at most so many pictures each."""
    few, steps, folder = options.pictures, options.reference_steps, options.references
    yield from cliffs(options.cliffs)
    for name in ("gelu", "silu"):
        yield from smooth_scenes(name, few, "scenes, GELU and SiLU")
    yield from smooth_scenes("vit", few, "scenes, small ViT")
    for model_id in SCENES:
        yield from bundled(model_id, min(few, 6), "scenes")
    yield from bundled("letters", 5, "letters")
    yield from photographs(folder, "squeezenet1_0", steps, "photographs, SqueezeNet", few)
    for model_id in RANDOM:
        yield from photographs(folder, model_id, min(steps, 500), "random weights", few)
    for model_id in TRANSFORMERS:
        yield from transformers(model_id, "transformers, random weights")


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--references", type=Path, default=Path.home() / ".cache" / "ig-references")
    parser.add_argument("--reference-steps", type=int, default=REFERENCE)
    parser.add_argument("--pictures", type=int, default=14, help="at most so many a group")
    parser.add_argument("--cliffs", type=int, default=50, help="places for each family and size")
    parser.add_argument("--picture", type=Path, default=PICTURE, help="where to draw it")
    options = parser.parse_args()
    os.environ.setdefault("TORCH_HOME", str(REAL))
    points: list[Point] = []
    try:
        for point in bench(options):
            points.append(point)  # one by one, so that what there is can be told at any time
    except KeyboardInterrupt:
        print("stopped: what was measured until here")
    table(points)
    draw(points, options.picture)


if __name__ == "__main__":
    main()
