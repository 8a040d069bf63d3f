"""What a report is made of: sections with words, drawings and tables, shown alike by the page and the PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.studies.results import words
from apps.studies.results.drawing import Drawing
from apps.studies.results.shapes import OTHER, Matrix

LEVELS = 10
"""Steps of shading in a heat table."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words; the first column names the row, those in ``plain`` hold text, all others figures."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    plain: tuple[int, ...] = ()

    @property
    def cells(self) -> list[tuple[str, list[tuple[str, bool]]]]:
        """Return the rows as a head and cells, each with whether it holds a figure."""
        return [
            (row[0], [(cell, at not in self.plain) for at, cell in enumerate(row[1:], start=1)])
            for row in self.rows
        ]

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """Return the heads of the columns, each with whether it stands over figures."""
        return [(name, at > 0 and at not in self.plain) for at, name in enumerate(self.header)]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A count with its share of the row in per cent; ``level`` of shading from 0, ``right`` on the diagonal."""

    count: int
    percent: str
    level: int
    right: bool


@dataclass(frozen=True, slots=True)
class Heat:
    """A confusion matrix as a table shaded by the share of each row; the row's sum stands last."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...], int], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report. ``folded`` parts are opened by who wants them; the PDF has them whole."""

    name: str
    title: str
    words: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    tables: tuple[Table | Heat, ...] = ()
    folded: bool = False
    items: tuple[str, ...] = field(default=())


def heat(caption: str, counts: Sequence[Sequence[int]], names: Sequence[str], columns: Sequence[str]) -> Heat:
    """Return counts (rows ``names``, columns ``columns``, the first ones of the same meaning) as a heat table."""
    rows = []
    for at, (name, line) in enumerate(zip(names, counts, strict=True)):
        total = sum(line)
        cells = tuple(
            HeatCell(
                n,
                words.percent(n / total) if total else "",
                round(LEVELS * n / total) if total else 0,
                place == at,
            )
            for place, n in enumerate(line)
        )
        rows.append((name, cells, total))
    return Heat(caption, tuple(columns), tuple(rows))


def heat_of(matrix: Matrix, caption: str, titles: Mapping[str, str]) -> Heat:
    """Return a matrix of an analysis as a heat table."""
    names = [words.title(name, dict(titles)) for name in matrix.classes]
    columns = [words.title(name, dict(titles)) for name in matrix.columns]
    return heat(caption, matrix.counts, names, columns)


def beside(matrix: Matrix) -> int:
    """Return how many answers of a matrix were "other" or "cannot tell"."""
    first = matrix.columns.index(OTHER)
    return sum(sum(line[first:]) for line in matrix.counts)
