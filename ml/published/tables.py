"""The published tables, from ``tables.json``; facts copied from the papers named there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLES = Path(__file__).with_name("tables.json")


@dataclass(frozen=True, slots=True)
class Printed:
    """A figure as a paper prints it, in per cent, with the decimals it was rounded to; ``where`` in the paper."""

    figure: str
    percent: float
    decimals: int
    where: str


@dataclass(frozen=True, slots=True)
class PublishedMatrix:
    """A confusion matrix, true classes as rows; ``stated`` are the cells of each class where the rows lack some."""

    name: str
    source: str
    table: str
    title: str
    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    printed: tuple[Printed, ...]
    stated: tuple[int, ...] | None

    @property
    def completed(self) -> tuple[tuple[int, ...], ...]:
        """Return the counts with the cells that the matrix lacks as errors in a column of their own."""
        totals = self.stated or tuple(sum(row) for row in self.counts)
        return tuple((*row, total - sum(row)) for row, total in zip(self.counts, totals, strict=True))


@dataclass(frozen=True, slots=True)
class Folds:
    """Accuracies of each fold (rows) and class, in per cent, with their printed averages."""

    name: str
    source: str
    table: str
    network: str
    classes: tuple[str, ...]
    percent: tuple[tuple[float, ...], ...]
    average: tuple[float, ...]
    printed: tuple[Printed, ...]


@dataclass(frozen=True, slots=True)
class Averaged:
    """A row of printed values with its printed average."""

    source: str
    table: str
    title: str
    values: tuple[float, ...]
    average: float
    where: str


@cache
def matrices() -> tuple[PublishedMatrix, ...]:
    """Return all published confusion matrices."""
    held = _held()
    return tuple(
        PublishedMatrix(
            name=entry["name"],
            source=entry["source"],
            table=entry["table"],
            title=entry["title"],
            classes=tuple(held["classes"]),
            counts=tuple(tuple(row) for row in entry["counts"]),
            printed=_printed(entry),
            stated=tuple(entry["cells_stated"]) if "cells_stated" in entry else None,
        )
        for entry in held["matrices"]
    )


def matrix(name: str) -> PublishedMatrix:
    """Return one matrix by name, such as ``jung22-8``.

    Raises:
        KeyError: when there is none of that name.
    """
    return {one.name: one for one in matrices()}[name]


@cache
def folds() -> tuple[Folds, ...]:
    """Return the published fold tables."""
    held = _held()
    return tuple(
        Folds(
            name=entry["name"],
            source=entry["source"],
            table=entry["table"],
            network=entry["network"],
            classes=tuple(held["classes"]),
            percent=tuple(tuple(row) for row in entry["folds_percent"]),
            average=tuple(entry["average_percent"]),
            printed=_printed(entry),
        )
        for entry in held["folds"]
    )


@cache
def averaged() -> tuple[Averaged, ...]:
    """Return the rows of values that are printed with their average."""
    return tuple(
        Averaged(e["source"], e["table"], e["title"], tuple(e["values"]), e["printed_average"], e["where"])
        for e in _held()["averages"]
    )


def sources() -> dict[str, str]:
    """Return what the short names of the papers stand for."""
    return dict(_held()["sources"])


@cache
def _held() -> dict[str, Any]:
    held: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"))
    return held


def _printed(entry: dict[str, Any]) -> tuple[Printed, ...]:
    return tuple(Printed(**one) for one in entry["printed"])
