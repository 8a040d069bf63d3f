"""What a bundle told of a cell, as lines of its biography."""

from __future__ import annotations

from apps.cells.models import Cell
from apps.cells.selectors import Chapter
from apps.datasets.models import Provenance


def told_elsewhere(*, cell: Cell) -> list[Chapter]:
    """Return a line about the acts that came with the cell; what they were, only the next bundle hands on."""
    found = Provenance.objects.filter(cell=cell).first()
    if found is None:
        return []
    acts = found.told.get("events")
    count = len(acts) if isinstance(acts, list) else 0
    words = f"Came with a wbcweb bundle, with {count} act{'' if count == 1 else 's'} of people elsewhere"
    return [Chapter(at=cell.created_at, kind="told", text=words)]
