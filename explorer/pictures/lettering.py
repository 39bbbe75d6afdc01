"""How large charts are lettered: as the text around them, never smaller than 13 pixels."""

from __future__ import annotations

import plotly.graph_objects as go

TEXT, TICKS = 14, 13  # pixels
MARGIN = {"l": 10, "r": 10, "t": 10, "b": 10}  # around what the axes need, which plotly adds


def lettered(figure: go.Figure, height: int, **legend: object) -> go.Figure:
    """The same figure, of that many pixels' height, with sizes for all its text.

    Each is named, since the theme of the page has smaller ones of its own for whatever is not.
    """
    figure.update_layout(
        height=height,
        margin=MARGIN,
        font_size=TEXT,
        hoverlabel_font_size=TEXT,
        legend={"orientation": "h", "font_size": TEXT, **legend},
    )
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont_size=TICKS, title_font_size=TEXT, automargin=True)
    return figure
