"""What the jobs of results do; called by the worker, by their dotted names."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from apps.core import storage
from apps.core.errors import NotFound
from apps.inference import analysers
from apps.inference.selectors import Versions, versions_in_use
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.jobs.params import encode
from apps.studies.audit import AuditReport
from apps.studies.audit.content import decoded
from apps.studies.models import ModelReading, State, Study, StudyAnalysis, StudyCase
from apps.studies.results import selectors, services
from apps.studies.results.facts import flow_of
from apps.studies.results.params import RESAMPLES, AnalyseParams, ModelReadingParams
from apps.studies.results.result import result_of
from apps.studies.results.shapes import CANNOT_TELL, OTHER
from apps.studies.results.trials import rows, trials
from ml.contracts import Classification

_GONE = "The study does not exist any more."


def analyse(ctx: JobContext, params: AnalyseParams) -> Callable[[], None] | None:
    """Work out the results of an unblinded study; the returned effect stores them."""
    from apps.studies.results.analysis import analyse as work_out

    study = Study.objects.filter(public_id=params.study_id).first()
    if study is None:
        raise JobFailed(_GONE, retry=False)
    if study.state != State.UNBLINDED:
        raise JobFailed("The study is not unblinded.", retry=False)
    if selectors.stored_result(study) is not None:
        return None
    key = selectors.key_of(study)
    ctx.progress(stage="Working out the results", message="Intervals by resampling take the longest.")
    plan = study.plan
    found = work_out(
        trials(study), classes=plan.classes, margin=study.margin, seed=seed_of(study), resamples=RESAMPLES
    )
    result = result_of(
        found, AuditReport.from_json(study.audit), flow_of(study, rows(study, unblinded=False))
    )
    return functools.partial(_store, study, key, encode(result))


def seed_of(study: Study) -> int:
    """Return the seed of resampling: from the public digest, so that whoever has the export can repeat it."""
    return int(study.digest[:8], 16)


def _store(study: Study, key: str, content: dict[str, Any]) -> None:
    StudyAnalysis.objects.get_or_create(study=study, key=key, defaults={"content": content})


def read_with_model(ctx: JobContext, params: ModelReadingParams) -> Callable[[], None] | None:
    """Let a model class the images of a study; the returned effect stores its answers and asks for new results."""
    reading = (
        ModelReading.objects.select_related("study__project", "model_version")
        .filter(public_id=params.reading_id)
        .first()
    )
    if reading is None:
        raise JobFailed(_GONE, retry=False)
    if reading.finished_at is not None:
        return None
    in_use = versions_in_use(reading.study.project)
    if in_use is None:
        raise JobFailed("No localiser is in use, which finds the cell on a picture.", retry=False)
    ctx.progress(stage="Loading models", message=f"Loading {reading.model_version.label}.")
    analyser = analysers.warm(Versions(in_use.locator, reading.model_version))
    classes = set(reading.study.plan.classes)
    # In the order of codes, which says nothing; a picture that is gone with its slide has no answer.
    cases = list(StudyCase.objects.filter(study=reading.study, practice=False, replicate=0).exclude(image=""))
    answers: dict[str, dict[str, Any]] = {}
    for done, case in enumerate(cases):
        ctx.progress(done=done, total=len(cases), stage="Reading")
        try:
            with storage.open_key(case.image) as stream:
                pixels = decoded(stream.read())
        except NotFound as gone:
            raise JobFailed("A picture of the study is missing from the store.", retry=False) from gone
        answers[case.code] = _answer(analyser.classify_picture(pixels), classes)
    ctx.progress(done=len(cases), total=len(cases), stage="Reading")
    return functools.partial(_finish, reading, answers)


def _answer(said: Classification, classes: set[str]) -> dict[str, Any]:
    """Return an answer as a reader could give it: below the card's threshold a model cannot tell."""
    answer = CANNOT_TELL if said.unidentified else said.label if said.label in classes else OTHER
    return {"answer": answer, "probability": round(said.probability, 6)}


def _finish(reading: ModelReading, answers: dict[str, dict[str, Any]]) -> None:
    ModelReading.objects.filter(pk=reading.pk, finished_at=None).update(
        answers=answers, finished_at=timezone.now()
    )
    if reading.study.state == State.UNBLINDED:
        services.request_analysis(study=reading.study, actor=reading.requester)
