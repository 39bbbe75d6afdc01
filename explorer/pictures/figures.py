"""Plotly figures that go with an explanation: where on the picture, and where along the path."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.explanation import Explanation

MARK, GROUND = "#d9822b", "#8b9aa8"  # orange and grey: apart for every kind of eye
MOST_PARTS = 8


def part_bars(explanation: Explanation) -> go.Figure:
    """Each part's share of the attribution beside its share of the picture's area.

    Of the negative attribution where the sum is negative, as in the one-line reading.
    """
    shares = explanation.telling_part_shares
    which = "negative" if explanation.speaks_against else "positive"
    ranked = sorted(shares.items(), key=lambda item: -item[1])[:MOST_PARTS]
    names = [name for name, _ in ranked][::-1]
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
    figure.add_vrect(x0=low, x1=high, fillcolor=GROUND, opacity=0.18, line_width=0)
    figure.update_xaxes(title="alpha", range=[-0.02, 1.02])
    figure.update_yaxes(tickformat="~g", title="attribution made per alpha (all of it: 1)")
    return _tidy(figure, height=300)


def _tidy(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "traceorder": "reversed"},
        bargap=0.25,
    )
    return figure
