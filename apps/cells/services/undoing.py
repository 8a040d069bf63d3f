"""Undo: one's last act on a cell is reverted by a new event."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.cells.services import refusals
from apps.cells.services.acts import Entry, Shown
from apps.cells.services.writing import SomebodyWasFaster, write
from apps.core.errors import InvalidInput


def undo(
    *,
    actor: User,
    cell: Cell | UUID,
    expected_version: int,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Revert the actor's last act on the cell by a new event, if the cell still carries the version they left.

    Repeating it steps further back through the actor's own acts.

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
        entry = _entry(actor, current, events, expected_version, idempotency_key)
        try:
            (event,) = write(actor=actor, entries=[entry], request=request)
        except SomebodyWasFaster:
            continue  # it moved: the next round refuses, or finds this very act done
        except IntegrityError:
            # Not on this cell, as was seen above.
            used = LabelEvent.objects.filter(actor=actor, idempotency_key=idempotency_key or "")
            if used.exists():
                raise refusals.key_reused() from None
            raise
        return event
    raise refusals.gone()


def _writable(actor: User, public_id: UUID) -> Cell:
    """Return the cell as the database has it now, after asking whether the actor may act on it."""
    cell = Cell.objects.acted_on_by(actor).select_related("project").filter(public_id=public_id).first()
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


def _entry(
    actor: User, cell: Cell, events: list[LabelEvent], expected_version: int, idempotency_key: str | None
) -> Entry:
    """Return the event to write, or refuse."""
    acts = refusals.acts_in_force(events)
    if not any(act.actor_id == actor.pk for act in acts):
        raise InvalidInput("You have done nothing to this cell that could be undone.", code="nothing-to-undo")
    reverted = acts[-1]
    if events[-1].actor_id != actor.pk or reverted.actor_id != actor.pk:
        raise refusals.conflict(cell=cell, yours=None, newest=events[-1])
    if cell.version != expected_version:
        raise refusals.conflict(cell=cell, yours=reverted.from_class or None, newest=events[-1])
    return Entry(
        cell=cell,
        kind=EventKind.UNDO,
        to_class=reverted.from_class,
        shown=Shown(reverted.model_version_id, reverted.seen_suggestion),
        idempotency_key=idempotency_key,
        reverts=reverted,
    )
