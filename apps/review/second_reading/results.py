"""What a finished reading shows: figures with intervals, the table, the rows to download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.registry.models import CellClass
from apps.review.models import ReadingState, SecondReading
from apps.review.second_reading.selectors import pairs_of
from ml.metrics.agreement import Agreement, Estimate, agreement


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: its title, cells called so by either and by both, and the share of agreement on it."""

    title: str
    either: int
    both: int
    specific: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """An agreement with the titles of its classes.

    ``confusions`` are the disagreements by the two classes without order, the most frequent first: they say what is
    taken for what, and not by whom.
    """

    agreement: Agreement
    titles: dict[str, str]
    confusions: list[tuple[str, str, int]]

    @property
    def by_class(self) -> list[ClassRow]:
        """Return the rows of the table of classes, which does not tell the two people apart."""
        return [
            ClassRow(self.titles.get(c.name, c.name), c.first + c.second - c.both, c.both, c.specific)
            for c in self.agreement.per_class
        ]

    @property
    def headings(self) -> list[str]:
        """Return the titles of the classes in the order of the table."""
        return [self.titles.get(name, name) for name in self.agreement.classes]

    @property
    def lines(self) -> list[tuple[str, list[tuple[int, bool]], int]]:
        """Return the rows of the table: title, counts (each with whether the two agree there), sum."""
        return [
            (title, [(count, place == at) for at, count in enumerate(row)], sum(row))
            for place, (title, row) in enumerate(zip(self.headings, self.agreement.table, strict=True))
        ]

    @property
    def sums(self) -> list[int]:
        """Return the sums of the table's columns."""
        return [sum(column) for column in zip(*self.agreement.table, strict=True)]


def figures(reading: SecondReading, classes: Sequence[CellClass]) -> Figures | None:
    """Return the figures of a reading; None before it is done, or while no cell has two labels."""
    if reading.state != ReadingState.DONE:
        return None
    pairs = pairs_of(reading)
    if not pairs:
        return None
    titles = {c.name: c.title for c in classes}
    found = agreement(pairs, [c.name for c in classes])
    return Figures(found, titles, _confusions(found, titles))


def as_json(found: Figures, *, whole: bool) -> dict[str, Any]:
    """Return the figures as plain values; only ``whole`` says which of the two said what."""
    one = found.agreement
    return {
        "cells": one.n,
        "agreed": one.agreed,
        "share": {"value": one.share, "low": one.low, "high": one.high},
        "kappa": _estimate_json(one.kappa, few=one.few),
        "ac1": _estimate_json(one.ac1, few=one.few),
        "few": one.few,
        "cells_needed": one.needed,
        "per_class": [
            {
                "class": c.name,
                "both": c.both,
                "specific": c.specific,
                "first": c.first if whole else None,
                "second": c.second if whole else None,
            }
            for c in one.per_class
        ],
        "table": [list(row) for row in one.table] if whole else None,
    }


def _estimate_json(estimate: Estimate | None, *, few: bool) -> dict[str, float | None] | None:
    if estimate is None:
        return None
    low, high = (None, None) if few else (estimate.low, estimate.high)
    return {"value": estimate.value, "low": low, "high": high}


def _confusions(found: Agreement, titles: dict[str, str]) -> list[tuple[str, str, int]]:
    names, table = found.classes, found.table
    counted = [
        (titles.get(names[i], names[i]), titles.get(names[j], names[j]), table[i][j] + table[j][i])
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]
    return sorted((one for one in counted if one[2]), key=lambda one: -one[2])


HEADER = (
    "cell",
    "place",
    "first",
    "first_by",
    "second",
    "second_by",
    "agree",
    "decided",
)


def rows(reading: SecondReading) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    """Return header and rows of the cells that both classed; none before the reading is done.

    What the second reader said of a cell that the first has not classed yet stays unknown.
    """
    if reading.state != ReadingState.DONE:
        return HEADER, []
    found = reading.items.exclude(first_class="").select_related("cell", "first_by").order_by("position")
    return HEADER, [
        (
            str(item.cell.public_id),
            item.position,
            item.first_class,
            item.first_by.display_name if item.first_by else "",
            item.current_class,
            reading.reader.display_name,
            item.first_class == item.current_class,
            item.decided_class,
        )
        for item in found
    ]
