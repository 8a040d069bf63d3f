"""Intervals beside the rows of a count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apps.cells.selectors import CountRow
from apps.registry.models import Role
from apps.review.differential.intervals import per_100, share_interval


class Interval(NamedTuple):
    """The ends of a 95 % interval: per cent of the leukocytes, or per 100 leukocytes; None where there is no end."""

    low: float | None
    high: float | None


NONE = Interval(None, None)


def leukocytes_of(table: Iterable[CountRow]) -> int:
    """Return how many cells are inside the 100 %."""
    return sum(row.n for row in table if row.role == Role.LEUKOCYTE)


def intervals_of(table: Iterable[CountRow]) -> dict[str, Interval]:
    """Return the interval of each row by name, exact and not rounded; both ends None outside the differential.

    The role of the class decides: leukocytes have a share, nucleated red cells a number per 100 leukocytes.
    """
    table = list(table)
    total = leukocytes_of(table)
    return {row.name: _interval(row, total) for row in table}


def interval_json(interval: Interval) -> dict[str, float | None]:
    """Return ``low`` and ``high`` as pages and the API show them, with one decimal."""
    return {
        "low": None if interval.low is None else round(interval.low, 1),
        "high": None if interval.high is None else round(interval.high, 1),
    }


def _interval(row: CountRow, leukocytes: int) -> Interval:
    if not leukocytes:
        return NONE
    if row.role == Role.LEUKOCYTE:
        low, high = share_interval(row.n, leukocytes)
        return Interval(100 * low, 100 * high)
    if row.role == Role.NRBC:
        return Interval(*per_100(row.n, leukocytes))
    return NONE
