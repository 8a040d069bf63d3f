"""What may be done with location checks: start, draw more fields, say what is on one, close."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell, Origin
from apps.core.errors import Conflict, InvalidInput
from apps.inference.models import FieldAnalysis
from apps.review.location_check.selectors import CELLS_WANTED, checkable, reads_of, tally_of
from apps.review.models import LocationCheck, LocationCheckField, LocationCheckResult
from apps.slides.models import DeviceProfile

MOST_FIELDS = 100
"""At most so many fields are drawn at once, however few cells lie on them."""

MOST_MISSED = 1000
"""More missed cells than this on one field make no sense."""

CLOSED = "This check is closed: its counts stand. Start another one."
_chance = SystemRandom()


def start(*, actor: User, project: Project, stain: str, device: UUID | None) -> LocationCheck:
    """Start a check of one stain and device: draw random analysed fields until they hold enough boxes.

    Raises:
        NotFound, NotPermitted: the person may not label in this project.
        InvalidInput: the project has no such device, or no analysed field of this stain and device.
    """
    require(actor, Action.LABEL, project)
    found = None
    if device is not None:
        found = DeviceProfile.objects.filter(project=project, public_id=device).first()
        if found is None:
            raise InvalidInput("This project has no such device.", code="device")
    with transaction.atomic():
        check = LocationCheck.objects.create(
            project=project,
            stain=stain[:60],
            device=found,
            device_name=found.name if found else "",
            wanted=CELLS_WANTED,
            started_by=actor,
        )
        if not _draw(actor, check, boxes=check.wanted):
            raise InvalidInput(
                "There is no analysed field of this stain and device yet. Analyse a slide first.",
                code="nothing-to-draw",
            )
    return check


def draw_more(*, actor: User, check: LocationCheck) -> int:
    """Draw further fields for the cells that are still needed; return how many.

    Raises:
        NotFound, NotPermitted: the person may not label in this project.
        Conflict: the check is closed.
        InvalidInput: all fields of this stain and device are drawn already.
    """
    require(actor, Action.LABEL, check.project)
    with transaction.atomic():
        _refuse_closed(check)
        drawn = _draw(actor, check, boxes=max(1, tally_of(check, reads_of(check)).needed))
    if not drawn:
        raise InvalidInput(
            "Every analysed field of this stain and device is in this check already.", code="nothing-to-draw"
        )
    return drawn


def say(
    *,
    actor: User,
    place: LocationCheckField,
    missed: Sequence[Sequence[float]],
    false_boxes: Sequence[int],
) -> LocationCheckResult:
    """Record what is wrong on one drawn field; said again, the newer word is in force and the older one stays.

    Args:
        actor: Who looked.
        place: The drawn field.
        missed: Where cells without a box lie, (x, y) in pixels of the field.
        false_boxes: Places of boxes that hold no white cell, from 0.

    Raises:
        NotFound, NotPermitted: the person may not label in this project.
        InvalidInput: a place lies outside the field, or a box does not exist.
        Conflict: the check is closed.
    """
    require(actor, Action.LABEL, place.check_of.project)
    points = [_point(place, point) for point in missed]
    if len(points) > MOST_MISSED:
        raise InvalidInput(f"At most {MOST_MISSED} missed cells can be marked on one field.", code="missed")
    numbers = sorted(set(false_boxes))
    if any(not 0 <= number < len(place.boxes) for number in numbers):
        raise InvalidInput("A box that was marked as false is not on this field.", code="false-boxes")
    with transaction.atomic():
        _refuse_closed(place.check_of)
        return LocationCheckResult.objects.create(
            place=place, actor=actor, missed=points, false_boxes=numbers
        )


def close(*, actor: User, check: LocationCheck) -> LocationCheck:
    """Freeze the counts of the fields that were read.

    Raises:
        NotFound, NotPermitted: the person may not label in this project.
        InvalidInput: no cell was seen yet.
        Conflict: the check is closed already.
    """
    require(actor, Action.LABEL, check.project)
    with transaction.atomic():
        _refuse_closed(check)
        tally = tally_of(check, reads_of(check))
        if not tally.cells:
            raise InvalidInput(
                "No white cell was seen yet: read at least one field with cells.", code="empty"
            )
        closed = LocationCheck.objects.filter(pk=check.pk, closed_at=None).update(
            closed_at=timezone.now(),
            closed_by=actor,
            fields_read=tally.read,
            found=tally.found,
            missed=tally.missed,
            false_boxes=tally.false_boxes,
        )
    if not closed:
        raise Conflict(CLOSED, code="closed")
    check.refresh_from_db()
    return check


def _refuse_closed(check: LocationCheck) -> None:
    """Refuse a closed check, and keep it from being closed until this transaction ends."""
    row = LocationCheck.objects.select_for_update(of=("self",)).filter(pk=check.pk, closed_at=None)
    if row.first() is None:
        raise Conflict(CLOSED, code="closed")


def _draw(actor: User, check: LocationCheck, *, boxes: int) -> int:
    """Add random fields until they hold so many boxes; return how many fields were added."""
    fields = checkable(user=actor, project=check.project).filter(
        slide__specimen__stain=check.stain, slide__device=check.device
    )
    drawn = set(check.places.values_list("field_id", flat=True))
    left = sorted(set(fields.order_by().values_list("pk", flat=True)) - drawn)
    chosen = _chance.sample(left, min(len(left), MOST_FIELDS))
    found = _boxes_on(chosen)
    locators = _locators_of(chosen)
    places: list[LocationCheckField] = []
    for field in chosen:
        if boxes <= 0:
            break
        places.append(
            LocationCheckField(
                check_of=check,
                number=len(drawn) + len(places) + 1,
                field_id=field,
                boxes=found.get(field, []),
                locator=locators.get(field, ""),
            )
        )
        boxes -= len(found.get(field, []))
    try:
        with transaction.atomic():
            LocationCheckField.objects.bulk_create(places)
    except IntegrityError as error:
        raise Conflict("Somebody drew fields for this check meanwhile. Load the page again.") from error
    return len(places)


def _boxes_on(fields: Sequence[int]) -> dict[int, list[list[float]]]:
    """Return the boxes that the locator found on fields: those that people removed among them, those they added not."""
    cells = Cell.objects.filter(
        field__in=fields, origin=Origin.FIELD, retired_at=None, locator_version__isnull=False
    )
    found: dict[int, list[list[float]]] = {}
    for field, *box in cells.order_by("pk").values_list("field_id", "x0", "y0", "x1", "y1"):
        found.setdefault(field, []).append(box)
    return found


def _locators_of(fields: Sequence[int]) -> dict[int, str]:
    """Return in words which version looked at each field last."""
    rows = FieldAnalysis.objects.filter(field__in=fields).select_related("locator_version").order_by("pk")
    return {row.field_id: row.locator_version.label[:120] for row in rows}


def _point(place: LocationCheckField, point: Any) -> list[float]:
    x, y = (float(value) for value in point)
    field = place.field
    if not (math.isfinite(x) and math.isfinite(y) and 0 <= x <= field.width and 0 <= y <= field.height):
        raise InvalidInput("A missed cell was marked outside the field.", code="missed")
    return [round(x, 1), round(y, 1)]
