"""Laying a second reading beside the labels of others."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.models import EventKind, LabelEvent
from apps.core.errors import Conflict
from apps.review.models import ReadingState, SecondItem, SecondReading
from apps.review.second_reading.services.references import settle

_COLUMNS = ("first_class", "first_by", "first_version")


def pair(reading: SecondReading) -> int:
    """Keep, for each cell that has none yet, the label in force of another person; return how many there were.

    Called in the transaction of who wants it, when the reading is done: what is kept once does not change any more,
    whatever becomes of the cell. A label that came with an import is nobody's judgement here.
    """
    said = LabelEvent.objects.filter(
        cell=OuterRef("cell"),
        actor=OuterRef("cell__labelled_by"),
        kind=EventKind.LABEL,
        to_class=OuterRef("cell__current_class"),
    )
    items = (
        reading.items.filter(Exists(said), first_class="", cell__retired_at=None, cell__removed_at=None)
        .exclude(current_class="")
        .exclude(cell__labelled_by=reading.reader_id)
        .select_related("cell")
    )
    paired = list(items)
    for item in paired:
        item.first_class = item.cell.current_class
        item.first_by_id = item.cell.labelled_by_id
        item.first_version = item.cell.version
    SecondItem.objects.bulk_update(paired, _COLUMNS, batch_size=200)
    settle({item.cell_id: item.first_class for item in paired if item.first_class == item.current_class})
    return len(paired)


def compare_again(*, actor: User, reading: SecondReading, request: HttpRequest | None = None) -> int:
    """Lay labels that others gave since beside those of a reading that is done; return how many.

    Raises:
        NotFound, NotPermitted: as ``require`` with ASSIGN.
        Conflict: the reading is not done.
    """
    require(actor, Action.ASSIGN, reading.project)
    if reading.state != ReadingState.DONE:
        raise Conflict("Labels are compared when the second reader has finished.", code="not-done")
    with transaction.atomic():
        paired = pair(reading)
        audit.record(
            actor=actor,
            verb="second-reading-compared",
            project=reading.project,
            target=f"slide:{reading.slide.public_id}",
            detail={"cells": paired},
            request=request,
        )
    return paired
