"""Surveys for the page: made once for all who ask, in view, and kept under an id for a while."""

from __future__ import annotations

import hashlib
from functools import partial

from explorer.models.registry import choose_device, load_model
from explorer.sharing.job import Job
from explorer.sharing.runner import Runner
from explorer.survey.labels import note_label
from explorer.survey.result import Survey
from explorer.survey.run import survey
from explorer.survey.source import Source
from explorer.ui.shell.notices import say
from explorer.ui.work.watching import Way, watch

KEPT_BYTES = 16 * 1024 * 1024  # a survey of 2,000 pictures takes about 1.4 MB

_runner: Runner[Survey] = Runner(KEPT_BYTES)


def kept(survey_id: str) -> Survey | None:
    """The survey of that id, if it is still kept."""
    return _runner.result(survey_id)


def run_survey(source: Source, model_id: str, fit: str) -> str:
    """Survey the pictures and return the result's id; whatever ends the run of the page gives up.

    Raises ExplorerError where there is nothing to survey.
    """
    survey_id = _id(source, model_id, fit)
    if kept(survey_id) is None:
        make = partial(_make, survey_id, source, model_id, fit)
        watch(_runner, survey_id, make, Way("Cancel", "cancel-survey", _stopped), text="Reading")
    return survey_id


def _make(survey_id: str, source: Source, model_id: str, fit: str, job: Job) -> Survey:
    pictures = source.dataset()
    model = load_model(model_id, choose_device().name, job)
    found = survey(pictures, model, fit, job, source=source)
    for row in found.rows:
        if row.label is not None:
            note_label(survey_id, row.image_id, row.label)
    return found


def _stopped() -> None:
    say("The survey was stopped before its end.")


def _id(source: Source, model_id: str, fit: str) -> str:
    """The same for the same pictures, model and fit."""
    named = "\n".join((source.title, source.stamp, model_id, fit))
    return hashlib.sha256(named.encode()).hexdigest()[:16]
