"""Reads of cells: counts, look-ups, biographies, what may be undone, what is withheld, embeddings."""

from apps.cells.selectors.biographies import Chapter, biography
from apps.cells.selectors.blind import is_withheld, revealed, withheld
from apps.cells.selectors.counting import (
    UNIDENTIFIED,
    CountRow,
    counts,
    counts_for,
    largest_remainder,
    rows,
)
from apps.cells.selectors.looking import (
    LOW_CONFIDENCE,
    get_cell,
    get_label_event,
    label_events_of,
    low_confidence,
    probabilities_of,
)

__all__ = [
    "LOW_CONFIDENCE",
    "UNIDENTIFIED",
    "Chapter",
    "CountRow",
    "biography",
    "counts",
    "counts_for",
    "get_cell",
    "get_label_event",
    "is_withheld",
    "label_events_of",
    "largest_remainder",
    "low_confidence",
    "probabilities_of",
    "revealed",
    "rows",
    "withheld",
]
