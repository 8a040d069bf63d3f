"""How many cells count as which class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, QuerySet

from apps.accounts.models import Project
from apps.accounts.permissions import Person
from apps.cells.models import Cell
from apps.cells.selectors.blind import known_to, undecided
from apps.registry.models import CellClass, Role

UNIDENTIFIED = "?"
"""Name of the row of cells that neither a person nor the model could class; no class of any list is called so."""
_TENTHS = 1000  # 100.0 % in steps of 0.1 %


@dataclass(frozen=True, slots=True)
class CountRow:
    """How many cells count as one class.

    ``n`` is ``labelled`` (a person said so) plus ``suggested`` (only a model did). ``percent`` is the share of the
    leukocytes, summing to exactly 100.0; ``per_100`` is given for nucleated red cells (per 100 leukocytes).
    """

    name: str
    title: str
    letter: str
    colour: str
    role: str
    n: int
    labelled: int
    suggested: int
    percent: float | None = None
    per_100: float | None = None


def counts(*, cells: QuerySet[Cell], classes: Sequence[CellClass]) -> list[CountRow]:
    """Count cells per class in one query: human labels where they exist, else suggestions above the threshold.

    Cells with neither are a row of their own, *unidentified*, outside every percentage. Retired cells must have
    been left out by the caller's queryset (`standing`).

    Returns:
        *Unidentified* first, since it must be emptied, then one row per class in display order, also without cells.
    """
    return counts_of_groups(groups_of(cells), classes)


def groups_of(cells: QuerySet[Cell]) -> QuerySet[Cell, tuple[str, str, bool, int]]:
    """Return what a count of cells adds up: label, suggestion, unidentified, number."""
    groups: QuerySet[Cell, Any] = (
        cells.order_by()
        .values_list("current_class", "suggested_class", "unidentified")
        .annotate(n=Count("pk"))
    )
    return groups


def counts_of_groups(
    groups: Iterable[tuple[str, str, bool, int]], classes: Sequence[CellClass]
) -> list[CountRow]:
    """Count cells given as (label, suggestion, unidentified, number); see `counts`."""
    labelled: Counter[str] = Counter()
    suggested: Counter[str] = Counter()
    for current_class, suggested_class, unidentified, n in groups:
        if current_class:
            labelled[current_class] += n
        elif unidentified or not suggested_class:
            suggested[UNIDENTIFIED] += n
        else:
            suggested[suggested_class] += n
    return rows(labelled=labelled, suggested=suggested, classes=classes)


def rows(
    *, labelled: Mapping[str, int], suggested: Mapping[str, int], classes: Sequence[CellClass]
) -> list[CountRow]:
    """Return the table of a count; see `counts`."""
    totals = {c.name: labelled.get(c.name, 0) + suggested.get(c.name, 0) for c in classes}
    inside = [c.name for c in classes if c.role == Role.LEUKOCYTE]
    percents = dict(zip(inside, largest_remainder([totals[name] for name in inside]), strict=True))
    leukocytes = sum(totals[name] for name in inside)
    table = [
        CountRow(
            name=c.name,
            title=c.title,
            letter=c.letter,
            colour=c.colour,
            role=c.role,
            n=totals[c.name],
            labelled=labelled.get(c.name, 0),
            suggested=suggested.get(c.name, 0),
            percent=percents.get(c.name) if leukocytes else None,
            per_100=round(100 * totals[c.name] / leukocytes, 1)
            if c.role == Role.NRBC and leukocytes
            else None,
        )
        for c in classes
    ]
    # A label given under an older list is still a label: its class is shown, outside the percentages.
    for name in sorted((set(labelled) | set(suggested)) - set(totals) - {UNIDENTIFIED}):
        known, guessed = labelled.get(name, 0), suggested.get(name, 0)
        table.append(
            CountRow(name, name, "·", "#767676", Role.UNCLASSIFIABLE, known + guessed, known, guessed)
        )
    n = suggested.get(UNIDENTIFIED, 0)
    table.insert(0, CountRow(UNIDENTIFIED, "Unidentified", "?", "#000000", "unidentified", n, 0, n))
    return table


def largest_remainder(counted: Sequence[int]) -> list[float]:
    """Return percentages with one decimal that sum to exactly 100.0 (all 0.0 when nothing was counted).

    The largest-remainder method (Hamilton): round down, then give the missing tenths to the largest remainders;
    ties go to the earlier class.
    """
    total = sum(counted)
    if total == 0:
        return [0.0] * len(counted)
    tenths = [n * _TENTHS // total for n in counted]
    remainders = sorted(range(len(counted)), key=lambda i: (-(counted[i] * _TENTHS % total), i))
    for i in remainders[: _TENTHS - sum(tenths)]:
        tenths[i] += 1
    return [value / 10 for value in tenths]


def counts_for(
    *,
    cells: QuerySet[Cell],
    classes: Sequence[CellClass],
    user: Person,
    project: Project,
    slide: int | None = None,
) -> list[CountRow]:
    """Count cells as a person may know them: those of which the person may know nothing yet are unidentified.

    ``slide`` is the key of their slide, where all lie on one.
    """
    hidden = undecided(user, project=project.pk) if slide is None else undecided(user, slide=slide)
    if not (project.blind_first or hidden):
        return counts(cells=cells, classes=classes)
    known = counts(cells=known_to(cells, user, blind=project.blind_first, hidden=hidden), classes=classes)
    left = cells.order_by().count() - sum(row.n for row in known)
    first = known[0]
    return [replace(first, n=first.n + left, suggested=first.suggested + left), *known[1:]]
