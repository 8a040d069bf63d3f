"""Boxes by hand: cells added, boxes moved and resized, cells removed. Each is one act and can be undone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.crops import Cutter
from apps.cells.findings import SAME_CELL_IOU, iou
from apps.cells.models import Cell, EventKind, LabelEvent, Origin
from apps.cells.selectors.blind import is_withheld
from apps.cells.services import refusals
from apps.cells.services.acts import Entry, Move, Shown
from apps.cells.services.writing import SomebodyWasFaster, write
from apps.core.errors import Conflict, InvalidInput
from apps.registry.selectors import classes_for
from apps.slides.models import Field, Slide
from ml.contracts import Box

SMALLEST_SIDE = 4.0
"""Pixels; a click that slipped draws a smaller box, no cell is one."""

SAME_BOX_IOU = 0.9
"""Two boxes that overlap this much (intersection over union) are one box drawn twice, whatever the person says."""

_ROUNDS = 3


def add_box(
    *,
    actor: User,
    slide: Slide,
    field: UUID,
    box: Sequence[float],
    to_class: str | None,
    apart: bool = False,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Add a cell by hand on a field of a slide, with a label or without; what lies outside the field is cut off.

    A box that overlaps that of a standing cell by `SAME_CELL_IOU` is taken for the same cell, as detections are
    (Everingham et al., Int J Comput Vis 2010;88:303). Two people who box one cell at the same instant therefore make
    one: the second is told of the first's. Cells that lie on one another may overlap as much; ``apart`` says so.

    Args:
        actor: Who draws.
        slide: The slide.
        field: Public id of one of its fields.
        box: x0, y0, x1, y1 in pixels of the field, half-open.
        to_class: A class of the project's list; None leaves the cell unidentified until a model or a person speaks.
        apart: The person has seen the cell that is there, and this is another one.
        idempotency_key: A repeated one of the same person returns the event of the first time.
        request: Where it comes from.

    Returns:
        The event; its ``cell`` is the new one.

    Raises:
        NotFound: the person may not know the slide, or the field is not one of its.
        NotPermitted: the person may see but not label.
        InvalidInput: the box is none, or too small, or the class is not in the project's list.
        Conflict: a cell stands there already; ``detail`` names it, who boxed it, its class where the person may know
            it, the overlap, and with ``same`` whether it is the same box whatever the person says.
    """
    require(actor, Action.LABEL, slide.project)
    found = Field.objects.visible_to(actor).filter(slide=slide.pk, public_id=field).first()
    if found is None:
        raise refusals.not_found()
    done = _added_before(actor, found, idempotency_key)
    if done is not None:
        return done
    if to_class is not None and to_class not in {c.name for c in classes_for(slide.project)}:
        raise refusals.unknown_class(to_class)
    drawn = checked_box(box, found)
    _refuse_double(actor, found, drawn, apart=apart)
    with Cutter() as cutter:
        crop_key = cutter.cut(found, drawn)
        cell = _new_cell(slide, found, drawn, crop_key)
        entry = Entry(
            cell=cell,
            kind=EventKind.ADD,
            to_class=to_class or "",
            shown=Shown(None, seen=False),
            idempotency_key=idempotency_key,
            move=Move(None, drawn, box_version=2, crop_key=crop_key),
        )
        try:
            with transaction.atomic():
                # One after the other for each field, so that the second sees what the first has boxed.
                list(Field.objects.select_for_update(no_key=True).filter(pk=found.pk).values_list("pk"))
                _refuse_double(actor, found, drawn, apart=apart)
                (event,) = write(actor=actor, entries=[entry], request=request)
        except IntegrityError:
            # The same request was faster, or the field is gone for good.
            done = _added_before(actor, found, idempotency_key)
            if done is not None:
                return done
            raise refusals.not_found() from None
        cutter.keep()
    return event


def _new_cell(slide: Slide, field: Field, box: Box, crop_key: str) -> Cell:
    x0, y0, x1, y1 = box
    cell = Cell(
        project=slide.project,
        field=field,
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        score=1.0,
        origin=Origin.FIELD,
        crop_key=crop_key,
    )
    cell.field_public_id, cell.suggested_by, cell.slide_pk = field.public_id, None, slide.pk
    return cell


def _added_before(actor: User, field: Field, key: str | None) -> LabelEvent | None:
    """Return the event of the box that this key has drawn already."""
    event = LabelEvent.objects.filter(actor=actor, idempotency_key=key).first() if key else None
    if event is None:
        return None
    cell = Cell.objects.acted_on_by(actor).select_related("project").filter(pk=event.cell_id).first()
    if event.kind != EventKind.ADD or cell is None or cell.field_id != field.pk:
        raise refusals.key_reused()
    event.cell = cell
    return event


def _refuse_double(actor: User, field: Field, box: Box, *, apart: bool) -> None:
    """Refuse a box of a cell that is there already."""
    x0, y0, x1, y1 = box
    near = Cell.objects.standing().filter(field=field, x0__lt=x1, x1__gt=x0, y0__lt=y1, y1__gt=y0)
    found = [
        (iou(box, cell.box), cell) for cell in near.select_related("project", "labelled_by").order_by("pk")
    ]
    overlap, there = max(found, key=lambda pair: pair[0], default=(0.0, None))
    if there is None or overlap < (SAME_BOX_IOU if apart else SAME_CELL_IOU):
        return
    boxed = there.events.filter(kind__in=(EventKind.ADD, EventKind.BOX)).select_related("actor")
    newest = boxed.order_by("-version_after").first()
    by = newest.actor.display_name if newest else ""
    secret = is_withheld(there, actor)
    raise Conflict(
        f"{by or 'The model'} has boxed this cell already.",
        code="cell-there",
        detail={
            "cell": str(there.public_id),
            "by": by,
            "class": None if secret else there.current_class or None,
            "overlap": round(overlap, 3),
            "same": overlap >= SAME_BOX_IOU,
        },
    )


def checked_box(box: Sequence[float], field: Field) -> Box:
    """Return a box as it lies on its field: what is outside is cut off.

    Raises:
        InvalidInput: it is no box, or nothing worth a box is left of it.
    """
    if len(box) != 4 or not all(math.isfinite(value) for value in box):
        raise InvalidInput("A box is four numbers: left, top, right, bottom.", code="box")
    x0, y0, x1, y1 = (float(value) for value in box)
    cut = (max(x0, 0.0), max(y0, 0.0), min(x1, float(field.width)), min(y1, float(field.height)))
    if cut[2] - cut[0] < SMALLEST_SIDE or cut[3] - cut[1] < SMALLEST_SIDE:
        raise InvalidInput(
            f"The box must lie on the field and be at least {SMALLEST_SIDE:g} pixels wide and high.",
            code="box",
        )
    return cut


def change_box(
    *,
    actor: User,
    cell: Cell | UUID,
    box: Sequence[float],
    expected_version: int,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> Cell:
    """Move or resize the box of a cell. It keeps its label and history; what models said was of the old box.

    The model is asked about the new box by a job. A box that is the same changes nothing.

    Returns:
        The cell as it is afterwards.

    Raises:
        NotFound: the person may not know the cell, or it has no field.
        NotPermitted: the person may see but not label.
        InvalidInput: the box is none, or too small.
        Conflict: somebody changed the cell since ``expected_version``; ``detail`` holds both values.
        Gone: the cell was replaced or removed.
    """
    for _ in range(_ROUNDS):
        current = _current(actor, cell)
        if current.field is None:
            raise refusals.not_found()
        if _repeated(actor, current, EventKind.BOX, idempotency_key):
            return current
        _refuse_stale(actor, current, expected_version)
        wanted = checked_box(box, current.field)
        if wanted == current.box:
            return current
        with Cutter() as cutter:
            move = Move(
                current.box,
                wanted,
                box_version=current.version + 1,
                crop_key=cutter.cut(current.field, wanted),
            )
            if _written(actor, current, EventKind.BOX, move, idempotency_key, request):
                cutter.keep()
                return current
    raise refusals.gone()


def remove(
    *,
    actor: User,
    cell: Cell | UUID,
    expected_version: int,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> Cell:
    """Remove a cell from its field: it counts no more, keeps its history, and comes back by undo.

    A later analysis does not find it again.

    Returns:
        The cell, with the time of its removal.

    Raises:
        NotFound: the person may not know the cell.
        NotPermitted: the person may see but not label.
        Conflict: somebody changed the cell since ``expected_version``; ``detail`` holds both values.
        Gone: the cell was replaced, or somebody removed it.
    """
    for _ in range(_ROUNDS):
        current = _current(actor, cell)
        if _repeated(actor, current, EventKind.REMOVE, idempotency_key):
            return current
        _refuse_stale(actor, current, expected_version)
        if _written(actor, current, EventKind.REMOVE, Move(current.box, None), idempotency_key, request):
            return current
    raise refusals.gone()


def _current(actor: User, cell: Cell | UUID) -> Cell:
    """Return the cell as the database has it now, after asking whether the actor may act on it."""
    public_id = cell.public_id if isinstance(cell, Cell) else cell
    cells = Cell.objects.acted_on_by(actor).select_related("project", "field")
    found = cells.filter(public_id=public_id).first()
    if found is None:
        raise refusals.not_found()
    require(actor, Action.LABEL, found.project)
    if found.retired_at is not None:
        raise refusals.gone()
    return found


def _repeated(actor: User, cell: Cell, kind: EventKind, key: str | None) -> bool:
    """Return whether this key has done this to the cell already."""
    event = LabelEvent.objects.filter(actor=actor, idempotency_key=key).first() if key else None
    if event is None:
        return False
    if (event.cell_id, event.kind) != (cell.pk, kind):
        raise refusals.key_reused()
    return True


def _refuse_stale(actor: User, cell: Cell, expected_version: int) -> None:
    if cell.removed_at is not None:
        raise refusals.removed()
    if cell.version != expected_version:
        newest = cell.events.select_related("actor").order_by("-version_after").first()
        raise refusals.conflict(cell=cell, yours=None, newest=newest, withheld=is_withheld(cell, actor))


def _written(
    actor: User,
    cell: Cell,
    kind: EventKind,
    move: Move,
    key: str | None,
    request: HttpRequest | None,
) -> bool:
    """Write an act about a box; return False when somebody was faster, and all is to be asked again."""
    entry = Entry(
        cell=cell,
        kind=kind,
        to_class=cell.current_class,
        shown=Shown(cell.classifier_version_id, seen=False),
        idempotency_key=key,
        move=move,
    )
    try:
        write(actor=actor, entries=[entry], request=request)
    except SomebodyWasFaster:
        return False
    except IntegrityError:
        if key and LabelEvent.objects.filter(actor=actor, idempotency_key=key).exists():
            return False
        raise
    return True
