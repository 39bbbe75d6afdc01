"""How far off each rule is, as two charts, as sentences, and as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.core.convergence import COUNTS, Convergence, Point
from explorer.core.quadrature import ADAPTIVE, EVERY_RULE
from explorer.pictures.lettering import lettered
from explorer.pictures.words import percent

SMALL_GAP = 0.01  # a gap that everybody calls good
LUCK = 4  # times the gap: a map so much farther off than its gap was lucky
WORTH_TELLING = 0.03  # an error that one sees
FLOOR = 1e-4  # of the charts: below it a map is as good as right
BURIED = 1e-8  # where a zero stands on a logarithmic scale: out of sight, with its line pointing
PER_CENT = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)


@dataclass(frozen=True)
class Stroke:
    """How a rule is drawn: three ways to tell it apart, colour being only one of them."""

    colour: str
    symbol: str
    dash: str
    width: float = 1.4


# colours after Okabe and Ito, of a lightness that stands out on white and on near-black
STROKES = {
    "adaptive": Stroke("#d55e00", "circle", "solid", width=2.6),
    "midpoint": Stroke("#2482c8", "square", "solid"),
    "trapezoid": Stroke("#0a9a70", "diamond", "dash"),
    "gauss-legendre": Stroke("#b9659a", "x", "dot"),
    "left": Stroke("#b98300", "triangle-left", "dashdot"),
    "right": Stroke("#7a8794", "triangle-right", "longdash"),
}


@dataclass(frozen=True)
class Shown:
    """The map on the screen, among the others. error: true. estimate: its own, None if unknown."""

    gradients: int
    error: float
    estimate: float | None
    gap: float


def error_chart(found: Convergence, shown: Shown) -> go.Figure:
    """True error (filled, joined) and its estimate (hollow) against the number of gradients."""
    figure = go.Figure()
    for rule in EVERY_RULE:
        _add_rule(figure, rule, found.of(rule), lambda point: point.error, "%{y:.2%} off")
        stroke, points = STROKES[rule], [p for p in found.of(rule) if p.estimate is not None]
        figure.add_scatter(
            x=[p.gradients for p in points], y=[_height(p.estimate) for p in points],
            mode="markers", legendgroup=rule, showlegend=False,
            marker={"symbol": f"{stroke.symbol}-open", "color": stroke.colour, "size": 8},
            hovertemplate=f"{rule}, %{{x}} gradients: estimated %{{y:.2%}}<extra></extra>",
        )  # fmt: skip
    return _frame(figure, "error of the map", shown.gradients, shown.error)


def gap_chart(found: Convergence, shown: Shown) -> go.Figure:
    """The completeness gap against the number of gradients, on the scale of the error's chart."""
    figure = go.Figure()
    for rule in EVERY_RULE:
        _add_rule(figure, rule, found.of(rule), lambda point: point.gap, "gap %{y:.2%}")
    return _frame(figure, "completeness gap", shown.gradients, shown.gap)


def error_chart_in_words(found: Convergence, shown: Shown) -> str:
    """What `error_chart` shows, for whoever does not see it; `rows` has every number."""
    return _in_words(found, shown, "error of the map", lambda point: point.error, shown.error)


def gap_chart_in_words(found: Convergence, shown: Shown) -> str:
    """What `gap_chart` shows, for whoever does not see it."""
    return _in_words(found, shown, "completeness gap", lambda point: point.gap, shown.gap)


def luck(found: Convergence) -> str:
    """The map whose gap flatters it most, in a sentence; or that there is none."""
    good = [p for p in found.points if p.gap <= SMALL_GAP]
    lucky = [p for p in good if p.error >= max(WORTH_TELLING, LUCK * p.gap)]
    if lucky:
        best = max(lucky, key=lambda p: p.error / max(p.gap, BURIED))
        return (
            f"With {best.gradients} gradients the gap of the {best.rule} rule is "
            f"{percent(best.gap)}, yet its map is {percent(best.error)} off: luck."
        )
    if not good:
        return f"No rule brought its gap below {100 * SMALL_GAP:.3g}\u00a0% here."
    worst = max(p.error for p in good)
    return (
        f"Nothing was luck here: wherever the gap is below {100 * SMALL_GAP:.3g}\u00a0%, the map "
        f"is no more than {percent(worst)} off."
    )


def reach(found: Convergence, error: float) -> str:
    """How many gradients each rule takes to come that near, in a sentence."""
    needed = {rule: gradients_to_reach(found.of(rule), error) for rule in EVERY_RULE}
    rest = sorted((n, rule) for rule, n in needed.items() if n and rule != ADAPTIVE.name)
    told = [f"{rule} {_about(n, found.of(rule))}" for n, rule in rest]
    never = [rule for rule, n in needed.items() if n is None]
    first = needed[ADAPTIVE.name]
    own = "never did" if first is None else f"took {_about(first, found.of(ADAPTIVE.name))}"
    beyond = f"; more than all measured: {', '.join(never)}" if never else ""
    return (
        f"To come within {100 * error:.3g}\u00a0% of the true map the adaptive rule {own} "
        f"gradients; {', '.join(told) or 'no other rule did'}{beyond}."
    )


def gradients_to_reach(points: Sequence[Point], error: float) -> float | None:
    """Where the error first falls to that, read off a straight line on the two logarithms."""
    before: Point | None = None
    for point in points:
        if point.error <= error:
            if before is None or point.error <= 0.0 or not math.isfinite(before.error):
                return float(point.gradients)
            way = math.log(before.error / error) / math.log(before.error / point.error)
            return float(before.gradients * (point.gradients / before.gradients) ** way)
        before = point
    return None


def on_screen(shown: Shown) -> str:
    """How far off the map on the screen is, and what it says of itself."""
    says = "" if shown.estimate is None else f" (its own estimate: {percent(shown.estimate)})"
    return f"The map above, of {shown.gradients} gradients, is {_share(shown.error)} off{says}."


def rows(found: Convergence) -> list[dict[str, str]]:
    """All of it in words and numbers, for whoever cannot see the charts."""
    return [
        {
            "rule": point.rule,
            "gradients": str(point.gradients),
            "true error": _share(point.error),
            "estimated error": "unknown" if point.estimate is None else _share(point.estimate),
            "completeness gap": _share(point.gap),
        }
        for point in found.points
    ]


def _in_words(
    found: Convergence, shown: Shown, title: str, read: Callable[[Point], float], value: float
) -> str:
    """Where each rule's line begins and ends, and where the map on the screen stands."""
    told = [_ends(rule, found.of(rule), read) for rule in EVERY_RULE]
    return (
        f"Line chart of the {title} against the number of gradients, both on logarithmic scales. "
        f"{'; '.join(told)}. The map above: {_share(value)} at {shown.gradients} gradients."
    )


def _ends(rule: str, points: Sequence[Point], read: Callable[[Point], float]) -> str:
    first, last = points[0], points[-1]
    return (
        f"{rule} from {_share(read(first))} at {first.gradients} gradients "
        f"to {_share(read(last))} at {last.gradients}"
    )


def _share(value: float) -> str:
    return percent(value) if math.isfinite(value) else "undefined"


def _about(count: float, points: Sequence[Point]) -> str:
    """Rounded up; fewer than the first that was measured is not known."""
    if count <= points[0].gradients:
        return f"{points[0].gradients} or fewer"
    return f"about {math.ceil(count)}"


def _height(value: float) -> float | None:
    """Where a value stands on a logarithmic scale; infinity nowhere."""
    return max(value, BURIED) if math.isfinite(value) else None


def _add_rule(
    figure: go.Figure, rule: str, points: Sequence[Point], read: Callable[[Point], float], say: str
) -> None:
    stroke = STROKES[rule]
    figure.add_scatter(
        x=[p.gradients for p in points], y=[_height(read(p)) for p in points], name=rule,
        mode="lines+markers", legendgroup=rule,
        line={"color": stroke.colour, "dash": stroke.dash, "width": stroke.width},
        marker={"symbol": stroke.symbol, "size": 5 if rule == ADAPTIVE.name else 7},
        hovertemplate=f"{rule}, %{{x}} gradients: {say}<extra></extra>",
    )  # fmt: skip


def _frame(figure: go.Figure, title: str, gradients: int, value: float) -> go.Figure:
    """Axes, legend, and a ring around the map that is on the screen."""
    figure.add_scatter(
        x=[gradients], y=[_height(value)], name="the map above", mode="markers",
        marker={"symbol": "star-open", "size": 17, "color": "#d55e00", "line": {"width": 2}},
        hovertemplate="the map above, %{x} gradients: %{y:.2%}<extra></extra>",
    )  # fmt: skip
    highest = max([1.0, *(y for trace in figure.data for y in trace.y if y is not None)])
    figure.update_xaxes(
        type="log", title="gradients", tickvals=COUNTS, ticktext=[str(n) for n in COUNTS],
        range=[math.log10(3.6), math.log10(max(145, 1.1 * gradients))],
    )  # fmt: skip
    figure.update_yaxes(
        type="log", title=title, tickvals=PER_CENT, ticktext=[f"{v:.4g} %" for v in
        (0.01, 0.1, 1, 10, 100, 1000)], range=[math.log10(FLOOR), math.log10(1.3 * highest)],
    )  # fmt: skip
    return lettered(figure, 420, yanchor="bottom", y=1.02, x=0, itemsizing="constant")
