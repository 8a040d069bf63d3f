"""Human acts on cells: label, withdraw, box, remove, undo, redo, comment, mark as seen. Each is one transaction.

What changes a cell appends an event. A person who acts on what is no longer there gets a `Conflict` with both values.
"""

from apps.cells.services.acts import LabelAct, Outcome
from apps.cells.services.boxing import add_box, change_box, remove
from apps.cells.services.changes import note_change
from apps.cells.services.commenting import LONGEST_COMMENT, comment
from apps.cells.services.labelling import MOST_AT_ONCE, label, label_list, withdraw
from apps.cells.services.lifting import bring_back, remove_many
from apps.cells.services.references import mark_reference
from apps.cells.services.refusals import acts_in_force
from apps.cells.services.seeing import mark_seen
from apps.cells.services.stepping import Stepped, redo_act, undo_act
from apps.cells.services.undoing import undo

__all__ = [
    "LONGEST_COMMENT",
    "MOST_AT_ONCE",
    "LabelAct",
    "Outcome",
    "Stepped",
    "acts_in_force",
    "add_box",
    "bring_back",
    "change_box",
    "comment",
    "label",
    "label_list",
    "mark_reference",
    "mark_seen",
    "note_change",
    "redo_act",
    "remove",
    "remove_many",
    "undo",
    "undo_act",
    "withdraw",
]
