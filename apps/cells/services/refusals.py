"""The words with which an act on a cell is refused, and what is asked before."""

from __future__ import annotations

from collections.abc import Sequence

from apps.accounts.models import User
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.core.errors import Conflict, DomainError, Gone, InvalidInput, NotFound, NotPermitted


def not_found() -> NotFound:
    """Return the error for a cell that is not there, or not there for this person."""
    return NotFound("There is nothing here, or it belongs to a project that you are not a member of.")


def gone() -> Gone:
    """Return the error for a cell that was replaced."""
    return Gone("A later analysis replaced this cell. Load the slide again to see what stands there now.")


def unknown_class(name: str) -> InvalidInput:
    """Return the error for a class outside the project's list."""
    return InvalidInput(f"“{name}” is not a class of this project.", code="unknown-class")


def unknown_suggestion() -> InvalidInput:
    """Return the error for a model that never spoke about the cell."""
    return InvalidInput("The model named made no suggestion for this cell.", code="unknown-suggestion")


def key_reused() -> InvalidInput:
    """Return the error for a key that stands for another act."""
    return InvalidInput("This idempotency key was used for another act.", code="idempotency-key-reused")


def conflict(*, cell: Cell, yours: str | None, newest: LabelEvent | None) -> Conflict:
    """Return the error that shows a person their value and the one that stands; ``newest`` with its actor."""
    by = newest.actor.display_name if newest else ""
    stands = cell.current_class or "no label"
    return Conflict(
        f"{by or 'Somebody'} changed this cell meanwhile; it carries {stands} now.",
        code="conflict",
        detail={
            "yours": yours,
            "current": {
                "class": cell.current_class or None,
                "version": cell.version,
                "review_state": cell.review_state,
                "by": by,
                "at": newest.created_at.isoformat() if newest else None,
            },
        },
    )


def acts_in_force(events: Sequence[LabelEvent]) -> list[LabelEvent]:
    """Return the acts that no undo reverted, oldest first, given all events of one cell in order.

    An undo always reverts the newest act in force, so the history reads like a stack. Acceptance at sign-off is
    not an act on the label and does not appear.
    """
    acts: list[LabelEvent] = []
    for event in events:
        if event.kind == EventKind.UNDO:
            acts.pop()
        elif event.kind != EventKind.ACCEPTED:
            acts.append(event)
    return acts


def of_withdrawal(*, actor: User, cell: Cell, events: Sequence[LabelEvent]) -> DomainError | None:
    """Return why the actor may not take the label of a cell back, None when it is their own.

    Args:
        actor: Who asks.
        cell: Whose label.
        events: All events of the cell in order, with their actors.
    """
    if not cell.current_class:
        return InvalidInput("This cell carries no label that could be withdrawn.", code="nothing-to-withdraw")
    newest = acts_in_force(events)[-1]
    if newest.actor_id == actor.pk:
        return None
    return NotPermitted(
        f"This label is by {newest.actor.display_name}. Give the cell the class you see instead.",
        code="not-your-label",
    )
