"""Finding what a request names, for those who may see it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import person
from apps.cells.models import Cell
from apps.core.errors import NotFound
from apps.slides.models import Slide
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


def record_look(request: HttpRequest, slide: Slide | None) -> None:
    """Put on record that a site administrator without a role looks at a slide, on a page or through the API."""
    if slide is not None:
        target = f"slide:{slide.public_id}"
        audit.record_visit(actor=person(request), project=slide.project, target=target, request=request)
