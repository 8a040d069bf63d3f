"""Asking somebody to read a slide, and taking it back."""

from __future__ import annotations

from secrets import SystemRandom

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, can, require
from apps.cells.models import LabelEvent, SeenMark
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.review.models import ReadingState, SecondItem, SecondReading
from apps.review.second_reading.closing import closed_otherwise
from apps.review.second_reading.selectors import readable_cells, withdrawn
from apps.review.second_reading.services.references import forget_references
from apps.slides.models import Slide


def assign(*, actor: User, slide: Slide, reader: User, request: HttpRequest | None = None) -> SecondReading:
    """Ask a member to read a slide: from now on it is closed to this person everywhere else.

    Every standing cell that has a picture is asked about, in an order that is drawn here and says nothing.

    Raises:
        NotFound, NotPermitted: as ``require`` with ASSIGN.
        InvalidInput: the person may not label here, or the slide has no cell.
        Conflict: the person has labelled cells of the slide, it is closed to the person for another reason, such as a
            study, or somebody is reading or has read it.
    """
    require(actor, Action.ASSIGN, slide.project)
    if not reader.is_active or not can(reader, Action.LABEL, slide.project):
        raise InvalidInput("A second reader is a member who may label in this project.", code="no-reader")
    if LabelEvent.objects.filter(actor=reader, cell__field__slide=slide).exists():
        raise Conflict(
            f"{reader.display_name} has labelled cells of this slide. A second reader must not have.",
            code="has-labelled",
        )
    if any(
        Slide.objects.filter(pk=slide.pk, pk__in=closed).exists() for closed in closed_otherwise(user=reader)
    ):
        raise Conflict(
            f"This slide is closed to {reader.display_name} for the time being. Ask somebody else, or later.",
            code="closed",
        )
    cells = list(readable_cells(slide).values_list("pk", flat=True))
    if not cells:
        raise InvalidInput("There is no cell on this slide to read.", code="no-cells")
    seen = SeenMark.objects.filter(actor=reader, cell__in=readable_cells(slide)).count()
    SystemRandom().shuffle(cells)
    try:
        with transaction.atomic():
            reading = SecondReading.objects.create(
                slide=slide, project_id=slide.project_id, reader=reader, assigned_by=actor, seen_before=seen
            )
            items = (
                SecondItem(reading=reading, cell_id=pk, position=place) for place, pk in enumerate(cells, 1)
            )
            SecondItem.objects.bulk_create(items, batch_size=500)
            audit.record(
                actor=actor,
                verb="second-reading-assigned",
                project=slide.project,
                target=f"slide:{slide.public_id}",
                detail={"reader": str(reader.public_id), "cells": len(cells)},
                request=request,
            )
    except IntegrityError as problem:
        if not SecondReading.objects.standing().filter(slide=slide).exists():
            raise
        raise Conflict(
            "This slide has a second reader already. Withdraw that reading first.", code="has-reader"
        ) from problem
    return reading


def withdraw(*, actor: User, reading: SecondReading, request: HttpRequest | None = None) -> SecondReading:
    """Take a reading back, or give one's own back: its labels are kept and count nowhere, its references are no more.

    Labels that adjudication put on cells stay: they are the adjudicator's.

    Raises:
        NotPermitted: the reading is neither one's own, nor may one ask for readings.
        Gone: it was withdrawn before.
    """
    if not (reading.is_open and reading.reader_id == actor.pk):
        require(actor, Action.ASSIGN, reading.project)
    with transaction.atomic():
        standing = SecondReading.objects.standing().filter(pk=reading.pk)
        if actor.pk == reading.reader_id and not can(actor, Action.ASSIGN, reading.project):
            standing = standing.filter(state=reading.state)  # one's own only while it is open
        now = timezone.now()
        if not standing.update(state=ReadingState.WITHDRAWN, withdrawn_at=now, withdrawn_by=actor):
            raise withdrawn()
        forget_references(reading)
        audit.record(
            actor=actor,
            verb="second-reading-withdrawn",
            project=reading.project,
            target=f"slide:{reading.slide.public_id}",
            detail={"reader": str(reading.reader.public_id)},
            request=request,
        )
    reading.refresh_from_db()
    return reading


def refuse_others(actor: User, reading: SecondReading) -> None:
    """Let the reader pass, and nobody else.

    Raises:
        NotPermitted: for everybody else.
    """
    if reading.reader_id != actor.pk:
        raise NotPermitted("Only the second reader reads this slide.")
    require(actor, Action.LABEL, reading.project)
