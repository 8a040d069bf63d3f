"""Which cells an arm of a study could be drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from apps.accounts.models import Project, User
from apps.cells.models import Cell, EventKind, LabelEvent, Origin
from apps.datasets.models import Import, ImportState
from apps.datasets.services.recording import act_of
from apps.registry.selectors import classes_for
from apps.review.models import SecondItem
from apps.studies.models import Slot
from apps.studies.normalise import drawable, widest, windowed
from apps.studies.protocol import (
    CELLS,
    IMPORT,
    PHYSICAL,
    REAL,
    REFERENCE,
    SYNTHETIC,
    Protocol,
    import_id_of,
)
from apps.studies.truth import CaseKey

DRAWN_AS: str = "drawn_as"
"""What `candidates` adds to a cell: the class as which it is drawn."""

_IMPORTS = 50
"""The newest so many are offered."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where cells can be drawn from: ``value`` is an arm's ``source``, ``counts`` how many cells by class."""

    value: str
    label: str
    origin: str
    counts: dict[str, int]


def sources(project: Project) -> list[Source]:
    """Return the sources of a project that have cells to draw, in the order in which they are offered."""
    offered = [
        (CELLS, "Labelled cells of the project", REAL),
        (REFERENCE, "Reference cells: independent readers agreed", REAL),
        (CELLS, "Synthetic cells of the project", SYNTHETIC),
    ]
    for source in Import.objects.filter(project=project, state=ImportState.DONE).order_by("-pk")[:_IMPORTS]:
        label = f"Import of {source.created_at:%Y-%m-%d %H:%M}"
        label = f"{label}: {source.title}" if source.title else label
        offered.append((f"{IMPORT}{source.public_id}", label, source.origin))
    found = [
        Source(value, label, origin, available(project, value, origin)) for value, label, origin in offered
    ]
    return [source for source in found if source.counts]


def available(project: Project, source: str, origin: str, *, window: float | None = None) -> dict[str, int]:
    """Return how many cells of each class a source has, in the order of the project's classes.

    Args:
        project: Whose cells.
        source: As `Arm.source`.
        origin: Real or synthetic.
        window: As in `candidates`.
    """
    cells = candidates(project, source, origin, window=window).order_by()
    counts = dict(cells.values_list(DRAWN_AS).annotate(n=Count("pk", distinct=True)))
    known = [one.name for one in classes_for(project)]
    return {name: counts[name] for name in known if name in counts}


def candidates(
    project: Project,
    source: str,
    origin: str,
    *,
    of_class: str = "",
    not_labelled_by: Iterable[User] = (),
    window: float | None = None,
) -> QuerySet[Cell]:
    """Return the cells that may be drawn, with the class as which each is drawn in `DRAWN_AS`.

    Args:
        project: Whose cells.
        source: As `Arm.source`.
        origin: Real or synthetic, by what is sealed in the cell.
        of_class: Only cells of this class; of any without it.
        not_labelled_by: Leave out the cells that one of these people has labelled, or read in a study.
        window: Leave out the cells around which a square of so many micrometres leaves the field.
    """
    cells = drawable(Cell.objects.standing().filter(project=project)).filter(field__slide__trashed_at=None)
    made = cells.filter(origin=Origin.SYNTHETIC)
    cells = made if origin == SYNTHETIC else cells.exclude(origin=Origin.SYNTHETIC)
    cells = cells.annotate(**{DRAWN_AS: _class(source, origin)})
    cells = cells.filter(**{DRAWN_AS: of_class}) if of_class else cells.exclude(**{DRAWN_AS: ""})
    import_id = import_id_of(source)
    if import_id is not None:
        brought = Import.objects.filter(project=project, public_id=import_id).first()
        if brought is None:
            return cells.none()
        events = LabelEvent.objects.filter(cell=OuterRef("pk"), kind=EventKind.IMPORT, act=act_of(brought))
        cells = cells.filter(Exists(events))
    elif source not in {CELLS, REFERENCE}:
        return cells.none()
    readers = [user.pk for user in not_labelled_by]
    if readers:
        cells = cells.exclude(known_to(readers))
    return cells if window is None else windowed(cells, window)


def window_of(project: Project, protocol: Protocol) -> float | None:
    """Return the micrometres around each cell that must lie inside its field; None where images are stretched.

    One physical scale shows of every cell as much as the largest crop does. Which cells are drawn decides which crop
    that is, so it is the largest of all that could be.
    """
    if protocol.scale != PHYSICAL:
        return None
    pools = [
        candidates(project, arm.source, arm.origin).filter(
            **{f"{DRAWN_AS}__in": [name for name, n in arm.per_class.items() if n]}
        )
        for arm in protocol.arms
    ]
    if protocol.controls:
        pools += [
            candidates(project, protocol.control_source, origin).filter(
                **{f"{DRAWN_AS}__in": protocol.classes}
            )
            for origin in (REAL, SYNTHETIC)
        ]
    return max(map(widest, pools), default=0.0)


def known_to(readers: Iterable[int]) -> Q:
    """Return the condition on a cell that people have labelled it, as second readers too, or read it in a study."""
    who = list(readers)
    shown = Slot.objects.filter(
        Q(readings__isnull=False) | Q(viewings__isnull=False),
        enrolment__reader__in=who,
        case=OuterRef("case"),
    )
    read = CaseKey.objects.filter(Exists(shown), crop=OuterRef("pk"))
    second = SecondItem.objects.filter(cell=OuterRef("pk"), reading__reader__in=who).exclude(current_class="")
    labelled = labelled_by(who).filter(cell=OuterRef("pk"))
    return Q(Exists(labelled)) | Q(Exists(second)) | Q(Exists(read))


def labelled_by(readers: Iterable[int]) -> QuerySet[LabelEvent]:
    """Return what some people said of cells; what they imported, others have said."""
    return LabelEvent.objects.filter(actor__in=list(readers)).exclude(kind=EventKind.IMPORT)


def _class(source: str, origin: str) -> Coalesce | F:
    """Return the class as which a cell is drawn: its label, but of a synthetic cell what it was meant to be.

    That is the class with which it came. What people here call it is an answer, and changes nothing about it.
    """
    if origin != SYNTHETIC:
        return F("reference_class" if source == REFERENCE else "current_class")
    came = LabelEvent.objects.filter(cell=OuterRef("pk"), kind=EventKind.IMPORT)
    named_first = came.order_by(Case(When(to_class="", then=Value(1)), default=Value(0)), "version_after")
    return Coalesce(Subquery(named_first.values("to_class")[:1]), F("current_class"))


def shortages(project: Project, protocol: Protocol) -> list[str]:
    """Return where a project has fewer cells than a protocol draws, as sentences; near-duplicates not looked at.

    Practice may take from any class, so it is asked for all classes of all arms together.
    """
    sentences: list[str] = []
    wanted: Counter[tuple[str, str, str]] = Counter()
    for arm in protocol.arms:
        for name, n in arm.per_class.items():
            wanted[arm.source, arm.origin, name] += n
    window = window_of(project, protocol)
    pools = {(arm.source, arm.origin) for arm in protocol.arms}
    have = {(source, origin): available(project, source, origin, window=window) for source, origin in pools}
    spare, short = 0, False
    for (source, origin, name), n in wanted.items():
        there = have[source, origin].get(name, 0)
        spare += max(there - n, 0)
        if there < n:
            short = True
            arms = " and ".join(
                f"“{arm.name}”" for arm in protocol.arms if (arm.source, arm.origin) == (source, origin)
            )
            sentences.append(f"{arms} draws {n} of class {name}, and there are {there}.")
    if spare < protocol.practice:
        short = True
        sentences.append(f"Practice takes {protocol.practice} further cells, and {spare} are left over.")
    if protocol.controls:
        origins = (REAL, SYNTHETIC)
        there = sum(
            sum(available(project, protocol.control_source, origin, window=window).values())
            for origin in origins
        )
        if there < protocol.controls:
            sentences.append(f"{protocol.controls} control images are wanted, and there are {there}.")
    if short and window is not None:
        anywhere = {pool: available(project, *pool) for pool in pools}
        left_out = sum(
            anywhere[source, origin].get(name, 0) - have[source, origin].get(name, 0)
            for source, origin, name in wanted
        )
        if left_out:
            sentences.append(left_out_words(left_out, window))
    return sentences


def left_out_words(n: int, window: float) -> str:
    """Return that so many cells are left out by one physical scale."""
    return (
        f"One physical scale shows {window:.1f} µm around each cell, as much as the largest takes: {n} "
        f"{'cell lies' if n == 1 else 'cells lie'} too near the border of the field for that and cannot be drawn."
    )
