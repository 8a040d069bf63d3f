"""Undo and redo on a slide or in a whole project: one's last act there, of however many cells, in one step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.cells.crops import Cutter
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.cells.selectors import acts as reading
from apps.cells.selectors.acts import Scope
from apps.cells.selectors.blind import is_withheld
from apps.cells.services import refusals
from apps.cells.services.acts import Entry
from apps.cells.services.undoing import entry_of_step, may_redo, may_undo, said_of
from apps.cells.services.writing import SomebodyWasFaster, write
from apps.core.errors import Conflict

_ROUNDS = 5
# A step sent again must be known by its key: its act is made of it.
_STEPS = UUID("5f0c1d0e-6f43-4a57-9f0e-3d1f8f6a2b11")


@dataclass(frozen=True, slots=True)
class Stepped:
    """What became of one cell of an act that was undone or done again: with ``conflict`` nothing, and why."""

    cell: Cell
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """In which direction a step goes."""

    kind: EventKind
    possible: Callable[[User, Scope], QuerySet[LabelEvent]]
    all: Callable[[User, Scope], QuerySet[LabelEvent]]
    may: Callable[[User, Sequence[LabelEvent]], bool]


def _acts_in_force(user: User, scope: Scope) -> QuerySet[LabelEvent]:
    return reading.in_force(reading.own_events(user, scope))


_UNDO = _Way(EventKind.UNDO, reading.undoable, _acts_in_force, may_undo)
_REDO = _Way(EventKind.REDO, reading.redoable, reading.redoable, may_redo)


def undo_act(
    *,
    actor: User,
    scope: Scope,
    idempotency_key: str,
    act: UUID | None = None,
    request: HttpRequest | None = None,
) -> list[Stepped]:
    """Undo the actor's last act on a slide or in a project, for the cells that still carry the version they left.

    Without ``act`` it is the newest of which something can still be undone; with it, that one and no other. The key
    sent again changes nothing and answers the same.

    Returns:
        What became of each cell of the act, those that somebody changed since with both values; nothing when there is
        nothing to undo.

    Raises:
        NotFound: the person may not know the slide or project.
        NotPermitted: the person may see but not label.
        Conflict: others worked on the same cells all the while; nothing was changed.
    """
    return _step(_UNDO, actor, scope, idempotency_key, act, request)


def redo_act(
    *,
    actor: User,
    scope: Scope,
    idempotency_key: str,
    act: UUID | None = None,
    request: HttpRequest | None = None,
) -> list[Stepped]:
    """Do again what the actor undid last, unless they did something new since. Otherwise as `undo_act`."""
    return _step(_REDO, actor, scope, idempotency_key, act, request)


def _step(
    way: _Way,
    actor: User,
    scope: Scope,
    key: str,
    act: UUID | None,
    request: HttpRequest | None,
) -> list[Stepped]:
    project = scope if isinstance(scope, Project) else scope.project
    require(actor, Action.LABEL, project)
    own = uuid5(_STEPS, f"{way.kind}:{actor.public_id}:{scope.public_id}:{key}")
    for _ in range(_ROUNDS):
        done = _done_before(actor, own)
        if done:
            return done
        chosen = act or reading.newest_act(way.possible(actor, scope))
        if chosen is None:
            chosen = reading.newest_act(way.all(actor, scope))
        if chosen is None:
            return []
        with Cutter() as cutter:
            stepped, entries = _deliberate(way, actor, way.all(actor, scope).filter(act=chosen), cutter)
            if not entries:
                return stepped
            try:
                write(actor=actor, entries=[replace(e, act=own) for e in entries], request=request)
            except (SomebodyWasFaster, IntegrityError):
                continue
            cutter.keep()
        return stepped
    raise Conflict("Somebody else works on the same cells. Try again.", code="busy")


def _done_before(actor: User, own: UUID) -> list[Stepped]:
    """Return the cells that this very step has changed already."""
    changed = LabelEvent.objects.filter(actor=actor, act=own).order_by("pk").values("cell_id")
    return [Stepped(cell) for cell in _cells(actor, changed).values()]


def _cells(actor: User, keys: QuerySet[LabelEvent, Any]) -> dict[int, Cell]:
    """Return cells that the actor may act on, as they are now, by their key."""
    cells = Cell.objects.acted_on_by(actor).filter(pk__in=keys).select_related("field").order_by("pk")
    found = {cell.pk: cell for cell in cells}
    projects = Project.objects.in_bulk({cell.project_id for cell in found.values()})
    for cell in found.values():
        cell.project = projects[cell.project_id]
    return found


def _deliberate(
    way: _Way, actor: User, of_act: QuerySet[LabelEvent], cutter: Cutter
) -> tuple[list[Stepped], list[Entry]]:
    """Ask of each cell of an act whether it can be taken back; write nothing."""
    keys = of_act.values("cell_id")
    cells = _cells(actor, keys)
    histories: defaultdict[int, list[LabelEvent]] = defaultdict(list)
    events = LabelEvent.objects.filter(cell__in=keys).select_related("actor")
    for event in events.order_by("cell_id", "version_after"):
        histories[event.cell_id].append(event)
    wanted = {event.pk: event.cell_id for event in of_act}
    stepped, entries, boxed = [], [], _boxed(of_act)
    said = said_of(boxed) if boxed else {}
    for cell in cells.values():
        history = histories[cell.pk]
        reverted = next((event for event in reversed(history) if event.pk in wanted), None)
        if reverted is None:
            continue
        newest = _target(way, history)
        if cell.retired_at is not None or newest != reverted or not way.may(actor, history):
            conflict = refusals.conflict(
                cell=cell,
                yours=reverted.from_class or None,
                newest=history[-1],
                withheld=is_withheld(cell, actor),
            )
            stepped.append(Stepped(cell, conflict))
            continue
        entries.append(
            entry_of_step(
                kind=way.kind, cell=cell, events=history, reverted=reverted, cutter=cutter, said=said
            )
        )
        stepped.append(Stepped(cell))
    return stepped, entries


def _target(way: _Way, history: Sequence[LabelEvent]) -> LabelEvent | None:
    """Return the event of a cell that a step in this direction would take back."""
    in_force = refusals.undos_in_force if way.kind == EventKind.REDO else refusals.acts_in_force
    found = in_force(history)
    return found[-1] if found else None


def _boxed(of_act: QuerySet[LabelEvent]) -> list[int]:
    """Return the cells of an act that moved boxes."""
    moved = of_act.filter(from_box__isnull=False, to_box__isnull=False)
    return list(moved.values_list("cell_id", flat=True)[:500])
