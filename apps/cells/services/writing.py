"""The one place that moves cells and appends their events.

The lock is a conditional update on the version that was read: it works alike on SQLite (where
``select_for_update`` does nothing) and PostgreSQL. What is read to decide is read before the transaction begins,
which on SQLite is the site's one writer: it holds two inserts and an update and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.cells.models import Cell, LabelEvent, ReviewState
from apps.cells.services.acts import Entry
from apps.core.bulk import insert_many
from apps.core.registries import after_label


class SomebodyWasFaster(Exception):  # noqa: N818 - it is no error: whoever catches it reads again
    """A cell has moved on since it was read; nothing was written."""


def write(*, actor: User, entries: Sequence[Entry], request: HttpRequest | None) -> list[LabelEvent]:
    """Move the cells on from the versions read and append their events, all or none.

    Returns:
        The event of a single entry; of several none, for nobody needs them as objects.

    Raises:
        SomebodyWasFaster: a cell is not at the version read any more, or was retired.
    """
    with transaction.atomic():
        _move(entries)
        events = [_append(actor, entries[0])] if len(entries) == 1 else _append_many(actor, entries)
        _record(actor, entries, request)
        for entry in entries:
            cell = entry.cell
            cell.version += 1
            cell.current_class, cell.review_state = entry.to_class, _state_after(entry)
        if len(after_label):
            _tell(entries, events)
    return events


def _move(entries: Sequence[Entry]) -> None:
    """Give the cells their class and next version, a statement for each class and version among them."""
    groups: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for entry in entries:
        groups[entry.to_class, entry.cell.version].append(entry.cell.pk)
    if len(entries) > 1 and connection.features.has_select_for_update:
        # Two lists that share cells in different orders would wait for each other for ever.
        pks = [entry.cell.pk for entry in entries]
        list(Cell.objects.filter(pk__in=pks).order_by("pk").select_for_update().values_list("pk"))
    moved = 0
    for (to_class, version), pks in groups.items():
        cells = Cell.objects.filter(pk__in=pks, version=version, retired_at__isnull=True)
        state = ReviewState.LABELLED if to_class else ReviewState.SEEN
        moved += cells.update(current_class=to_class, review_state=state, version=version + 1)
    if moved != len(entries):
        raise SomebodyWasFaster


def _state_after(entry: Entry) -> ReviewState:
    return ReviewState.LABELLED if entry.to_class else ReviewState.SEEN


def _append(actor: User, entry: Entry) -> LabelEvent:
    return LabelEvent.objects.create(
        cell=entry.cell,
        project_id=entry.cell.project_id,
        actor=actor,
        kind=entry.kind,
        from_class=entry.cell.current_class,
        to_class=entry.to_class,
        seen_suggestion=entry.shown.seen,
        model_version_id=entry.shown.model_version_id,
        version_after=entry.cell.version + 1,
        reverts=entry.reverts,
        idempotency_key=entry.idempotency_key or None,
    )


def _append_many(actor: User, entries: Sequence[Entry]) -> list[LabelEvent]:
    columns = (
        "cell_id",
        "project_id",
        "kind",
        "from_class",
        "to_class",
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
            entry.kind.value,
            entry.cell.current_class,
            entry.to_class,
            entry.shown.seen,
            entry.shown.model_version_id,
            entry.cell.version + 1,
            entry.reverts.pk if entry.reverts else None,
            entry.idempotency_key or None,
        )
        for entry in entries
    ]
    insert_many(LabelEvent, shared={"actor_id": actor.pk}, columns=columns, rows=rows)
    return []


def _record(actor: User, entries: Sequence[Entry], request: HttpRequest | None) -> None:
    """Put every act into the audit: one row a cell, whether it came alone or in a list."""
    by_project: defaultdict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for entry in entries:
        cell = entry.cell
        detail = {
            "act": entry.kind.value,
            "from": cell.current_class,
            "to": entry.to_class,
            "version": cell.version + 1,
        }
        by_project[cell.project_id].append((f"cell:{cell.public_id}", detail))
    projects = {entry.cell.project_id: entry.cell.project for entry in entries}
    for pk, targets in by_project.items():
        audit.record_each(
            actor=actor, verb="labelled", project=projects[pk], targets=targets, request=request
        )


def _tell(entries: Sequence[Entry], events: Sequence[LabelEvent]) -> None:
    """Let rooms above hear of every act, in this transaction."""
    if len(entries) == 1:
        heard = {events[0].cell_id: events[0]}
    else:
        newest = LabelEvent.objects.filter(version_after=F("cell__version"))
        heard = {event.cell_id: event for event in newest.filter(cell__in=[entry.cell for entry in entries])}
    for entry in entries:
        event = heard[entry.cell.pk]
        event.cell = entry.cell
        after_label.run(cell=entry.cell, event=event)
