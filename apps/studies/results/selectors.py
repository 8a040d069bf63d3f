"""Reads of results: the analysis that is kept, whether it is that of today's answers, and what is under way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from apps.jobs.models import ACTIVE_STATES, Job
from apps.jobs.params import decode
from apps.registry.models import ModelState, ModelVersion, Task
from apps.studies.models import ModelReading, Reading, State, Study, StudyAnalysis
from apps.studies.results.params import ANALYSE, RESAMPLES, subject_of
from apps.studies.results.result import Result
from apps.studies.results.shapes import VERSION


@dataclass(frozen=True, slots=True)
class Stored:
    """A result as it is kept."""

    result: Result
    at: datetime
    key: str


def key_of(study: Study) -> str:
    """Return the digest of all that an analysis of the study rests on, without reading it all.

    Readings are never changed, so their number and the last one tell them; withdrawn readers are left out.
    """
    standing = Reading.objects.filter(slot__enrolment__study=study, slot__enrolment__withdrawn_at=None)
    read = standing.order_by().aggregate(n=Count("pk"), last=Max("pk"))
    models = list(
        ModelReading.objects.filter(study=study, finished_at__isnull=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    rests_on = [VERSION, RESAMPLES, study.digest, study.margin, read["n"], read["last"], models]
    return hashlib.sha256(json.dumps(rests_on).encode()).hexdigest()


def stored_result(study: Study) -> Stored | None:
    """Return the result of the study's answers as they are now; None while it has not been worked out."""
    if study.state != State.UNBLINDED:
        return None
    row = StudyAnalysis.objects.filter(study=study, key=key_of(study)).first()
    if row is None:
        return None
    return Stored(decode(Result, row.content), row.created_at, row.key)


def analysis_job(study: Study) -> Job | None:
    """Return the newest job that works out, or failed to work out, the results of a study."""
    return Job.objects.filter(kind=ANALYSE, subject=subject_of(study.public_id)).order_by("-pk").first()


def active_analysis_job(study: Study) -> Job | None:
    """Return a job that is still to work out, or works out, the results of a study."""
    found = Job.objects.filter(kind=ANALYSE, subject=subject_of(study.public_id), state__in=ACTIVE_STATES)
    return found.order_by("-pk").first()


def model_readings(study: Study) -> list[ModelReading]:
    """Return the models that read the study's images or are to, in the order they were asked."""
    found = ModelReading.objects.filter(study=study).select_related("model_version", "job")
    return list(found.order_by("pk"))


def models_to_ask(study: Study) -> QuerySet[ModelVersion]:
    """Return the classifiers that may still read the study's images: the site's and the project's, retired ones not."""
    return (
        ModelVersion.objects.filter(task=Task.CLASSIFY)
        .filter(Q(project__isnull=True) | Q(project=study.project_id))
        .exclude(state=ModelState.RETIRED)
        .exclude(pk__in=ModelReading.objects.filter(study=study).values("model_version"))
        .select_related("class_list")
        .order_by("name", "-version")
    )
