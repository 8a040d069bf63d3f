"""What people write about cells."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell, Comment
from apps.cells.services import refusals
from apps.cells.services.changes import note_change
from apps.core.errors import InvalidInput

LONGEST_COMMENT = 2000


def comment(
    *,
    actor: User,
    cell: UUID,
    text: str,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> Comment:
    """Write a comment about a cell; it stays for good. A repeated key returns the comment of the first time.

    Raises:
        NotFound: the person may not know the cell.
        NotPermitted: the person may see but not label.
        InvalidInput: the text is empty or too long, or the key was used for another comment.
    """
    found = Cell.objects.visible_to(actor).select_related("project", "field").filter(public_id=cell).first()
    if found is None:
        raise refusals.not_found()
    require(actor, Action.LABEL, found.project)
    said = text.strip()
    if not said or len(said) > LONGEST_COMMENT or "\x00" in said:
        raise InvalidInput(f"A comment has 1 to {LONGEST_COMMENT} characters.", code="comment")
    done = _written_before(actor, found, said, idempotency_key)
    if done is not None:
        return done
    try:
        with transaction.atomic():
            written = Comment.objects.create(
                cell=found, author=actor, text=said, idempotency_key=idempotency_key or None
            )
            if found.field is not None:
                note_change(slide_id=found.field.slide_id, cell_id=found.pk)
            # Not its words: the audit is never cleaned.
            audit.record(
                actor=actor,
                verb="commented",
                project=found.project,
                target=f"cell:{found.public_id}",
                request=request,
            )
    except IntegrityError:
        done = _written_before(actor, found, said, idempotency_key)
        if done is None:
            raise refusals.not_found() from None
        return done
    return written


def _written_before(actor: User, cell: Cell, text: str, key: str | None) -> Comment | None:
    """Return the comment that this key has made already."""
    written = Comment.objects.filter(author=actor, idempotency_key=key).first() if key else None
    if written is not None and (written.cell_id, written.text) != (cell.pk, text):
        raise refusals.key_reused()
    return written
