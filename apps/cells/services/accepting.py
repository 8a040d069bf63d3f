"""Accepting suggestions at sign-off: what counts in a signed differential without the label of a person."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest

from apps.accounts.models import User
from apps.cells.models import Cell, EventKind, ReviewState
from apps.cells.services.acts import Entry, Shown
from apps.cells.services.writing import write


def accept(
    *, actor: User, cells: Sequence[Cell], act: UUID | None = None, request: HttpRequest | None = None
) -> int:
    """Write that the suggestions of cells were accepted when their slide was signed; return how many.

    The cells stay without a label: an acceptance counts in the differential and is never a label of a person, so
    never truth in a test set. Call it inside the transaction that signs; who may sign is asked there.

    Args:
        actor: Who signs.
        cells: As they were read (`acted_on_by`), with their project.
        act: The same for all cells of one signature.
        request: Where it came from.

    Raises:
        ValueError: a cell was not seen, carries a label, or is suggested as nothing.
        SomebodyWasFaster: a cell has moved on since it was read; nothing is written then.
    """
    for cell in cells:
        seen = cell.review_state == ReviewState.SEEN
        if not seen or cell.current_class or not cell.suggested_class or cell.unidentified:
            raise ValueError(f"There is nothing to accept about cell {cell.public_id}.")
    entries = [
        Entry(
            cell=cell,
            kind=EventKind.ACCEPTED,
            to_class=cell.suggested_class,
            # Every cell was on somebody's screen with its suggestion: that is what makes it accepted.
            shown=Shown(cell.classifier_version_id, seen=True),
            act=act,
        )
        for cell in cells
    ]
    if entries:
        write(actor=actor, entries=entries, request=request)
    return len(entries)
