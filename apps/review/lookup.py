"""Finding what a request names, for those who may see it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.core.errors import NotFound
from apps.slides.selectors import NOTHING_HERE


def person(request: Any) -> User:
    """Return who asks, on a page or in the API; both let nobody through who is not signed in."""
    return cast("User", request.user)


def get_cell(*, user: User, public_id: UUID) -> Cell:
    """Return a cell that the person may see, with its project, field and slide.

    Raises:
        NotFound: otherwise.
    """
    cells = Cell.objects.visible_to(user).select_related("project", "field__slide__project")
    cell = cells.filter(public_id=public_id).first()
    if cell is None:
        raise NotFound(NOTHING_HERE)
    return cell
