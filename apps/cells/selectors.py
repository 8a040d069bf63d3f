"""Reads of cells: counts per class, the biography of a cell, the probabilities behind its suggestion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, QuerySet

from apps.accounts.models import Project
from apps.accounts.permissions import Person
from apps.cells.models import Cell, LabelEvent, SeenMark, Suggestion
from apps.core.errors import NotFound
from apps.core.registries import biography_items, visibility_rules
from apps.registry.models import CellClass, Role
from apps.slides.selectors import NOTHING_HERE

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


@dataclass(frozen=True, slots=True)
class Chapter:
    """One line of a cell's biography; ``who`` is empty for what a machine did."""

    at: datetime
    kind: str
    text: str
    who: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def counts(*, cells: QuerySet[Cell], classes: Sequence[CellClass]) -> list[CountRow]:
    """Count cells per class in one query: human labels where they exist, else suggestions above the threshold.

    Cells with neither are a row of their own, *unidentified*, outside every percentage. Retired cells must have
    been left out by the caller's queryset (`standing`).

    Returns:
        *Unidentified* first, since it must be emptied, then one row per class in display order, also without cells.
    """
    labelled: Counter[str] = Counter()
    suggested: Counter[str] = Counter()
    groups = (
        cells.order_by()
        .values_list("current_class", "suggested_class", "unidentified")
        .annotate(n=Count("pk"))
    )
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


def probabilities_of(cells: QuerySet[Cell]) -> dict[int, dict[str, float]]:
    """Return the probabilities of the suggestion in force, by primary key of the cell, in one query."""
    return dict(
        Suggestion.objects.filter(cell__in=cells, model_version_id=F("cell__classifier_version_id"))
        .order_by()
        .values_list("cell_id", "probabilities")
    )


def get_cell(*, user: Person, public_id: UUID) -> Cell:
    """Return a cell that the person may see, with what a single one shows.

    Raises:
        NotFound: otherwise.
    """
    cells = Cell.objects.visible_to(user).select_related("project", "field__slide", "classifier_version")
    cell = cells.filter(public_id=public_id).first()
    if cell is None:
        raise NotFound(NOTHING_HERE)
    return cell


def label_events_of(user: Person) -> QuerySet[LabelEvent]:
    """Return the acts on cells that the person may see."""
    projects = Project.objects.visible_to(user)
    found = LabelEvent.objects.filter(project__in=projects, cell__field__slide__trashed_at=None)
    for closed in visibility_rules.run(user=user):
        found = found.exclude(cell__field__slide__in=closed)
    return found


def get_label_event(*, user: Person, cell_id: UUID, version: int) -> LabelEvent:
    """Return the act that left a cell with this version.

    Raises:
        NotFound: when there is none, or the person may not see the cell.
    """
    events = label_events_of(user).select_related(
        "cell__project", "cell__field__slide", "actor", "model_version", "reverts"
    )
    event = events.filter(cell__public_id=cell_id, version_after=version).first()
    if event is None:
        raise NotFound(NOTHING_HERE)
    return event


def biography(cell: Cell) -> list[Chapter]:
    """Return everything that happened to a cell, oldest first; rooms above add their own lines."""
    chapters = [_found(cell)]
    chapters.extend(_suggested(s) for s in cell.suggestions.select_related("model_version"))
    chapters.extend(_seen(mark) for mark in cell.seen_marks.select_related("actor"))
    events = cell.events.select_related("actor", "model_version").order_by("version_after")
    chapters.extend(_acted(event) for event in events)
    for added in biography_items.run(cell=cell):
        chapters.extend(added)
    return sorted(chapters, key=lambda chapter: chapter.at)


def _found(cell: Cell) -> Chapter:
    by = f" by {cell.locator_version.label}" if cell.locator_version else ""
    return Chapter(
        at=cell.created_at,
        kind="found",
        text=f"Found{by}, {cell.score:.2f}",
        detail={"box": list(cell.box), "score": cell.score},
    )


def _suggested(suggestion: Suggestion) -> Chapter:
    probability = suggestion.probabilities.get(suggestion.top_class, 0.0)
    unsure = ", below its threshold" if suggestion.unidentified else ""
    return Chapter(
        at=suggestion.created_at,
        kind="suggested",
        text=f"Suggested {suggestion.top_class} ({probability:.2f}{unsure}) by {suggestion.model_version.label}",
        detail={
            "class": suggestion.top_class,
            "probabilities": suggestion.probabilities,
            "unidentified": suggestion.unidentified,
            "model": suggestion.model_version.label,
        },
    )


def _seen(mark: SeenMark) -> Chapter:
    return Chapter(at=mark.created_at, kind="seen", text="On screen", who=mark.actor.display_name)


def _acted(event: LabelEvent) -> Chapter:
    to = event.to_class or "no label"
    return Chapter(
        at=event.created_at,
        kind=event.kind,
        text=f"{event.get_kind_display()}: {event.from_class or 'no label'} → {to}",
        who=event.actor.display_name,
        detail={
            "from": event.from_class or None,
            "to": event.to_class or None,
            "version": event.version_after,
            "seen_suggestion": event.seen_suggestion,
            "model": event.model_version.label if event.model_version else None,
        },
    )
