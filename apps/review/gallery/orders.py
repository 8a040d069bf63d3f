"""Orders of a gallery that rest on more than its columns: on what the models' features say of the cells."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import Project, User
from apps.cells.models import Cell, Embedding
from apps.cells.selectors.embeddings import most_likely_wrong, order_by_similarity
from apps.core.errors import Conflict, InvalidInput, NotFound

SIMILARITY = "similarity"
DOUBTFUL = "doubtful"
TITLES = {SIMILARITY: "Similarity", DOUBTFUL: "Most likely wrong"}

NO_FEATURES = "The cells here have no stored features yet: they are stored when a slide is analysed."
NO_LABELS = "No cell here has a label yet that the model could doubt."
BLIND = "This project reads blind first: an order by what the model sees would tell its suggestions."


def orders_json(cells: QuerySet[Cell], *, project: Project) -> list[dict[str, Any]]:
    """Return the orders that the menu offers, each with why it cannot be had ("" when it can)."""
    return [
        {"name": name, "title": title, "why_not": _why_not(cells, by=name, project=project)}
        for name, title in TITLES.items()
    ]


def ranked(
    cells: QuerySet[Cell], *, user: User, project: Project, by: str, to: UUID | None = None
) -> list[str]:
    """Return public ids of cells in an order; with ``to`` those most like a cell first.

    Raises:
        InvalidInput: when there is no such order.
        NotFound: when the cell to compare with is not among these.
        Conflict: when the order cannot be had, with the reason.
    """
    if by not in TITLES:
        raise InvalidInput("There is no such order of cells.")
    why_not = _why_not(cells, by=by, project=project)
    if why_not:
        raise Conflict(why_not, code="no-such-order")
    compared = _cell(cells, to)
    keys = most_likely_wrong(cells, user=user) if by == DOUBTFUL else order_by_similarity(cells, compared)
    ids = dict(cells.order_by().values_list("pk", "public_id"))
    return [str(ids[pk]) for pk in keys if pk in ids]


def _cell(cells: QuerySet[Cell], public_id: UUID | None) -> Cell | None:
    if public_id is None:
        return None
    found = cells.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("This cell is not in the gallery.")
    return found


def _why_not(cells: QuerySet[Cell], *, by: str, project: Project) -> str:
    if project.blind_first:
        return BLIND
    if by == DOUBTFUL:
        return "" if cells.exclude(current_class="").exists() else NO_LABELS
    return "" if Embedding.objects.filter(cell__in=cells).exists() else NO_FEATURES
