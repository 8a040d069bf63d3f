"""What a person could undo or do again on a slide or in a project, read from the events alone.

An act in force is an event of `STEPS` that no undo reverted. It can be undone while it is the newest in force on its
cell and the newest event of the cell is the same person's; what was undone can be done again until the person does
something new.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from apps.accounts.models import Project, User
from apps.cells.models import EventKind, LabelEvent
from apps.slides.models import Slide

STEPS = (
    EventKind.LABEL,
    EventKind.WITHDRAW,
    EventKind.ADD,
    EventKind.BOX,
    EventKind.REMOVE,
    EventKind.REDO,
)
"""Kinds of events that an undo can revert."""
_NEW = (EventKind.LABEL, EventKind.WITHDRAW, EventKind.ADD, EventKind.BOX, EventKind.REMOVE)

Scope = Slide | Project
"""Where acts are undone: on a slide, or anywhere in a project."""


@dataclass(frozen=True, slots=True)
class Step:
    """An act that can be undone, or done again.

    ``to_class`` is the class that its cells got ("" for none, or for several), ``kind`` what it did (a label, a
    withdrawal, a box added, changed or removed), ``n`` the number of cells that the step would change.
    """

    act: UUID
    kind: EventKind
    to_class: str
    n: int


def own_events(user: User, scope: Scope) -> QuerySet[LabelEvent]:
    """Return a person's events on a slide, or in a project; not those on slides in the trash."""
    events = LabelEvent.objects.filter(actor=user, cell__field__slide__trashed_at=None).order_by()
    if isinstance(scope, Project):
        return events.filter(project=scope)
    return events.filter(project=scope.project_id, cell__field__slide=scope)


def in_force(events: QuerySet[LabelEvent]) -> QuerySet[LabelEvent]:
    """Return the acts among some events that no undo reverted."""
    return events.filter(
        ~Exists(LabelEvent.objects.filter(reverts=OuterRef("pk")).order_by()), kind__in=STEPS
    )


def undoable(user: User, scope: Scope) -> QuerySet[LabelEvent]:
    """Return the person's acts that could be undone now."""
    newest_is_own = LabelEvent.objects.filter(
        cell=OuterRef("cell"), version_after=OuterRef("cell__version"), actor=user
    )
    newer = in_force(LabelEvent.objects.filter(cell=OuterRef("cell"))).filter(
        version_after__gt=OuterRef("version_after")
    )
    return in_force(own_events(user, scope)).filter(
        Exists(newest_is_own.order_by()), ~Exists(newer.order_by())
    )


def redoable(user: User, scope: Scope) -> QuerySet[LabelEvent]:
    """Return the person's undos that could be taken back now: those after which they did nothing new.

    On each cell it is the newest that no redo took back, and nobody else came after.
    """
    own = own_events(user, scope)
    newest = own.filter(kind__in=_NEW).aggregate(newest=Max("pk"))["newest"] or 0
    later = LabelEvent.objects.filter(
        cell=OuterRef("cell"), version_after__gt=OuterRef("version_after")
    ).order_by()
    foreign = later.exclude(actor=user, kind__in=(EventKind.UNDO, EventKind.REDO))
    redone = LabelEvent.objects.filter(reverts=OuterRef("pk")).order_by()
    return own.filter(kind=EventKind.UNDO, pk__gt=newest).filter(
        ~Exists(redone), ~Exists(foreign), ~Exists(later.filter(~Exists(redone), kind=EventKind.UNDO))
    )


def newest_act(events: QuerySet[LabelEvent]) -> UUID | None:
    """Return the act of the newest of some events."""
    act: UUID | None = events.order_by("-pk").values_list("act", flat=True).first()
    return act


def next_undo(user: User, scope: Scope) -> Step | None:
    """Return what an undo would revert: the newest act of which something can still be undone."""
    return _step(undoable(user, scope), forwards=True)


def next_redo(user: User, scope: Scope) -> Step | None:
    """Return what a redo would do again."""
    return _step(redoable(user, scope), forwards=False)


def _step(events: QuerySet[LabelEvent], *, forwards: bool) -> Step | None:
    """Return the newest act among events; ``forwards`` when what they did is to be named, else what they took back."""
    act = newest_act(events)
    if act is None:
        return None
    sorts = (
        events.filter(act=act)
        .values("from_class", "to_class")
        .annotate(
            n=Count("pk"),
            came=Count("pk", filter=Q(from_box__isnull=True, to_box__isnull=False)),
            went=Count("pk", filter=Q(from_box__isnull=False, to_box__isnull=True)),
            moved=Count("pk", filter=Q(from_box__isnull=False, to_box__isnull=False)),
        )
    )
    n = came = went = moved = 0
    classes = set()
    for sort in sorts:
        n, moved = n + sort["n"], moved + sort["moved"]
        came, went = came + sort["came"], went + sort["went"]
        classes.add(sort["to_class"] if forwards else sort["from_class"])
    if not forwards:
        came, went = went, came
    to_class = classes.pop() if len(classes) == 1 else ""
    withdrawal = not to_class and not classes
    kinds = ((came, EventKind.ADD), (went, EventKind.REMOVE), (moved, EventKind.BOX))
    boxed = next((kind for count, kind in kinds if count), None)
    kind = boxed or (EventKind.WITHDRAW if withdrawal else EventKind.LABEL)
    return Step(act=act, kind=kind, to_class=to_class, n=n)
