"""Cells that come from elsewhere with their boxes and labels, written by the room that reads them.

Each has one event of kind "import" by the person who imported, which no undo takes back and which is no reviewer's
act: who labelled the cell elsewhere, and whether a model had spoken, nobody here can vouch for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from apps.accounts.models import Project, User
from apps.cells.models import Cell, EventKind, LabelEvent, Origin, ReviewState
from apps.slides.models import Field
from ml.contracts import Box


@dataclass(frozen=True, slots=True)
class ImportedCell:
    """A box, the class it came with ("" for none), and its picture, stored already ("" for none)."""

    box: Box
    to_class: str
    crop_key: str = ""


def write_imported(
    *,
    actor: User,
    project: Project,
    field: Field | None,
    cells: Sequence[ImportedCell],
    act: UUID | None = None,
    synthetic: bool = False,
) -> list[Cell]:
    """Write cells of a field (or without one: pictures of single cells); runs inside the caller's transaction.

    A later analysis keeps them and their boxes: it only adds what it suggests.

    Args:
        actor: Who imports.
        project: The cells' project, also the field's.
        field: Where the boxes are; ``None`` for pictures of single cells.
        cells: What to write.
        act: One name for all events of one import.
        synthetic: Whether the pictures were declared to be made by a generator; those have no field.

    Raises:
        ValueError: synthetic cells on a field, where they would be counted like a patient's.
    """
    if synthetic and field is not None:
        raise ValueError("A synthetic cell has no field.")
    alone = Origin.SYNTHETIC if synthetic else Origin.IMPORTED
    made = Cell.objects.bulk_create(
        [
            Cell(
                project=project,
                field=field,
                x0=cell.box[0],
                y0=cell.box[1],
                x1=cell.box[2],
                y1=cell.box[3],
                score=1.0,
                origin=alone if field is None else Origin.FIELD,
                crop_key=cell.crop_key,
                current_class=cell.to_class,
                review_state=ReviewState.LABELLED if cell.to_class else ReviewState.SUGGESTED,
                labelled_by=actor if cell.to_class else None,
                version=2,
            )
            for cell in cells
        ],
        batch_size=200,
    )
    act = act or uuid4()
    LabelEvent.objects.bulk_create(
        [
            LabelEvent(
                cell=cell,
                project=project,
                actor=actor,
                kind=EventKind.IMPORT,
                from_class="",
                to_class=cell.current_class,
                to_box=list(cell.box),
                seen_suggestion=False,
                version_after=2,
                act=act,
            )
            for cell in made
        ],
        batch_size=200,
    )
    return made


def label_imported(*, actor: User, labels: Sequence[tuple[Cell, str]], act: UUID) -> set[int]:
    """Give cells that carry no label the classes that came for them; runs inside the caller's transaction.

    Args:
        actor: Who imports.
        labels: Cells, as they were read, with their classes.
        act: One name for all events of one import.

    Returns:
        The keys of the cells that took their class: whoever labels one meanwhile is not overruled.
    """
    events = []
    for cell, to_class in labels:
        unmoved = Cell.objects.standing().filter(pk=cell.pk, version=cell.version, current_class="")
        if not unmoved.update(
            current_class=to_class,
            review_state=ReviewState.LABELLED,
            labelled_by=actor,
            version=cell.version + 1,
        ):
            continue
        events.append(
            LabelEvent(
                cell=cell,
                project_id=cell.project_id,
                actor=actor,
                kind=EventKind.IMPORT,
                from_class="",
                to_class=to_class,
                seen_suggestion=False,
                version_after=cell.version + 1,
                act=act,
            )
        )
    LabelEvent.objects.bulk_create(events, batch_size=200)
    return {event.cell_id for event in events}
