"""Parts of a list that only grows at its top, for pages: cut at entries, so that nothing is counted.

A numbered page costs more the longer the list is, and shifts while entries come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import models

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """Some entries, the newest first; ``newer`` and ``older`` name the ends behind which there are more, else None."""

    rows: list[Row]
    newer: UUID | None
    older: UUID | None


def part_of(
    rows: models.QuerySet[Row], *, places: models.QuerySet[Row], size: int, before: str = "", after: str = ""
) -> Part[Row]:
    """Return the newest entries, or those before or after an entry with a public id.

    An id that names nothing leads to the newest: it is part of an address, and entries can go.

    Args:
        rows: The list.
        places: Where entries are looked up by id: the list without its filters, for an entry may have left it since.
        size: How many at most.
        before: Show what is older than this entry.
        after: Show what is newer than it, and next to it.
    """
    rows = rows.order_by("-pk")
    place = _place(places, before or after)
    if place is None:
        found = list(rows[: size + 1])
        return _part(found[:size], newer=False, older=len(found) > size)
    if before:
        found = list(rows.filter(pk__lt=place)[: size + 1])
        return _part(found[:size], newer=True, older=len(found) > size)
    found = list(rows.filter(pk__gt=place).order_by("pk")[: size + 1])
    if len(found) <= size:
        # The top of the list: shown whole, not with what little is above the place.
        return part_of(rows, places=places, size=size)
    return _part(found[:size][::-1], newer=True, older=True)


def _part(rows: list[Any], *, newer: bool, older: bool) -> Part[Any]:
    first = rows[0].public_id if rows and newer else None
    last = rows[-1].public_id if rows and older else None
    return Part(rows, newer=first, older=last)


def _place(places: models.QuerySet[Any], public_id: str) -> int | None:
    try:
        wanted = UUID(public_id)
    except ValueError:
        return None
    found: int | None = places.order_by().filter(public_id=wanted).values_list("pk", flat=True).first()
    return found
