"""Finding what a request names, for those who may see it."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.core.errors import NotFound
from apps.slides.selectors import NOTHING_HERE


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
