"""The tables of cells; one class per file."""

from apps.cells.models.cell import Cell, CellKind, CellQuerySet, Origin, ReviewState
from apps.cells.models.change import Change
from apps.cells.models.comment import Comment
from apps.cells.models.embedding import Embedding
from apps.cells.models.label_event import EventKind, LabelEvent
from apps.cells.models.seen_mark import SeenMark
from apps.cells.models.suggestion import Suggestion

__all__ = [
    "Cell",
    "CellKind",
    "CellQuerySet",
    "Change",
    "Comment",
    "Embedding",
    "EventKind",
    "LabelEvent",
    "Origin",
    "ReviewState",
    "SeenMark",
    "Suggestion",
]
