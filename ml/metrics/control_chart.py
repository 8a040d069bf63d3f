"""Limits of a control chart for shares (p chart). Torch-free."""

from __future__ import annotations

from collections.abc import Callable

from scipy.special import bdtr

TAIL = 0.00135
"""Chance beyond each limit while nothing has changed: that of three standard deviations of a normal variable
(Shewhart, Economic Control of Quality of Manufactured Product, 1931)."""


def p_chart_limits(centre: float, n: int, *, tail: float = TAIL) -> tuple[float, float]:
    """Return (lower, upper) limit of a share of ``n``, when its true value is ``centre``.

    A p chart (NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.3.2) usually takes the centre plus and minus three
    binomial standard deviations; near 1, where shares of found cells lie, that limit is far off, so these are the
    quantiles of the binomial distribution itself: the smallest count with P(X <= count) above ``tail``, and the
    smallest with P(X <= count) of at least 1 - ``tail``.

    Raises:
        ValueError: when ``n`` is not positive or ``centre`` is not a share.
    """
    if n <= 0 or not 0 <= centre <= 1:
        raise ValueError(f"A share of {centre} of {n} makes no sense.")
    lower = _smallest(n, lambda count: float(bdtr(count, n, centre)) > tail)
    upper = _smallest(n, lambda count: float(bdtr(count, n, centre)) >= 1 - tail)
    return lower / n, upper / n


def _smallest(n: int, holds: Callable[[int], bool]) -> int:
    """Return the smallest count from 0 to ``n`` for which a rising condition holds, by halving."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
