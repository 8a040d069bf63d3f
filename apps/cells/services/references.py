"""Which cells are references: those on whose class independent readers agreed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from apps.cells.models import Cell, Origin

_CHUNK = 500


def mark_reference(*, cells: Iterable[Cell | int], to_class: str) -> int:
    """Make cells (or those with these primary keys) references of a class, or with "" none any more.

    Call it in the transaction that decides, after asking who may; a synthetic cell never becomes one.

    Returns:
        How many cells were changed.
    """
    keys = [cell.pk if isinstance(cell, Cell) else cell for cell in cells]
    changed = 0
    with transaction.atomic():
        for start in range(0, len(keys), _CHUNK):
            rows = Cell.objects.filter(pk__in=keys[start : start + _CHUNK]).exclude(reference_class=to_class)
            if to_class:
                rows = rows.exclude(origin=Origin.SYNTHETIC)
            changed += rows.update(reference_class=to_class)
    return changed
