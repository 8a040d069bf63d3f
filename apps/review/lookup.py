"""Finding what a request names, for those who may see it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import is_site_admin, role_in
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


def audit_outsider(*, request: Any, project: Project, target: str) -> None:
    """Record that a site administrator looked into a project in which they have no role."""
    user = person(request)
    if is_site_admin(user) and role_in(user, project) is None:
        audit.record(actor=user, verb="viewed", project=project, target=target, request=request)
