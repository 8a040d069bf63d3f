"""What a person asks for and what becomes of it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from apps.cells.models import Cell, EventKind, LabelEvent
from apps.core.errors import DomainError
from ml.contracts import Box


@dataclass(frozen=True, slots=True)
class LabelAct:
    """A label for one cell, or with ``to_class`` None the withdrawal of one's own; ``cell`` is a public id.

    ``suggestion`` names the model version (by public id) whose suggestion the person had on screen: a newer model
    may have spoken since, without moving the cell's version. Without a name, ``seen_suggestion`` is believed only
    while one model alone has ever spoken about the cell. Labels with the same ``act`` are one act of the person, and
    are undone as one.
    """

    cell: UUID
    to_class: str | None
    expected_version: int
    seen_suggestion: bool
    suggestion: UUID | None = None
    idempotency_key: str | None = None
    act: UUID | None = None

    @property
    def kind(self) -> EventKind:
        """Return what the event of this act is called."""
        return EventKind.WITHDRAW if self.to_class is None else EventKind.LABEL


@dataclass(slots=True)
class Outcome:
    """What became of one act: ``cell`` as it stands now, or the ``error`` that refused the act.

    ``event`` is the appended event where one act was done alone, and the first time's where it was repeated.
    """

    act: LabelAct
    cell: Cell | None = None
    event: LabelEvent | None = None
    error: DomainError | None = None


class Shown(NamedTuple):
    """The model version whose suggestion an act goes by (primary key), and whether it was on the person's screen."""

    model_version_id: int | None
    seen: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says of a cell, as the cell's columns hold it; all empty when none has been asked."""

    suggested_class: str = ""
    suggested_probability: float | None = None
    unidentified: bool = False
    classifier_version_id: int | None = None
    suggested_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """How an act changes where a cell is: ``from_box`` None when it comes (again), ``to_box`` None when it goes.

    ``box_version`` and what follows belong to ``to_box`` and are written when the box is another than before.
    """

    from_box: Box | None
    to_box: Box | None
    box_version: int = 0
    crop_key: str = ""
    said: Said = Said()

    @property
    def is_another_box(self) -> bool:
        """Return whether the cell has another box afterwards."""
        return self.to_box is not None and self.box_version > 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One event that is to be written: everything that could refuse it has been asked.

    ``labeller`` is, for an undo or a redo, who put the label there that is in force again. A cell without a primary
    key is made.
    """

    cell: Cell
    kind: EventKind
    to_class: str
    shown: Shown
    idempotency_key: str | None = None
    reverts: LabelEvent | None = None
    act: UUID | None = None
    move: Move | None = None
    labeller: int | None = None
