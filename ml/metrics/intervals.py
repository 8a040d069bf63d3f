"""Intervals for proportions. Torch-free."""

from __future__ import annotations

from scipy.special import betaincinv


def clopper_pearson(hits: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a proportion, as shares from 0 to 1: it holds the truth at least so often.

    Clopper & Pearson, Biometrika 1934;26:404-413; the ends as quantiles of the beta distribution (Brown, Cai &
    DasGupta, Statistical Science 2001;16:101-133, section 4.2.1).

    Args:
        hits: How many of the ``n`` counted.
        n: Of how many.
        level: How often the interval is to hold the truth, at least.

    Raises:
        ValueError: when ``n`` is not positive, or ``hits`` is not among 0 to ``n``.
    """
    if n <= 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share.")
    tail = (1 - level) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high
