"""Whether more cells would decide how a share lies to its reference range, and how many.

Who counts on until the result pleases will sooner or later find what was looked for. So the decision is taken at no
more than three looks, after 100, 200 and 400 leukocytes in the order in which they lie on the slide, and each look
uses an interval so wide that all three together hold with 95 % (Bonferroni): exact intervals of confidence
1 - 0.05 / 3. Whatever stops the counting, the chance that any look decides wrongly is at most 5 %.
C. Jennison, B. W. Turnbull, "Group Sequential Methods with Applications to Clinical Trials" (2000), chapter 9, on
repeated confidence intervals; C. E. Bonferroni's inequality for the bound. Stopping boundaries that share the error
unevenly (O'Brien and Fleming) would gain a few cells and could not be told to a reader in one sentence.

The cells of a look are the first of the slide, so it does not change when more fields are added, and it cannot be
repeated with other cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.review.differential.intervals import share_interval

LOOKS = (100, 200, 400)
ERROR = 0.05
CONFIDENCE_EACH = 1 - ERROR / len(LOOKS)


class Side(StrEnum):
    """Where a share lies, as far as a look can tell."""

    INSIDE = "inside"
    BELOW = "below"
    ABOVE = "above"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Advice:
    """What the looks say of one class and one range.

    ``look`` is the last one taken (1 to 3, 0 before the first), ``at`` its number of leukocytes, ``low`` and
    ``high`` its widened interval in per cent. ``more`` is about how many further leukocytes would decide, None when
    it is decided or no look that is left is likely to.
    """

    side: Side
    look: int
    at: int
    low: float | None
    high: float | None
    more: int | None

    @property
    def text(self) -> str:
        """Return the advice in words, "" when it is decided."""
        if self.side != Side.UNDECIDED:
            return ""
        left = len(LOOKS) - self.look
        if self.more is not None:
            return f"Count about {self.more} more leukocyte{'s' if self.more > 1 else ''} to decide."
        if left:
            return f"Not likely to be decided by {LOOKS[-1]} leukocytes at this share."
        return f"Not decided after {LOOKS[-1]} leukocytes: report it as open."


def side_of(counted: int, total: int, *, low: float, high: float) -> Side:
    """Return where a share lies to limits (fractions), by the interval of one look."""
    lowest, highest = share_interval(counted, total, CONFIDENCE_EACH)
    if highest < low:
        return Side.BELOW
    if lowest > high:
        return Side.ABOVE
    if lowest >= low and highest <= high:
        return Side.INSIDE
    return Side.UNDECIDED


def advise(in_order: Sequence[str], name: str, *, low: float, high: float) -> Advice:
    """Return what the looks say of a class.

    Args:
        in_order: The classes of the leukocytes in the order in which they lie on the slide.
        name: The class.
        low: Lower limit of its reference range, as a fraction.
        high: Upper limit.
    """
    taken, counted = 0, 0
    for look, at in enumerate(LOOKS, start=1):
        if len(in_order) < at:
            break
        taken, counted = look, sum(1 for each in in_order[:at] if each == name)
        side = side_of(counted, at, low=low, high=high)
        if side != Side.UNDECIDED:
            low_end, high_end = _in_percent(counted, at)
            return Advice(side, look, at, low_end, high_end, None)
    at = LOOKS[taken - 1] if taken else 0
    more = _more(in_order, name, taken, low=low, high=high)
    if not at:
        return Advice(Side.UNDECIDED, taken, at, None, None, more)
    low_end, high_end = _in_percent(counted, at)
    return Advice(Side.UNDECIDED, taken, at, low_end, high_end, more)


def _in_percent(counted: int, total: int) -> tuple[float, float]:
    low, high = share_interval(counted, total, CONFIDENCE_EACH)
    return 100 * low, 100 * high


def _more(in_order: Sequence[str], name: str, taken: int, *, low: float, high: float) -> int | None:
    """Return how many cells are missing to the first look left that would decide if the share stayed as it is."""
    if not in_order:
        return None
    share = sum(1 for each in in_order if each == name) / len(in_order)
    for at in LOOKS[taken:]:
        if side_of(round(share * at), at, low=low, high=high) != Side.UNDECIDED:
            return at - len(in_order)
    return None
