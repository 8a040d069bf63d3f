"""The one place that moves cells and appends their events.

The lock is a conditional update on the version that was read: it works alike on SQLite (where
``select_for_update`` does nothing) and PostgreSQL. What is read to decide is read before the transaction begins,
which on SQLite is the site's one writer: it holds the inserts and updates and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState
from apps.cells.services.acts import Entry, Move
from apps.cells.services.changes import note_acts
from apps.core import disposal
from apps.core.bulk import insert_many
from apps.core.registries import after_boxing, after_label, after_stepping

# Below SQLite's smallest limit on the variables of one statement.
_CHUNK = 500
_VERBS = {EventKind.ADD: "boxed", EventKind.BOX: "boxed", EventKind.REMOVE: "cell-removed"}
# Kinds that say nothing about the class.
_KEEPS_CLASS = frozenset({EventKind.BOX, EventKind.REMOVE, EventKind.ACCEPTED})


class SomebodyWasFaster(Exception):  # noqa: N818 - it is no error: whoever catches it reads again
    """A cell has moved on since it was read; nothing was written."""


def write(*, actor: User, entries: Sequence[Entry], request: HttpRequest | None) -> list[LabelEvent]:
    """Move the cells on from the versions read and append their events, all or none.

    Returns:
        The event of a single entry; of several none, for nobody needs them as objects.

    Raises:
        SomebodyWasFaster: a cell is not at the version read any more, or was retired.
    """
    now = timezone.now()
    alone = uuid4()
    acts = [entry.act or alone for entry in entries]
    with transaction.atomic():
        for entry in entries:
            if entry.cell.pk is None:
                entry.cell.save(force_insert=True)
        columns = [_columns(actor, entry, now) for entry in entries]
        _move(entries, columns)
        events = _append_many(actor, entries, acts)
        _record(actor, entries, request)
        disposal.doom(_left_crops(entries))
        note_acts((_slide_of(entry.cell), act) for entry, act in zip(entries, acts, strict=True))
        for entry, changed in zip(entries, columns, strict=True):
            _follow(entry, changed)
        if len(after_label):
            _tell(entries, events)
        boxed = [entry.cell for entry in entries if entry.move is not None and entry.move.is_another_box]
        if boxed:
            after_boxing.run(cells=boxed)
        steps = [(entry.cell, entry.reverts) for entry in entries if entry.reverts is not None]
        if steps:
            after_stepping.run(actor=actor, steps=steps)
    return events


def _columns(actor: User, entry: Entry, now: datetime) -> dict[str, Any]:
    """Return what an act writes into its cell, but for the version."""
    columns: dict[str, Any] = {}
    if entry.kind not in _KEEPS_CLASS:
        labelled = bool(entry.to_class)
        by = entry.labeller if entry.kind in {EventKind.UNDO, EventKind.REDO} else actor.pk
        columns["current_class"] = entry.to_class
        columns["review_state"] = ReviewState.LABELLED if labelled else ReviewState.SEEN
        columns["labelled_by_id"] = by if labelled else None
    if entry.move is not None:
        columns |= _columns_of_move(entry.move, now)
    return columns


def _columns_of_move(move: Move, now: datetime) -> dict[str, Any]:
    if move.to_box is None:
        return {"removed_at": now}
    columns: dict[str, Any] = {"removed_at": None} if move.from_box is None else {}
    if move.is_another_box:
        columns |= dict(zip(("x0", "y0", "x1", "y1"), move.to_box, strict=True))
        columns |= {
            "box_version": move.box_version,
            "crop_key": move.crop_key,
            "suggested_class": move.said.suggested_class,
            "suggested_probability": move.said.suggested_probability,
            "unidentified": move.said.unidentified,
            "classifier_version_id": move.said.classifier_version_id,
        }
    return columns


def _move(entries: Sequence[Entry], columns: Sequence[dict[str, Any]]) -> None:
    """Give the cells their columns and next version, a statement for each sort of change among them."""
    groups: defaultdict[tuple[int, tuple[tuple[str, Any], ...]], list[int]] = defaultdict(list)
    for entry, changed in zip(entries, columns, strict=True):
        groups[entry.cell.version, tuple(changed.items())].append(entry.cell.pk)
    if len(entries) > 1 and connection.features.has_select_for_update:
        # Two lists that share cells in different orders would wait for each other for ever.
        pks = [entry.cell.pk for entry in entries]
        list(Cell.objects.filter(pk__in=pks).order_by("pk").select_for_update().values_list("pk"))
    moved = 0
    for (version, changed_items), pks in groups.items():
        for some in _chunks(pks):
            cells = Cell.objects.filter(pk__in=some, version=version, retired_at__isnull=True)
            moved += cells.update(**dict(changed_items), version=version + 1)
    if moved != len(entries):
        raise SomebodyWasFaster


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _follow(entry: Entry, changed: dict[str, Any]) -> None:
    """Let the object in hand say what the row says now."""
    cell = entry.cell
    for name, value in changed.items():
        setattr(cell, name, value)
    cell.version += 1
    if entry.move is not None and entry.move.is_another_box:
        cell.suggested_by = entry.move.said.suggested_by


def _slide_of(cell: Cell) -> int | None:
    """Return the key of the slide a cell lies on, from where it was read along or from its field."""
    known: int | None = getattr(cell, "slide_pk", None)
    if known is None and cell.field is not None:
        return cell.field.slide_id
    return known


def _left_crops(entries: Sequence[Entry]) -> list[str]:
    """Return the pictures of boxes that are no more."""
    return [
        entry.cell.crop_key
        for entry in entries
        if entry.move is not None and entry.move.is_another_box and entry.cell.crop_key != entry.move.crop_key
    ]


def _boxes(entry: Entry) -> tuple[list[float] | None, list[float] | None]:
    if entry.move is None:
        return None, None
    return (
        None if entry.move.from_box is None else list(entry.move.from_box),
        None if entry.move.to_box is None else list(entry.move.to_box),
    )


def _append(actor: User, entry: Entry, act: UUID) -> LabelEvent:
    from_box, to_box = _boxes(entry)
    return LabelEvent.objects.create(
        cell=entry.cell,
        project_id=entry.cell.project_id,
        actor=actor,
        act=act,
        kind=entry.kind,
        from_class=entry.cell.current_class,
        to_class=entry.to_class,
        from_box=from_box,
        to_box=to_box,
        seen_suggestion=entry.shown.seen,
        model_version_id=entry.shown.model_version_id,
        version_after=entry.cell.version + 1,
        reverts=entry.reverts,
        idempotency_key=entry.idempotency_key or None,
    )


def _append_many(actor: User, entries: Sequence[Entry], acts: Sequence[UUID]) -> list[LabelEvent]:
    """Append the events; return that of a single entry, for nobody needs those of a list as objects."""
    if len(entries) == 1:
        return [_append(actor, entries[0], acts[0])]
    columns = (
        "cell_id",
        "project_id",
        "act",
        "kind",
        "from_class",
        "to_class",
        "from_box",
        "to_box",
        "seen_suggestion",
        "model_version_id",
        "version_after",
        "reverts_id",
        "idempotency_key",
    )
    rows = [
        (
            entry.cell.pk,
            entry.cell.project_id,
            act,
            entry.kind.value,
            entry.cell.current_class,
            entry.to_class,
            *_boxes(entry),
            entry.shown.seen,
            entry.shown.model_version_id,
            entry.cell.version + 1,
            entry.reverts.pk if entry.reverts else None,
            entry.idempotency_key or None,
        )
        for entry, act in zip(entries, acts, strict=True)
    ]
    insert_many(LabelEvent, shared={"actor_id": actor.pk}, columns=columns, rows=rows)
    return []


def _record(actor: User, entries: Sequence[Entry], request: HttpRequest | None) -> None:
    """Put every act into the audit: one row a cell, whether it came alone or in a list."""
    by_sort: defaultdict[tuple[int, str], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for entry in entries:
        cell = entry.cell
        detail = {
            "act": entry.kind.value,
            "from": cell.current_class,
            "to": entry.to_class,
            "version": cell.version + 1,
        }
        verb = _VERBS.get(entry.kind, "labelled")
        by_sort[cell.project_id, verb].append((f"cell:{cell.public_id}", detail))
    projects = {entry.cell.project_id: entry.cell.project for entry in entries}
    for (pk, verb), targets in by_sort.items():
        audit.record_each(actor=actor, verb=verb, project=projects[pk], targets=targets, request=request)


def _tell(entries: Sequence[Entry], events: Sequence[LabelEvent]) -> None:
    """Let rooms above hear of every act, in this transaction."""
    if len(entries) == 1:
        heard = {events[0].cell_id: events[0]}
    else:
        newest = LabelEvent.objects.filter(version_after=F("cell__version"))
        heard = {
            event.cell_id: event
            for some in _chunks(entries)
            for event in newest.filter(cell__in=[entry.cell for entry in some])
        }
    for entry in entries:
        event = heard[entry.cell.pk]
        event.cell = entry.cell
        after_label.run(cell=entry.cell, event=event)
