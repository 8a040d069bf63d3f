"""What a person could undo or do again on a slide or in a project, read from the events alone.

An act in force is an event of `STEPS` that no undo reverted. It can be undone while it is the newest in force on its
cell and the newest event of the cell is the same person's; what was undone can be done again until the person does
something new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.models import Project, User
from apps.cells.models import EventKind, LabelEvent
from apps.core.compiled import CompiledRead
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

Sort = dict[str, Any]

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
    # Questions with one answer each, which no database turns into a join of all events with all others.
    newest_by = LabelEvent.objects.filter(cell=OuterRef("cell"), version_after=OuterRef("cell__version"))
    top = in_force(LabelEvent.objects.filter(cell=OuterRef("cell"))).order_by("-version_after")
    return in_force(own_events(user, scope)).filter(
        pk=Subquery(top.values("pk")[:1]), actor=Subquery(newest_by.order_by().values("actor")[:1])
    )


def redoable(user: User, scope: Scope) -> QuerySet[LabelEvent]:
    """Return the person's undos that could be taken back now: those after which they did nothing new.

    On each cell it is the newest that no redo took back, and nobody else came after.
    """
    return _redoable_after(user, scope, _new_acts(user, scope).first() or 0)


def _new_acts(user: User, scope: Scope) -> QuerySet[LabelEvent, int]:
    """Return the key of the newest event with which a person did something new."""
    return own_events(user, scope).filter(kind__in=_NEW).order_by("-pk").values_list("pk", flat=True)[:1]


def _redoable_after(user: User, scope: Scope, newest: int) -> QuerySet[LabelEvent]:
    of_cell = LabelEvent.objects.filter(cell=OuterRef("cell")).order_by("-version_after")
    redone = LabelEvent.objects.filter(reverts=OuterRef("pk")).order_by()
    top = of_cell.filter(~Exists(redone), kind=EventKind.UNDO)
    foreign = of_cell.exclude(actor=user, kind__in=(EventKind.UNDO, EventKind.REDO))
    return own_events(user, scope).filter(
        pk=Subquery(top.values("pk")[:1]),
        kind=EventKind.UNDO,
        pk__gt=newest,
        version_after__gt=Coalesce(Subquery(foreign.values("version_after")[:1]), 0),
    )


def newest_act(events: QuerySet[LabelEvent]) -> UUID | None:
    """Return the act of the newest of some events."""
    return _newest(events).first()


def _newest(events: QuerySet[LabelEvent]) -> QuerySet[LabelEvent, UUID]:
    return events.order_by("-pk").values_list("act", flat=True)[:1]


def next_undo(user: User, scope: Scope) -> Step | None:
    """Return what an undo would revert: the newest act of which something can still be undone."""
    if isinstance(scope, Slide):
        at = _at(user, scope)
        act = _undo_act.first(**at)
        return None if act is None else _step(act, _undo_sorts.all(**at, act=act), forwards=True)
    events = undoable(user, scope)
    act = newest_act(events)
    return None if act is None else _step(act, _sorts(events, act), forwards=True)


def next_redo(user: User, scope: Scope) -> Step | None:
    """Return what a redo would do again."""
    if isinstance(scope, Slide):
        at = _at(user, scope)
        at["after"] = _new_act.first(**at) or 0
        act = _redo_act.first(**at)
        return None if act is None else _step(act, _redo_sorts.all(**at, act=act), forwards=False)
    events = redoable(user, scope)
    act = newest_act(events)
    return None if act is None else _step(act, _sorts(events, act), forwards=False)


def _at(user: User, slide: Slide) -> dict[str, int]:
    return {"user": user.pk, "slide": slide.pk, "project": slide.project_id}


def _undoable_on(user: int, slide: int, project: int) -> QuerySet[LabelEvent]:
    return undoable(User(pk=user), Slide(pk=slide, project_id=project))


def _redoable_on(user: int, slide: int, project: int, after: int) -> QuerySet[LabelEvent]:
    return _redoable_after(User(pk=user), Slide(pk=slide, project_id=project), after)


# Asked with every act on a slide, so their long statements are written once.
_ON_SLIDE: dict[str, Any] = {"user": int, "slide": int, "project": int}
_undo_act: CompiledRead[UUID] = CompiledRead(lambda **at: _newest(_undoable_on(**at)), **_ON_SLIDE)
_undo_sorts: CompiledRead[Sort] = CompiledRead(
    lambda act, **at: _sorts(_undoable_on(**at), act), act=UUID, **_ON_SLIDE
)
_new_act: CompiledRead[int] = CompiledRead(
    lambda user, slide, project: _new_acts(User(pk=user), Slide(pk=slide, project_id=project)), **_ON_SLIDE
)
_redo_act: CompiledRead[UUID] = CompiledRead(lambda **at: _newest(_redoable_on(**at)), after=int, **_ON_SLIDE)
_redo_sorts: CompiledRead[Sort] = CompiledRead(
    lambda act, **at: _sorts(_redoable_on(**at), act), act=UUID, after=int, **_ON_SLIDE
)


def _sorts(events: QuerySet[LabelEvent], act: UUID) -> QuerySet[LabelEvent, Sort]:
    """Return the events of an act by what they did to the class, with how many boxes came, went and moved."""
    sorts: QuerySet[LabelEvent, Any] = (
        events.filter(act=act)
        .values("from_class", "to_class")
        .annotate(
            n=Count("pk"),
            came=Count("pk", filter=Q(from_box__isnull=True, to_box__isnull=False)),
            went=Count("pk", filter=Q(from_box__isnull=False, to_box__isnull=True)),
            moved=Count("pk", filter=Q(from_box__isnull=False, to_box__isnull=False)),
        )
    )
    return sorts


def _step(act: UUID, sorts: Iterable[Sort], *, forwards: bool) -> Step:
    """Return an act as a step; ``forwards`` when what its events did is to be named, else what they took back."""
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
