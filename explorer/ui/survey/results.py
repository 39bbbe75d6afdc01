"""The parts of the Survey page: how often it is right, the gallery of mistakes, and the table."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.errors import ExplorerError
from explorer.images.library import image_for
from explorer.images.preprocess import FITS
from explorer.models.registry import get_spec
from explorer.pictures.png import levels
from explorer.pictures.words import percent
from explorer.survey.result import Row, Survey
from explorer.ui import slots
from explorer.ui.shell.notices import plain
from explorer.ui.state import address
from explorer.ui.state.session import ask_anew, asked

SHOWN, COLUMNS = 12, 4
MOST_NAMED = 8
BAR = st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")


def summary(found: Survey) -> None:
    """One line on the result, and one for each doubt."""
    by = plain(f"by {found.model_title} on {found.title}, fit: {FITS[found.fit].title}.")
    if found.accuracy is None:
        said = f"**{len(found.rows)} pictures**, none with a label that the model knows,"
    else:
        right = found.judged - len(found.mistakes)
        said = f"**{right} of {found.judged} right ({percent(found.accuracy)})**"
    st.markdown(f"{said} {by}")
    if found.unknown_labels:
        count = sum(row.label is not None and row.correct is None for row in found.rows)
        pictures = "1 picture is" if count == 1 else f"{count} pictures are"
        st.markdown(
            f"{pictures} not judged: the model has no class for {_some(found.unknown_labels)}."
        )
    if found.skipped:
        names = [f"{skipped.name} ({skipped.reason})" for skipped in found.skipped]
        st.caption(f"Left out: {_some(names)}.")


def gallery(found: Survey) -> None:
    """The mistakes, most confident first; each has a button to its explanation."""
    if not found.mistakes:
        return
    st.header("Mistakes, most confident first", anchor=False)
    shown = slots.MISTAKES_SHOWN.get() or SHOWN
    columns = st.columns(COLUMNS)
    for position, row in enumerate(found.mistakes[:shown]):
        with columns[position % COLUMNS].container(border=True):
            _card(found, row, position)
    if len(found.mistakes) > shown:
        st.button(
            f"Show more ({len(found.mistakes) - shown} left)",
            on_click=lambda: slots.MISTAKES_SHOWN.set(shown + SHOWN),
        )


def table(found: Survey) -> None:
    """Every picture's prediction, and the same as CSV."""
    st.header("All predictions", anchor=False)
    st.dataframe(
        [
            {"file": r.name, "label": r.label, "predicted": r.predicted,
             "probability": r.probability, "correct": r.correct}
            for r in found.rows
        ],
        column_config={"probability": BAR},
        hide_index=True,
    )  # fmt: skip
    st.download_button("Download as CSV", found.to_csv(), "survey.csv", "text/csv")


def _card(found: Survey, row: Row, position: int) -> None:
    try:
        sample = image_for(found.open(row), get_spec(found.model), found.fit)
    except ExplorerError as error:
        st.caption(plain(str(error)))
        return
    st.image(levels(sample.pixels), alt=f"{row.name}, taken for {row.predicted}", width="stretch")
    st.markdown(f"**{plain(row.predicted)}** {percent(row.probability)}")
    st.caption(f"is {plain(str(row.label))} · {plain(row.name)}")
    if st.button("Explain", key=f"explain-{position}"):
        _explain(found, sample.id)


def _explain(found: Survey, image_id: str) -> None:
    """Go to the explanation of this picture by the model that was surveyed."""
    own = slots.OWN_IMAGES.get()
    if image_id not in own:
        own.insert(0, image_id)

    ask_anew(model=found.model, image=image_id, fit=found.fit, target=None, against=None)
    slots.VIEW.set(replace(slots.VIEW.get(), alpha=None))  # the new picture opens at rest
    there = address.written(asked(), slots.VIEW.get(), get_spec(found.model))
    # with its address at once: another entry in the browser's history would be in Back's way
    st.switch_page(slots.EXPLORER_PAGE.get(), query_params=there)


def _some(names: tuple[str, ...] | list[str]) -> str:
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return plain(", ".join(names[:MOST_NAMED]) + rest)
