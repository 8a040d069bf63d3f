"""Asking for an analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell
from apps.core.errors import Conflict
from apps.inference.params import BOXES_KIND, KIND, AnalyseParams, ClassifyBoxesParams, subject_of
from apps.inference.selectors import pending_fields, unasked_boxes, versions_in_use
from apps.jobs import services as jobs
from apps.jobs.models import ACTIVE_STATES, Job
from apps.slides.models import Field, Slide


def request_analysis(*, slide: Slide, requester: User | None) -> Job:
    """Queue an analysis of the slide's fields that are not analysed yet, unless a job is there that will see to them.

    Joins the caller's transaction: the fields stored in it are analysed exactly when they are stored.
    """
    with transaction.atomic():
        # The lock decides who is first, this transaction or the one in which the job begins or ends. A job that ends
        # after this looks for open fields once more in its last transaction, and finds those stored here; one that has
        # ended before this is no longer found. SQLite needs no lock, its writers come one after the other.
        there = (
            Job.objects.select_for_update()
            .filter(
                kind=KIND,
                subject=subject_of(slide.public_id),
                state__in=ACTIVE_STATES,
                cancel_requested=False,
            )
            .first()
        )
        if there is not None:
            return there
        return jobs.submit(
            kind=KIND,
            params=AnalyseParams(slide_id=str(slide.public_id)),
            requester=requester,
            project=slide.project,
            # Not the slide's title: that is a file's name at first, and would stay here after it was changed there.
            title=f"Analyse {slide.specimen.pseudonym}",
            subject=subject_of(slide.public_id),
        )


def request_classification(*, slide: Slide) -> Job | None:
    """Queue asking the classifier in use about boxes that people drew on the slide, unless a job is there that will.

    Joins the caller's transaction, as `request_analysis` does. Nothing to ask, or no model in use: no job.
    """
    versions = versions_in_use(slide.project)
    if versions is None or not unasked_boxes(slide, versions.classifier).exists():
        return None
    subject = subject_of(slide.public_id)
    with transaction.atomic():
        there = (
            Job.objects.select_for_update()
            .filter(kind=BOXES_KIND, subject=subject, state__in=ACTIVE_STATES, cancel_requested=False)
            .first()
        )
        if there is not None:
            return there
        return jobs.submit(
            kind=BOXES_KIND,
            params=ClassifyBoxesParams(slide_id=str(slide.public_id)),
            requester=None,
            project=slide.project,
            title=f"Classify boxes of {slide.specimen.pseudonym}",
            subject=subject,
        )


def ask_about_boxes(*, cells: Sequence[Cell]) -> None:
    """Ask the classifier about boxes that people have just drawn; a hook of `after_boxing`."""
    slides = {cell.field.slide_id for cell in cells if cell.field is not None}
    for slide in Slide.objects.filter(pk__in=slides).select_related("project", "specimen"):
        request_classification(slide=slide)


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
