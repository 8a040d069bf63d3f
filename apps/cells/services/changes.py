"""Noting that something changed on a slide, for the pages that show it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from apps.cells.models import Change


def note_acts(acts: Iterable[tuple[int | None, UUID]]) -> None:
    """Note acts on slides (by primary key), each once; call it in the transaction of the act."""
    rows = [Change(slide_id=slide, act=act) for slide, act in dict.fromkeys(acts) if slide is not None]
    if len(rows) == 1:
        rows[0].save(force_insert=True)
    elif rows:
        Change.objects.bulk_create(rows, batch_size=500)


def note_change(*, slide_id: int, field_id: int | None = None, cell_id: int | None = None) -> None:
    """Note that a field of a slide or one of its cells changed otherwise; a hook of `slide_changed`."""
    Change.objects.create(slide_id=slide_id, field_id=field_id, cell_id=cell_id)
