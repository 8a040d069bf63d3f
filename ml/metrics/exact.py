"""Exact tests of counts, over scipy and statsmodels. Torch-free.

Which test belongs where: one reader against guessing, ``exact_binomial``; one reader on two different sets of images,
``fisher`` or ``barnard``; two readers (or a model) on the same images, ``mcnemar``; many of them at once, ``holm``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

Counts = tuple[int, int]
"""Hits and n."""


def exact_binomial(hits: int, n: int, *, expected: float = 0.5) -> float:
    """Return the exact two-sided p of ``hits`` of ``n`` against a share.

    Sums the chances of all counts that are no more likely than the one seen (scipy's ``binomtest``).

    Raises:
        ValueError: when ``n`` is not positive, or ``hits`` is not among 0 to ``n``.
    """
    from scipy.stats import binomtest

    if n <= 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share.")
    return float(binomtest(int(hits), int(n), expected).pvalue)


def fisher(first: Counts, second: Counts) -> float:
    """Return Fisher's exact two-sided p of two independent shares; it never errs more often than it says.

    Raises:
        ValueError: when an n is not positive, or hits are not among 0 to n.
    """
    from scipy.stats import fisher_exact

    return float(fisher_exact(_table(first, second)).pvalue)


def barnard(first: Counts, second: Counts) -> float:
    """Return Barnard's exact two-sided p of two independent shares, with the pooled score statistic.

    Finds more than Fisher's test, for the sizes of the two sets are fixed here and the sum of hits is not
    (Barnard, Biometrika 1947;34:123-138; Mehrotra, Chan & Berger, Biometrics 2003;59:441-450).

    Raises:
        ValueError: when an n is not positive, or hits are not among 0 to n.
    """
    from scipy.stats import barnard_exact

    table = _table(first, second)
    if 0 in (table[0][0] + table[0][1], table[1][0] + table[1][1]):
        return 1.0  # all right or all wrong: no difference can be seen, and scipy has no statistic then
    # Finer than scipy's default of 32 points of the unknown common share; more change the fourth figure at most.
    log = logging.getLogger()
    log.addFilter(_is_no_chatter)  # its search writes each of its bounds to the log
    try:
        return min(1.0, float(barnard_exact(table, n=64).pvalue))
    finally:
        log.removeFilter(_is_no_chatter)


def _is_no_chatter(record: logging.LogRecord) -> bool:
    """Return whether a line of the log is anybody's but that of scipy's global optimiser."""
    return record.module != "_shgo"


def mcnemar(only_first: int, only_second: int) -> float:
    """Return McNemar's exact two-sided p from the cases that only the first, only the second got right.

    For two raters on the same images. Without such a case p is 1. McNemar, Psychometrika 1947;12:153-157.

    Raises:
        ValueError: when a count is negative.
    """
    from scipy.stats import binomtest

    if min(only_first, only_second) < 0:
        raise ValueError("A number of cases cannot be negative.")
    n = only_first + only_second
    return float(binomtest(int(only_first), int(n), 0.5).pvalue) if n else 1.0


def holm(values: Sequence[float]) -> tuple[float, ...]:
    """Return p values adjusted for being many (Holm, Scandinavian Journal of Statistics 1979;6:65-70)."""
    from statsmodels.stats.multitest import multipletests

    return tuple(float(p) for p in multipletests(list(values), method="holm")[1]) if values else ()


def _table(first: Counts, second: Counts) -> list[list[int]]:
    """Return hits (first row) and misses (second row), one column for each set."""
    for hits, n in (first, second):
        if n <= 0 or not 0 <= hits <= n:
            raise ValueError(f"{hits} of {n} is no share.")
    return [[first[0], second[0]], [first[1] - first[0], second[1] - second[0]]]
