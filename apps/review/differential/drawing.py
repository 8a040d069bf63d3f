"""Rows of a differential with their picture: the share as a point, its interval as a line, the range as a band."""

from __future__ import annotations

from dataclasses import dataclass

from apps.review.differential.count import Differential, Line
from apps.review.models import Unit


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row as the page shows it; places in per cent of the width of the picture, which is the whole count."""

    line: Line
    at: float | None
    low: float
    width: float
    band: tuple[float, float] | None

    @property
    def ranges(self) -> list[str]:
        """Return the ranges in words."""
        return [each.limits for each in self.line.judgements]

    @property
    def sources(self) -> list[str]:
        """Return where the ranges come from."""
        return [each.range.source for each in self.line.judgements]


def drawn(found: Differential) -> list[Drawn]:
    """Return the rows that are worth showing: leukocytes always, the others when there are such cells."""
    return [_drawn(line) for line in found.lines if line.row.n or line.row.role == "leukocyte"]


def _drawn(line: Line) -> Drawn:
    low, high = line.interval
    if line.row.percent is None or low is None or high is None:
        return Drawn(line, None, 0.0, 0.0, None)
    band = next(
        (
            (round(each.range.low, 1), round(each.range.high - each.range.low, 1))
            for each in line.judgements
            if each.unit == Unit.PERCENT
        ),
        None,
    )
    return Drawn(line, round(line.row.percent, 1), round(low, 1), round(max(high - low, 0.4), 1), band)
