"""Removing many cells in one act, and bringing them back: pictures of single cells that came with an import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.cells.crops import Cutter
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.cells.services import refusals
from apps.cells.services.acts import Entry, Move, Shown
from apps.cells.services.undoing import entry_of_step
from apps.cells.services.writing import SomebodyWasFaster, write
from apps.core.errors import Conflict

_CHUNK = 500


def remove_many(
    *, actor: User, project: Project, cells: Sequence[int], act: UUID, request: HttpRequest | None = None
) -> int:
    """Remove cells of a project in one act; those that are gone already stay so. Undo brings them back.

    Args:
        actor: Who removes.
        project: The cells' project.
        cells: Their keys; the caller has asked who may see them.
        act: The one name of the act.
        request: Where it comes from.

    Returns:
        How many were removed.

    Raises:
        NotFound, NotPermitted: the actor may not label in the project.
        Conflict: somebody works on the same cells; what was removed so far stays removed.
    """
    require(actor, Action.LABEL, project)
    removed = 0
    for some in _parts(cells):
        found = _cells(actor, project, some, removed=False)
        entries = [
            Entry(
                cell=cell,
                kind=EventKind.REMOVE,
                to_class=cell.current_class,
                shown=Shown(cell.classifier_version_id, seen=False),
                act=act,
                move=Move(cell.box, None),
            )
            for cell in found
        ]
        removed += _written(actor, entries, request)
    return removed


def bring_back(
    *, actor: User, project: Project, cells: Sequence[int], act: UUID, request: HttpRequest | None = None
) -> int:
    """Bring removed cells of a project back, whoever removed them, as they were; return how many.

    Arguments and refusals as `remove_many`.
    """
    require(actor, Action.LABEL, project)
    back = 0
    for some in _parts(cells):
        found = {cell.pk: cell for cell in _cells(actor, project, some, removed=True)}
        histories: defaultdict[int, list[LabelEvent]] = defaultdict(list)
        events = LabelEvent.objects.filter(cell__in=list(found)).select_related("actor")
        for event in events.order_by("cell_id", "version_after"):
            histories[event.cell_id].append(event)
        with Cutter() as cutter:
            entries = []
            for pk, cell in found.items():
                in_force = refusals.acts_in_force(histories[pk])
                # The newest act of a removed cell is its removal.
                if in_force and in_force[-1].to_box is None and in_force[-1].from_box is not None:
                    step = entry_of_step(
                        kind=EventKind.UNDO,
                        cell=cell,
                        events=histories[pk],
                        reverted=in_force[-1],
                        cutter=cutter,
                    )
                    entries.append(replace(step, act=act))
            back += _written(actor, entries, request)
            cutter.keep()
    return back


def _cells(actor: User, project: Project, keys: Sequence[int], *, removed: bool) -> list[Cell]:
    """Return cells of a project, as they are now, with the one object of the project."""
    cells = Cell.objects.acted_on_by(actor).filter(
        project=project, pk__in=keys, retired_at=None, removed_at__isnull=not removed
    )
    found = list(cells.select_related("field").order_by("pk"))
    for cell in found:
        cell.project = project
    return found


def _written(actor: User, entries: Sequence[Entry], request: HttpRequest | None) -> int:
    if not entries:
        return 0
    try:
        write(actor=actor, entries=entries, request=request)
    except (SomebodyWasFaster, IntegrityError) as problem:
        raise Conflict("Somebody else works on the same cells. Try again.", code="busy") from problem
    return len(entries)


def _parts(keys: Sequence[int]) -> list[Sequence[int]]:
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
