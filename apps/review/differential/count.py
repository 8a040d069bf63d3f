"""The differential of a slide as it stands: counts, shares, absolute counts, what the laboratory calls usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Project
from apps.cells.models import Cell
from apps.cells.selectors import CountRow, counts
from apps.registry.models import Role
from apps.registry.selectors import classes_for
from apps.review.differential import looks, ranges
from apps.review.differential.border import border_words, counted_cells
from apps.review.differential.looks import Advice
from apps.review.differential.ranges import Judgement, Verdict
from apps.review.differential.rows import Interval, intervals_of, leukocytes_of
from apps.review.models import SigningRules, Unit, Worksheet
from apps.slides.models import Slide


@dataclass(frozen=True, slots=True)
class Absolute:
    """A count in 10^9/L with its interval; that of the counting alone, the leukocyte count taken as exact."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """One class: its row of the count, its interval, and what follows from it."""

    row: CountRow
    interval: Interval
    absolute: Absolute | None = None
    judgements: list[Judgement] = field(default_factory=list)
    advice: Advice | None = None

    @property
    def flags(self) -> list[str]:
        """Return the flags in words, those that are sure first."""
        ordered = sorted(self.judgements, key=lambda each: each.verdict == Verdict.OPEN)
        return [each.text for each in ordered if each.text]

    @property
    def shown(self) -> float | None:
        """Return the per cent of a leukocyte, or the number per 100 leukocytes."""
        return self.row.per_100 if self.row.percent is None else self.row.percent


@dataclass(frozen=True, slots=True)
class Differential:
    """The whole of it. ``wbc`` is what absolute counts are made from, in 10^9/L, ``wbc_entered`` what was typed."""

    lines: list[Line]
    leukocytes: int
    wbc_entered: float | None
    wbc: float | None
    laboratory: str
    note: str

    @property
    def cells(self) -> int:
        """Return how many cells the count holds, whatever they are."""
        return sum(line.row.n for line in self.lines)

    def line(self, name: str) -> Line:
        """Return the line of a class."""
        return next(line for line in self.lines if line.row.name == name)


def rules_of(project: Project) -> SigningRules:
    """Return what a project asks for, the defaults when nobody said anything."""
    found = SigningRules.objects.select_related("laboratory").filter(project=project).first()
    return found or SigningRules(project=project)


def worksheet_of(slide: Slide) -> Worksheet:
    """Return what was entered about a slide; an empty sheet when nothing was."""
    found = Worksheet.objects.filter(slide=slide).first()
    return found or Worksheet(slide=slide)


def differential_of(
    slide: Slide, *, rules: SigningRules | None = None, worksheet: Worksheet | None = None
) -> Differential:
    """Return the differential of a slide, suggestions included; the caller has asked who may see it."""
    rules = rules or rules_of(slide.project)
    worksheet = worksheet or worksheet_of(slide)
    classes = classes_for(slide.project)
    counted = counted_cells(slide, rules)
    table = counts(cells=counted, classes=classes)
    held = ranges.in_force(rules.laboratory, timezone.localdate())
    inside = {c.name for c in classes if c.role == Role.LEUKOCYTE}
    wbc = corrected(worksheet, table)
    intervals = intervals_of(table)
    total = leukocytes_of(table)
    lines: list[Line] = []
    in_order: Sequence[str] | None = None
    for row in table:
        interval = intervals[row.name]
        absolute = _absolute(row, interval, total, wbc) if row.name in inside else None
        judgements = _judgements(row, interval, absolute, total, slide, held)
        advice = None
        open_ = [each for each in judgements if each.verdict == Verdict.OPEN and row.name in inside]
        if open_:
            if in_order is None:
                in_order = leukocytes_in_order(counted, inside)
            advice = _advice(in_order, row.name, open_[0], wbc)
        lines.append(Line(row, interval, absolute, judgements, advice))
    return Differential(
        lines=lines,
        leukocytes=total,
        wbc_entered=worksheet.wbc,
        wbc=wbc,
        laboratory=rules.laboratory.name if rules.laboratory else "",
        note=" ".join(filter(None, (border_words(slide, rules), ranges.not_applied(held, slide.specimen)))),
    )


def corrected(worksheet: Worksheet, table: Sequence[CountRow]) -> float | None:
    """Return the leukocyte count in 10^9/L, without the nucleated red cells where the analyser counted them along.

    WBC x 100 / (100 + NRBC per 100 WBC): B. J. Bain, "Blood Cells: A Practical Guide", chapter on methods of
    counting; done only when the worksheet says so.
    """
    if worksheet.wbc is None or not worksheet.wbc_with_nrbc:
        return worksheet.wbc
    white = leukocytes_of(table)
    red = sum(row.n for row in table if row.role == Role.NRBC)
    return worksheet.wbc * white / (white + red) if white else worksheet.wbc


def leukocytes_in_order(counted: QuerySet[Cell], inside: set[str]) -> list[str]:
    """Return the classes of the leukocytes of a slide in the order of its fields, and from top to bottom on each.

    The order does not depend on what the cells are, so the first hundred are a sample like any other.
    """
    cells = counted.order_by("field__position", "y0", "x0", "pk").values_list(
        "current_class", "suggested_class", "unidentified"
    )
    shown = (label or ("" if unidentified else suggested) for label, suggested, unidentified in cells)
    return [name for name in shown if name in inside]


def _absolute(row: CountRow, interval: Interval, total: int, wbc: float | None) -> Absolute | None:
    if wbc is None or not total or interval.low is None or interval.high is None:
        return None
    return Absolute(wbc * row.n / total, wbc * interval.low / 100, wbc * interval.high / 100)


def _judgements(
    row: CountRow,
    interval: Interval,
    absolute: Absolute | None,
    total: int,
    slide: Slide,
    held: Sequence[ranges.ReferenceRange],
) -> list[Judgement]:
    if interval.low is None or not total:
        return []
    values: list[tuple[Unit, float, float, float | None]] = []
    if row.role == Role.NRBC:
        values.append((Unit.PER_100, 100 * row.n / total, interval.low, interval.high))
    else:
        values.append((Unit.PERCENT, 100 * row.n / total, interval.low, interval.high))
    if absolute is not None:
        values.append((Unit.ABSOLUTE, absolute.value, absolute.low, absolute.high))
    found = []
    for unit, value, low, high in values:
        held_by = ranges.chosen(held, cell_class=row.name, unit=unit, specimen=slide.specimen)
        if held_by is not None:
            found.append(ranges.judge(unit=unit, value=value, low=low, high=high, held=held_by))
    return found


def _advice(in_order: Sequence[str], name: str, judged: Judgement, wbc: float | None) -> Advice:
    """Return what the looks say; a range of absolute counts becomes one of shares by the leukocyte count."""
    scale = 100.0 if judged.unit == Unit.PERCENT else (wbc or 1.0)
    return looks.advise(in_order, name, low=judged.range.low / scale, high=judged.range.high / scale)
