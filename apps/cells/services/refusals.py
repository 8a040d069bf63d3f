"""The words with which an act on a cell is refused, and what is asked before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.accounts.models import User
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.cells.selectors.acts import STEPS
from apps.cells.selectors.blind import hidden_state
from apps.core.errors import Conflict, DomainError, Gone, InvalidInput, NotFound, NotPermitted


def not_found() -> NotFound:
    """Return the error for a cell that is not there, or not there for this person."""
    return NotFound("There is nothing here, or it belongs to a project that you are not a member of.")


def gone() -> Gone:
    """Return the error for a cell that was replaced."""
    return Gone("A later analysis replaced this cell. Load the slide again to see what stands there now.")


def removed() -> Gone:
    """Return the error for a cell that a person removed."""
    return Gone("This cell was removed. Undo brings back what you removed yourself.", code="removed")


def unknown_class(name: str) -> InvalidInput:
    """Return the error for a class outside the project's list."""
    return InvalidInput(f"“{name}” is not a class of this project.", code="unknown-class")


def unknown_suggestion() -> InvalidInput:
    """Return the error for a model that never spoke about the cell."""
    return InvalidInput("The model named made no suggestion for this cell.", code="unknown-suggestion")


def to_be_decided() -> NotPermitted:
    """Return the error for a cell that waits for a decision between two readers."""
    return NotPermitted(
        "Two readers class this cell differently. Decide between them under “Second readings”; here its class stays "
        "hidden until that is done.",
        code="undecided",
    )


def key_reused() -> InvalidInput:
    """Return the error for a key that stands for another act."""
    return InvalidInput("This idempotency key was used for another act.", code="idempotency-key-reused")


def standing_value(*, cell: Cell, newest: LabelEvent | None) -> dict[str, Any]:
    """Return what stands on a cell, and who put it there, as a refusal tells it."""
    return {
        "class": cell.current_class or None,
        "version": cell.version,
        "review_state": cell.review_state,
        "box": None if cell.removed_at is not None else list(cell.box),
        "by": newest.actor.display_name if newest else "",
        "at": newest.created_at.isoformat() if newest else None,
    }


def conflict(*, cell: Cell, yours: str | None, newest: LabelEvent | None, withheld: bool = False) -> Conflict:
    """Return the error that shows a person their value and the one that stands; ``newest`` with its actor.

    Args:
        cell: As it stands.
        yours: The class the person sent.
        newest: The newest event of the cell.
        withheld: Whether the person may not know yet what others said of the cell.
    """
    current = standing_value(cell=cell, newest=newest)
    if withheld:
        current |= {"class": None, "by": "", "review_state": hidden_state(cell.review_state)}
        words = "Somebody changed this cell meanwhile."
    else:
        by, stands = current["by"] or "Somebody", cell.current_class or "no label"
        words = f"{by} changed this cell meanwhile; it carries {stands} now."
    return Conflict(words, code="conflict", detail={"yours": yours, "current": current})


def acts_in_force(events: Sequence[LabelEvent]) -> list[LabelEvent]:
    """Return the acts that an undo could revert, oldest first, given all events of one cell in order.

    An undo reverts the newest act in force and a redo puts one there, so the history reads like a stack. Acceptance
    at sign-off and import are not acts of this kind and do not appear.
    """
    acts: list[LabelEvent] = []
    for event in events:
        if event.kind == EventKind.UNDO:
            acts.pop()
        elif event.kind in STEPS:
            acts.append(event)
    return acts


def undos_in_force(events: Sequence[LabelEvent]) -> list[LabelEvent]:
    """Return the undos that a redo could take back, oldest first, given all events of one cell in order."""
    undos: list[LabelEvent] = []
    for event in events:
        if event.kind == EventKind.UNDO:
            undos.append(event)
        elif event.kind == EventKind.REDO:
            undos.pop()
        else:
            undos.clear()
    return undos


def of_withdrawal(*, actor: User, cell: Cell) -> DomainError | None:
    """Return why the actor may not take the label of a cell back, None when it is their own."""
    if not cell.current_class:
        return InvalidInput("This cell carries no label that could be withdrawn.", code="nothing-to-withdraw")
    if cell.labelled_by_id == actor.pk:
        return None
    by = cell.labelled_by.display_name if cell.labelled_by is not None else "somebody else"
    return NotPermitted(
        f"This label is by {by}. Give the cell the class you see instead.", code="not-your-label"
    )
