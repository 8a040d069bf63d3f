"""The pictures of single cells of an import: removed together, and brought back.

They lie on no slide, so neither gallery nor trash holds them; their import is where people find them.
"""

from __future__ import annotations

from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.permissions import Action, Person, require
from apps.cells.models import Cell, EventKind
from apps.cells.services import bring_back, remove_many
from apps.core.errors import Conflict
from apps.datasets.models import Import
from apps.datasets.services.recording import act_of

CLOSED = "Some pictures of this import are closed to you for the time being: others see how many stand."


def crops_of_import(source: Import, user: Person) -> QuerySet[Cell]:
    """Return the cells without a field that an import brought, removed ones among them."""
    return _of(source, Cell.objects.visible_to(user)).order_by("pk")


def partly_closed(source: Import, user: Person) -> bool:
    """Return whether pictures of an import are closed to the person: how many, nothing shown or done may tell."""
    return _of(source, Cell.objects.all()).exclude(pk__in=Cell.objects.visible_to(user).order_by()).exists()


def _of(source: Import, cells: QuerySet[Cell]) -> QuerySet[Cell]:
    cells = cells.filter(project=source.project_id, field=None, retired_at=None)
    return cells.filter(events__act=act_of(source), events__kind=EventKind.IMPORT)


def _refuse_closed(source: Import, actor: User) -> None:
    if partly_closed(source, actor):
        raise Conflict(CLOSED, code="closed")


def remove_crops(*, actor: User, source: Import, request: HttpRequest | None = None) -> int:
    """Remove the standing pictures of an import; return how many. They count nowhere, and keep their history.

    Raises:
        NotFound, NotPermitted: the actor may not import here, or not label.
        Conflict: somebody works on the same cells, or some of them are closed to the actor.
    """
    require(actor, Action.IMPORT, source.project)
    _refuse_closed(source, actor)
    standing = crops_of_import(source, actor).filter(removed_at=None).values_list("pk", flat=True)
    return remove_many(
        actor=actor, project=source.project, cells=list(standing), act=uuid4(), request=request
    )


def bring_crops_back(*, actor: User, source: Import, request: HttpRequest | None = None) -> int:
    """Bring the removed pictures of an import back, with the labels that they had; return how many. Raises as above."""
    require(actor, Action.IMPORT, source.project)
    _refuse_closed(source, actor)
    removed = crops_of_import(source, actor).exclude(removed_at=None).values_list("pk", flat=True)
    return bring_back(actor=actor, project=source.project, cells=list(removed), act=uuid4(), request=request)
