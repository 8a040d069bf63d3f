"""Orders of a gallery that rest on more than its columns: on what the models' features say of the cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import Project
from apps.cells.models import Cell
from apps.core.errors import InvalidInput, Unavailable

Ranking = Callable[[QuerySet[Cell], Cell | None], list[int]]

TITLES = {"similarity": "Similarity", "doubtful": "Most likely wrong"}
NOT_YET = "The cells of this gallery have no stored features yet. They are stored when a slide is analysed."
NOT_BLIND = "This project reads blind first: an order by what the model sees would tell its suggestions."


def orders_json(cells: QuerySet[Cell], *, project: Project) -> list[dict[str, Any]]:  # noqa: ARG001 - asked of the cells once features exist
    """Return the orders that the menu offers, each with why it cannot be had."""
    why_not = NOT_BLIND if project.blind_first else NOT_YET
    return [{"name": name, "title": title, "why_not": why_not} for name, title in TITLES.items()]


def ranked(cells: QuerySet[Cell], *, by: str, to: UUID | None = None) -> list[str]:
    """Return public ids of cells in an order; cells that it cannot place are left out.

    Raises:
        InvalidInput: when there is no such order.
        Unavailable: when the cells carry no features.
    """
    if by not in TITLES:
        raise InvalidInput("There is no such order of cells.")
    raise Unavailable(NOT_YET, code="no-features", detail={"to": str(to) if to else None})
