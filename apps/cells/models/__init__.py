"""The tables of cells; one class per file."""

from apps.cells.models.cell import Cell, CellKind, Origin, ReviewState
from apps.cells.models.label_event import EventKind, LabelEvent
from apps.cells.models.seen_mark import SeenMark
from apps.cells.models.suggestion import Suggestion

__all__ = [
    "Cell",
    "CellKind",
    "EventKind",
    "LabelEvent",
    "Origin",
    "ReviewState",
    "SeenMark",
    "Suggestion",
]
