"""Does a reader change over the trials: learn, tire, speed up? Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

METHOD = (
    "Wilcoxon rank-sum test of the positions of right and of wrong answers: the exact conditional test of a slope "
    "over positions in a logistic model"
)
_EXACT_UP_TO = 100
"""Trials up to which the distribution of the rank sum is computed in full."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Kendall's tau of a quantity with the position of the trial, and its two-sided p."""

    tau: float
    p: float


def slope_p(positions: Sequence[int], hits: Sequence[bool]) -> float | None:
    """Return the two-sided p of no trend of being right over the positions of the trials.

    Given how many answers are right, the sum of their ranks is all that a logistic slope over ranks depends on (Cox &
    Snell, Analysis of Binary Data, 2nd ed. 1989, section 2.1.3), so its exact test is Wilcoxon's rank-sum test. Exact
    up to 100 trials, by the normal approximation beyond. Unlike a fitted slope it stands when one half is all right.

    Args:
        positions: Of each trial, all different.
        hits: Whether each was right.

    Returns:
        None when all or none were right.
    """
    from scipy.stats import mannwhitneyu

    right = np.asarray(hits, dtype=bool)
    at = np.asarray(positions, dtype=float)
    if right.all() or not right.any():
        return None
    method = "exact" if len(at) <= _EXACT_UP_TO and len(set(positions)) == len(at) else "asymptotic"
    return float(mannwhitneyu(at[right], at[~right], alternative="two-sided", method=method).pvalue)


def trend(positions: Sequence[int], values: Sequence[float]) -> Trend | None:
    """Return the trend of a quantity over the trials (Mann, Econometrica 1945;13:245-259), from scipy.

    Returns:
        None with fewer than five trials or when all values are alike.
    """
    from scipy.stats import kendalltau

    if len(values) < 5 or len(set(values)) < 2:
        return None
    found = kendalltau(np.asarray(positions, float), np.asarray(values, float))
    return Trend(float(found.statistic), float(found.pvalue))


def parts(n: int, at_most: int = 4, *, least: int = 10) -> tuple[range, ...]:
    """Return ``n`` trials cut into up to ``at_most`` runs of nearly equal length, each of ``least`` or more."""
    if n < 1:
        return ()
    count = max(1, min(at_most, n // least))
    edges = [round(n * number / count) for number in range(count + 1)]
    return tuple(range(start, stop) for start, stop in pairwise(edges))
