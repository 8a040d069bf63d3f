"""Numbers as strangers write them."""

from __future__ import annotations

import math
from typing import Any, Final

FARTHEST: Final = 1e7
"""No picture has a coordinate beyond this."""


def finite(text: Any) -> float:
    """Return a number.

    Raises:
        ValueError: it is none, or none that can be a coordinate.
    """
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise ValueError("no number")  # noqa: TRY004 - callers ask about one error
    try:
        number = float(text)
    except OverflowError as error:
        raise ValueError("no coordinate") from error
    if not math.isfinite(number) or abs(number) > FARTHEST:
        raise ValueError("no coordinate")
    return number
