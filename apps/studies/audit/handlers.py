"""What the job of an audit does; called by the worker, by its dotted name."""

from __future__ import annotations

import functools
from collections.abc import Callable

from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.studies.audit.params import AuditParams
from apps.studies.audit.running import CHANGEABLE, examine
from apps.studies.models import State, Study


def audit_study(ctx: JobContext, params: AuditParams) -> Callable[[], None] | None:
    """Examine a prepared study; the returned effect keeps the report."""
    study = Study.objects.filter(public_id=params.study_id).first()
    if study is None:
        raise JobFailed("The study does not exist any more.", retry=False)
    if study.state != State.PREPARED:
        return None
    report = examine(study=study, progress=ctx.progress)
    kept = Study.objects.filter(pk=study.pk, state__in=CHANGEABLE)
    return functools.partial(_keep, kept, report.as_json())


def _keep(kept: object, report: object) -> None:
    kept.update(audit=report)  # type: ignore[attr-defined] # a queryset
