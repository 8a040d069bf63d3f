"""What the events of a cell say one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.cells.models import EventKind, LabelEvent


@dataclass(frozen=True, slots=True)
class Moment:
    """What a cell carried at a moment: its label, whose that is (primary key), and at which version its box came."""

    label: str = ""
    labeller: int | None = None
    box_version: int = 1


def moments_before(events: Sequence[LabelEvent]) -> dict[int, Moment]:
    """Return what a cell carried before each of its events, by the event's key, given all of them in order."""
    before: dict[int, Moment] = {}
    now = Moment()
    for event in events:
        before[event.pk] = now
        if event.reverts_id is not None:
            now = before[event.reverts_id]
            continue
        if event.kind in {EventKind.LABEL, EventKind.WITHDRAW, EventKind.ADD, EventKind.IMPORT}:
            now = replace(now, label=event.to_class, labeller=event.actor_id if event.to_class else None)
        if event.kind in {EventKind.ADD, EventKind.BOX}:
            now = replace(now, box_version=event.version_after)
    return before
