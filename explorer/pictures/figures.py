"""Plotly figures that go with an explanation: where on the picture, and where along the path."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.explanation import Explanation
from explorer.pictures.lettering import lettered
from explorer.pictures.words import percent

MARK, GROUND = "#d9822b", "#8b9aa8"  # orange and grey: apart for every kind of eye
MOST_PARTS = 8


def part_bars(explanation: Explanation) -> go.Figure:
    """Each part's share of the attribution beside its share of the picture's area.

    Of the negative attribution where the sum is negative, as in the one-line reading.
    """
    shares = explanation.telling_part_shares
    which = _telling(explanation)
    names = [name for name, _ in _leading(explanation)][::-1]
    figure = go.Figure()
    for title, lengths, colour in (
        ("of the picture's area", explanation.part_areas, GROUND),
        (f"of the {which} attribution", shares, MARK),
    ):
        figure.add_bar(
            y=names, x=[lengths[n] for n in names], name=title, orientation="h",
            marker_color=colour, hovertemplate="%{y}: %{x:.1%} " + title + "<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", title="share")
    return _tidy(figure, height=60 + 44 * len(names))


def part_bars_in_words(explanation: Explanation) -> str:
    """What `part_bars` shows, for whoever does not see it: the same parts in the same order."""
    areas = explanation.part_areas
    told = [
        f"{name} {percent(share)} of {percent(areas[name])}"
        for name, share in _leading(explanation)
    ]
    return (
        f"Bar chart of the picture's parts: the share of the {_telling(explanation)} attribution "
        f"that lies on each, of the share of the area that it covers. {'; '.join(told)}."
    )


def _telling(explanation: Explanation) -> str:
    return "negative" if explanation.speaks_against else "positive"


def step_bars(explanation: Explanation) -> go.Figure:
    """What each gradient gave to the attribution, as an area: as wide as the gradient's weight.

    So uneven steps compare fairly: a bar is tall where a stretch of the path made much of the map,
    however many gradients were taken there.
    """
    shares, weights = explanation.path.step_shares, explanation.weights
    figure = go.Figure()
    if shares is not None:
        edges = np.concatenate([[0.0], np.cumsum(weights)])  # each node lies within its own stretch
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2, y=shares / np.maximum(weights, 1e-12), width=weights,
            marker={"color": MARK, "line": {"width": 1, "color": GROUND}},
            name="share of the attribution",
            customdata=np.column_stack([explanation.alphas, shares, weights]),
            hovertemplate="the gradient at alpha %{customdata[0]:.3f}, which stands for "
            "%{customdata[2]:.1%} of the path: %{customdata[1]:.1%} of the attribution"
            "<extra></extra>",
        )  # fmt: skip
    low, high = explanation.active_interval
    figure.add_vrect(x0=low, x1=high, fillcolor=GROUND, opacity=0.18, line_width=0, layer="below")
    figure.update_xaxes(title="alpha", range=[-0.02, 1.02])
    figure.update_yaxes(tickformat="~g", title="attribution made per alpha (all of it: 1)")
    return _tidy(figure, height=300)


def step_bars_in_words(explanation: Explanation) -> str:
    """What `step_bars` shows, for whoever does not see it."""
    low, high = explanation.active_interval
    shaded = f"Alpha {low:.2f} to {high:.2f} is shaded."
    shares, weights = explanation.path.step_shares, explanation.weights
    if shares is None:
        return f"Chart along alpha without bars: there is no attribution to share out. {shaded}"
    heights = shares / np.maximum(weights, 1e-12)
    first, last, top = explanation.alphas[0], explanation.alphas[-1], int(np.argmax(heights))
    return (
        f"Bar chart of the attribution made per alpha, a bar for each of {shares.size} gradients "
        f"from alpha {first:.2f} to {last:.2f}. The tallest, {heights[top]:.3g}, stands at alpha "
        f"{explanation.alphas[top]:.2f}. {shaded}"
    )


def _leading(explanation: Explanation) -> list[tuple[str, float]]:
    """The parts with the largest shares of what tells most, the largest first."""
    return sorted(explanation.telling_part_shares.items(), key=lambda item: -item[1])[:MOST_PARTS]


def _tidy(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(bargap=0.25)
    return lettered(figure, height, yanchor="bottom", y=1.0, traceorder="reversed")
