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
from apps.datasets.models import Import
from apps.datasets.services.recording import act_of


def crops_of_import(source: Import, user: Person) -> QuerySet[Cell]:
    """Return the cells without a field that an import brought, removed ones among them."""
    cells = Cell.objects.visible_to(user).filter(project=source.project_id, field=None, retired_at=None)
    return cells.filter(events__act=act_of(source), events__kind=EventKind.IMPORT).order_by("pk")


def remove_crops(*, actor: User, source: Import, request: HttpRequest | None = None) -> int:
    """Remove the standing pictures of an import; return how many. They count nowhere, and keep their history.

    Raises:
        NotFound, NotPermitted: the actor may not import here, or not label.
        Conflict: somebody works on the same cells.
    """
    require(actor, Action.IMPORT, source.project)
    standing = crops_of_import(source, actor).filter(removed_at=None).values_list("pk", flat=True)
    return remove_many(
        actor=actor, project=source.project, cells=list(standing), act=uuid4(), request=request
    )


def bring_crops_back(*, actor: User, source: Import, request: HttpRequest | None = None) -> int:
    """Bring the removed pictures of an import back, with the labels that they had; return how many. Raises as above."""
    require(actor, Action.IMPORT, source.project)
    removed = crops_of_import(source, actor).exclude(removed_at=None).values_list("pk", flat=True)
    return bring_back(actor=actor, project=source.project, cells=list(removed), act=uuid4(), request=request)
