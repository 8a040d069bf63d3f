"""What an act on a cell is answered with: the cell as it is now, the count of its slide, what could be undone."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.cells.models import Cell, LabelEvent
from apps.cells.selectors.single import is_whole_last_act
from apps.registry.models import CellClass
from apps.registry.selectors import classes_for
from apps.review import document
from apps.review.acts import acts_json, after_label
from apps.slides.models import Slide

Json = dict[str, Any]


def of_label(event: LabelEvent, user: User) -> Json:
    """Return the answer to a label or a withdrawal."""
    cell = event.cell
    classes = classes_for(cell.project)
    # What has just been done is what undo would take back; of an act of more cells, or one of before, the table knows.
    if not is_whole_last_act(event):
        return _answer(cell, user, classes, _acts(cell, user, classes))
    acts = after_label(act=event.act, to_class=event.to_class, n=1, classes=classes)
    return _answer(cell, user, classes, acts)


def of_cell(cell: Cell, user: User) -> Json:
    """Return the answer to another act on a cell; ``cell`` is null when it stands no more."""
    classes = classes_for(cell.project)
    return _answer(cell, user, classes, _acts(cell, user, classes))


def of_removal(cell: Cell, user: User) -> Json:
    """Return the answer to the removal of a cell."""
    return of_cell(cell, user) | {"cell": str(cell.public_id)}


def _acts(cell: Cell, user: User, classes: list[CellClass]) -> Json | None:
    if cell.slide_pk is None:
        return None
    slide = Slide(pk=cell.slide_pk, project_id=cell.project_id)  # which is all that is asked of it
    return acts_json(user=user, scope=slide, classes=classes)


def _answer(cell: Cell, user: User, classes: list[CellClass], acts: Json | None) -> Json:
    table = document.counts_of(cell.slide_pk, classes, user=user, project=cell.project)
    stands = cell.removed_at is None and cell.retired_at is None
    return {
        "cell": document.cell_json(cell, classes, user=user) if stands else None,
        "counts_rows": document.counts_json(table),
        "acts": acts,
    }
