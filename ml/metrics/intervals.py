"""Intervals for proportions. Torch-free."""

from __future__ import annotations


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
    from scipy.special import betaincinv  # a third of a second that most processes never need

    tail = (1 - level) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high


def wilson(hits: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a proportion, as shares from 0 to 1.

    Wilson, Journal of the American Statistical Association 1927;22:209-212; method 3 of Newcombe, Statistics in
    Medicine 1998;17:857-872. It holds the truth as often as it says on the average over all true shares, and is not as
    wide as the exact one. From scipy.

    Args:
        hits: How many of the ``n`` counted.
        n: Of how many.
        level: How often the interval is to hold the truth.

    Raises:
        ValueError: when ``n`` is not positive, or ``hits`` is not among 0 to ``n``.
    """
    from scipy.stats import binomtest

    if n <= 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share.")
    found = binomtest(int(hits), int(n)).proportion_ci(confidence_level=level, method="wilson")
    return max(0.0, float(found.low)), min(1.0, float(found.high))


def newcombe(first: tuple[int, int], second: tuple[int, int], *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the difference of two independent proportions, first minus second.

    Method 10 of Newcombe, Statistics in Medicine 1998;17:873-890, which joins the two Wilson intervals. From
    statsmodels.

    Args:
        first: Hits and n of the one.
        second: Hits and n of the other; no case may be in both.
        level: How often the interval is to hold the truth.

    Raises:
        ValueError: when an n is not positive, or hits are not among 0 to n.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    for hits, n in (first, second):
        if n <= 0 or not 0 <= hits <= n:
            raise ValueError(f"{hits} of {n} is no share.")
    low, high = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff", alpha=1 - level)
    return max(-1.0, float(low)), min(1.0, float(high))
