"""Undo and redo on one cell: one's last act is reverted, or done again, by a new event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.crops import Cutter
from apps.cells.models import Cell, EventKind, LabelEvent, Suggestion
from apps.cells.selectors.blind import is_withheld
from apps.cells.services import refusals
from apps.cells.services.acts import Entry, Move, Said, Shown
from apps.cells.services.history import moments_before
from apps.cells.services.writing import SomebodyWasFaster, write
from apps.core.errors import InvalidInput
from ml.contracts import Box


def undo(
    *,
    actor: User,
    cell: Cell | UUID,
    expected_version: int,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Revert the actor's last act on the cell by a new event, if the cell still carries the version they left.

    Repeating it steps further back through the actor's own acts. What an act did to the box is reverted as well.

    Raises:
        NotFound: the person may not know the cell.
        NotPermitted: the person may see but not label.
        InvalidInput: the actor has no act on this cell that is left to undo.
        Conflict: somebody changed the cell since; ``detail`` holds both values.
        Gone: a later analysis replaced the cell.
    """
    public_id = cell.public_id if isinstance(cell, Cell) else cell
    for _ in range(2):
        current = _writable(actor, public_id)
        events = list(current.events.select_related("actor").order_by("version_after"))
        repeated = _repeated(actor, current, events, idempotency_key)
        if repeated is not None:
            return repeated
        reverted = _last_act(actor, current, events, expected_version)
        with Cutter() as cutter:
            entry = entry_of_step(
                kind=EventKind.UNDO, cell=current, events=events, reverted=reverted, cutter=cutter
            )
            try:
                (event,) = write(
                    actor=actor, entries=[replace(entry, idempotency_key=idempotency_key)], request=request
                )
            except SomebodyWasFaster:
                continue  # it moved: the next round refuses, or finds this very act done
            except IntegrityError:
                # Not on this cell, as was seen above.
                used = LabelEvent.objects.filter(actor=actor, idempotency_key=idempotency_key or "")
                if used.exists():
                    raise refusals.key_reused() from None
                raise
            cutter.keep()
        return event
    raise refusals.gone()


def _writable(actor: User, public_id: UUID) -> Cell:
    """Return the cell as the database has it now, after asking whether the actor may act on it."""
    cell = (
        Cell.objects.acted_on_by(actor).select_related("project", "field").filter(public_id=public_id).first()
    )
    if cell is None:
        raise refusals.not_found()
    require(actor, Action.LABEL, cell.project)
    if cell.retired_at is not None:
        raise refusals.gone()
    return cell


def _repeated(
    actor: User, cell: Cell, events: list[LabelEvent], idempotency_key: str | None
) -> LabelEvent | None:
    """Return the undo that this key already made on the cell, if any."""
    for event in events:
        if idempotency_key and (event.actor_id, event.idempotency_key) == (actor.pk, idempotency_key):
            if event.kind != EventKind.UNDO:
                raise refusals.key_reused()
            event.cell = cell
            return event
    return None


def _last_act(actor: User, cell: Cell, events: list[LabelEvent], expected_version: int) -> LabelEvent:
    """Return the act that an undo reverts, or refuse."""
    acts = refusals.acts_in_force(events)
    if not any(act.actor_id == actor.pk for act in acts):
        raise InvalidInput("You have done nothing to this cell that could be undone.", code="nothing-to-undo")
    reverted = acts[-1]
    if not may_undo(actor, events):
        raise refusals.conflict(cell=cell, yours=None, newest=events[-1], withheld=is_withheld(cell, actor))
    if cell.version != expected_version:
        raise refusals.conflict(
            cell=cell,
            yours=reverted.from_class or None,
            newest=events[-1],
            withheld=is_withheld(cell, actor),
        )
    return reverted


def may_undo(actor: User, events: Sequence[LabelEvent]) -> bool:
    """Return whether the newest act in force on a cell is the actor's, and nobody came after."""
    acts = refusals.acts_in_force(events)
    return bool(acts) and acts[-1].actor_id == actor.pk == events[-1].actor_id


def may_redo(actor: User, events: Sequence[LabelEvent]) -> bool:
    """Return whether the newest undo in force on a cell is the actor's, and nobody came after."""
    undos = refusals.undos_in_force(events)
    return bool(undos) and undos[-1].actor_id == actor.pk == events[-1].actor_id


def entry_of_step(
    *,
    kind: EventKind,
    cell: Cell,
    events: Sequence[LabelEvent],
    reverted: LabelEvent,
    cutter: Cutter,
    said: Mapping[tuple[int, int], Said] | None = None,
) -> Entry:
    """Return the event that takes an event back, an act by an undo or an undo by a redo.

    Args:
        kind: Undo or redo.
        cell: As it is now.
        events: All its events, in order.
        reverted: The one that is taken back; nothing has moved the cell since.
        cutter: Cuts the picture of the box that comes back.
        said: What models said, by cell and version of the box; asked of the database without it.
    """
    before = moments_before(events)[reverted.pk]
    return Entry(
        cell=cell,
        kind=kind,
        to_class=reverted.from_class,
        shown=Shown(reverted.model_version_id, reverted.seen_suggestion),
        reverts=reverted,
        labeller=before.labeller,
        move=_move_back(cell, reverted, before.box_version, cutter, said),
    )


def _move_back(
    cell: Cell,
    reverted: LabelEvent,
    box_version: int,
    cutter: Cutter,
    said: Mapping[tuple[int, int], Said] | None,
) -> Move | None:
    """Return the way back of an event that was about the box."""
    if reverted.from_box is None and reverted.to_box is None:
        return None
    from_box, to_box = box_of(reverted.to_box), box_of(reverted.from_box)
    if from_box is None or to_box is None:
        return Move(from_box, to_box)
    known = said_of([cell.pk]) if said is None else said
    return Move(
        from_box,
        to_box,
        box_version=box_version,
        crop_key=cutter.cut(cell.field, to_box),
        said=known.get((cell.pk, box_version), Said()),
    )


def box_of(value: Sequence[float] | None) -> Box | None:
    """Return a box as an event holds it."""
    if value is None:
        return None
    x0, y0, x1, y1 = value
    return (x0, y0, x1, y1)


def said_of(cells: Sequence[int]) -> dict[tuple[int, int], Said]:
    """Return the newest suggestion about each box of some cells, by cell and version of the box."""
    suggestions = Suggestion.objects.filter(cell__in=cells).select_related("model_version").order_by("pk")
    return {
        (suggestion.cell_id, suggestion.box_version): Said(
            suggested_class=suggestion.top_class,
            suggested_probability=suggestion.probabilities.get(suggestion.top_class, 0.0),
            unidentified=suggestion.unidentified,
            classifier_version_id=suggestion.model_version_id,
            suggested_by=suggestion.model_version.public_id,
        )
        for suggestion in suggestions
    }
