"""What people do with second readings; each is one transaction."""

from apps.review.second_reading.services.adjudicating import decide, follow_steps, open_table, undo_decision
from apps.review.second_reading.services.assigning import assign, withdraw
from apps.review.second_reading.services.pairing import compare_again
from apps.review.second_reading.services.reading import finish, label, undo

__all__ = [
    "assign",
    "compare_again",
    "decide",
    "finish",
    "follow_steps",
    "label",
    "open_table",
    "undo",
    "undo_decision",
    "withdraw",
]
