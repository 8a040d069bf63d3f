"""Human acts on cells: label, withdraw, undo, mark as seen. Each is one transaction and one appended event.

A person who acts on what is no longer there gets a `Conflict` with both values.
"""

from apps.cells.services.acts import LabelAct, Outcome
from apps.cells.services.labelling import MOST_AT_ONCE, label, label_list, withdraw
from apps.cells.services.refusals import acts_in_force
from apps.cells.services.seeing import mark_seen
from apps.cells.services.undoing import undo

__all__ = [
    "MOST_AT_ONCE",
    "LabelAct",
    "Outcome",
    "acts_in_force",
    "label",
    "label_list",
    "mark_seen",
    "undo",
    "withdraw",
]
