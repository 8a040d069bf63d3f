"""Asking for an analysis."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.core.errors import Conflict
from apps.inference.params import KIND, AnalyseParams, subject_of
from apps.inference.selectors import pending_fields, versions_in_use
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.slides.models import Field, Slide


def request_analysis(*, slide: Slide, requester: User | None) -> Job:
    """Queue an analysis of the slide's fields that are not analysed yet; a queued one is returned instead of a second.

    Joins the caller's transaction: the job exists exactly when the caller's rows do.
    """
    with transaction.atomic():
        # The lock on the queued row makes a worker's claim wait until this transaction ends: the claimed job then
        # sees the fields stored here. SQLite needs no lock, its writers come one after the other.
        queued = (
            Job.objects.select_for_update()
            .filter(kind=KIND, subject=subject_of(slide.public_id), state="queued", cancel_requested=False)
            .first()
        )
        if queued is not None:
            return queued
        return jobs.submit(
            kind=KIND,
            params=AnalyseParams(slide_id=str(slide.public_id)),
            requester=requester,
            project=slide.project,
            # Not the slide's title: that is a file's name at first, and would stay here after it was changed there.
            title=f"Analyse {slide.specimen.pseudonym}",
            subject=subject_of(slide.public_id),
        )


def analyse_again(*, actor: User, slide: Slide) -> Job:
    """Queue an analysis on a person's request.

    Raises:
        NotFound: the person may not know the slide.
        NotPermitted: the person may not add to the project.
        Conflict: the versions in use have analysed every field; the same models would say the same.
    """
    require(actor, Action.UPLOAD, slide.project)
    versions = versions_in_use(slide.project)
    if versions is not None and not pending_fields(slide, versions).exists():
        raise Conflict(
            f"Every field of this slide is analysed by {versions.label} already.", code="nothing-to-analyse"
        )
    return request_analysis(slide=slide, requester=actor)


def analyse_after_ingest(
    *, slide: Slide, field: Field, requester: User | None, analyse: bool = True, **_: Any
) -> None:
    """Ask for an analysis when a field was stored, unless the uploader did not want one; a hook of `after_ingest`."""
    del field
    if analyse:
        request_analysis(slide=slide, requester=requester)
