"""Annotations of a picture that is in the project already: laid beside the cells that stand there, box by box.

A box is the same cell as one that stands there when the two overlap by `SAME_CELL_IOU`, the threshold of detection that
Everingham et al. (Int J Comput Vis 2010;88:303) set for Pascal VOC. What a person said here always stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from apps.cells.findings import match
from apps.cells.importing import label_imported
from apps.cells.models import Cell
from apps.cells.selectors.blind import undecided
from apps.datasets.models import Import
from apps.datasets.services.boxes import Accepted
from apps.datasets.values import Odd, Remark
from apps.slides.models import Field

_TAKEN = "The cell there had no label, and took this class."
_SAME = "The cell is boxed here already, with this class."
_OTHER = "The cell is boxed here already and carries another class, which stands."
_THERE = "The cell is boxed here already; what it carries stands."
_REMOVED = "A person removed the cell there; it stays removed."


@dataclass(slots=True)
class Merged:
    """What becomes of boxes: ``fresh`` are the places of those that stand for no cell yet, each other has its line."""

    fresh: list[int] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    labelled: int = 0


def merge(*, source: Import, of: Field, boxes: Sequence[Accepted], path: str, act: UUID) -> Merged:
    """Lay boxes beside the cells of a field; a cell without a label takes the class of its box.

    Runs inside the transaction that enters the picture.

    Args:
        source: The import.
        of: The field with these pixels.
        boxes: What the archive says of them.
        path: Name of the picture in the archive, for the lines.
        act: The one name of the import's events.
    """
    known = list(Cell.objects.filter(field=of, retired_at=None).order_by("pk"))
    standing = [cell for cell in known if cell.removed_at is None]
    removed = [cell for cell in known if cell.removed_at is not None]
    met = {there: standing[at] for at, there in match([c.box for c in standing], [b.box for b in boxes])}
    left = [at for at in range(len(boxes)) if at not in met]
    gone = {left[there] for _, there in match([c.box for c in removed], [boxes[at].box for at in left])}
    unlabelled = {at: cell for at, cell in met.items() if boxes[at].to_class and not cell.current_class}
    took = label_imported(
        actor=source.requester,
        labels=[(cell, boxes[at].to_class) for at, cell in unlabelled.items()],
        act=act,
    )
    secret = undecided(source.requester, slide=of.slide_id)
    found = Merged(labelled=len(took))
    for at, box in enumerate(boxes):
        cell = met.get(at)
        if cell is not None and cell.pk in took:
            found.remarks.append(Remark(path, Odd.LABEL_TAKEN, _TAKEN, boxes=1, place=box.place))
        elif cell is not None:
            hidden = source.project.blind_first or cell.pk in secret
            words = _words(cell, box, hidden=hidden)
            found.remarks.append(Remark(path, Odd.THERE, words, boxes=1, place=box.place))
        elif at in gone:
            found.remarks.append(Remark(path, Odd.THERE, _REMOVED, boxes=1, place=box.place))
        else:
            found.fresh.append(at)
    return found


def _words(cell: Cell, box: Accepted, *, hidden: bool) -> str:
    if hidden or not box.to_class or not cell.current_class:
        return _THERE
    return _SAME if cell.current_class == box.to_class else _OTHER
