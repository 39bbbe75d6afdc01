"""Uploading a ZIP: its bytes go into the store that all sessions share, and nowhere else."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explorer.survey.source import Source, keep_archive
from explorer.ui import slots
from explorer.ui.shell.notices import plain

ZIP_MB = 200


def archive() -> Source | None:
    """The uploader, and the ZIP that came through it last; None without one that is still kept."""
    key = _key()
    st.file_uploader(
        "A ZIP of pictures", type=["zip"], max_upload_size=ZIP_MB, key=key, on_change=_take,
        args=(key,),
    )  # fmt: skip
    source = slots.ARCHIVE.get()
    if source is None:
        return None
    if not source.kept:
        st.caption(f"{plain(source.title)} is no longer kept here: upload it again.")
        return None
    st.caption(f"Ready: {plain(source.title)}")
    return source


def _key() -> str:
    return f"zip-{slots.ARCHIVES.get()}"


def _take(key: str) -> None:
    """Keep the ZIP for all, and let go of Streamlit's own copy, which would last as the session."""
    file: UploadedFile | None = st.session_state.get(key)  # a run that was cut short may lose it
    if file is None:
        return
    slots.ARCHIVE.set(keep_archive(file.getvalue(), file.name))
    slots.ARCHIVES.set(slots.ARCHIVES.get() + 1)
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
