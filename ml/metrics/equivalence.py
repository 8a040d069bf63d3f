"""Two one-sided tests: a difference is shown to be small, where no finding would show nothing. Torch-free.

Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 1987;15:657-680: equivalent at 5 % when both one-sided
tests against the margin reject at 5 %, which is when the 90 % interval lies inside the margin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from ml.metrics.intervals import clopper_pearson

LEVEL = 0.05
_EDGE = 1e-9
"""How near to a difference of one the end of an interval is sought."""


@dataclass(frozen=True, slots=True)
class TwoOneSided:
    """The larger p of the two tests, and the 90 % interval that holds both."""

    estimate: float
    low: float
    high: float
    p: float
    equivalent: bool


def one_share(hits: int, n: int, *, reference: float, margin: float) -> TwoOneSided:
    """Test whether a share lies within ``margin`` of a reference; exact.

    Two exact binomial tests (statsmodels' ``binom_tost``); the interval is the exact one of 90 %.

    Raises:
        ValueError: when the counts do not fit, or the margin reaches beyond 0 or 1.
    """
    from statsmodels.stats.proportion import binom_tost

    below, above = reference - margin, reference + margin
    if n <= 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share.")
    if margin <= 0 or below < 0 or above > 1:
        raise ValueError(f"A margin of {margin} around {reference} makes no sense.")
    p = float(binom_tost(int(hits), int(n), below, above)[0])
    low, high = clopper_pearson(hits, n, level=1 - 2 * LEVEL)
    return TwoOneSided(hits / n, low, high, p, p < LEVEL)


def two_shares(first: tuple[int, int], second: tuple[int, int], *, margin: float) -> TwoOneSided:
    """Test whether two independent shares, each (hits, n), differ by less than ``margin``.

    Score tests with the variance that belongs to the margin (Farrington & Manning, Statistics in Medicine
    1990;9:1447-1454), corrected as by Miettinen & Nurminen (Statistics in Medicine 1985;4:213-226); the interval
    inverts them. Unlike a test by the observed variance it does not take two perfect scores for certainty.

    Raises:
        ValueError: when the counts do not fit, or the margin is not between 0 and 1.
    """
    for hits, n in (first, second):
        if n <= 0 or not 0 <= hits <= n:
            raise ValueError(f"{hits} of {n} is no share.")
    if not 0 < margin < 1:
        raise ValueError(f"A margin of {margin} makes no sense.")
    estimate = first[0] / first[1] - second[0] / second[1]
    p = float(p_equivalent(first[0], first[1], second[0], second[1], margin))
    quantile = float(ndtri(1 - LEVEL))

    def at(difference: float) -> float:
        return float(score(*first, *second, difference))

    low = _end(lambda d: at(d) - quantile, -1 + _EDGE, estimate)
    high = _end(lambda d: -at(d) - quantile, 1 - _EDGE, estimate)
    return TwoOneSided(estimate, low, high, p, p < LEVEL)


def p_equivalent(
    first: ArrayLike, n_first: int, second: ArrayLike, n_second: int, margin: float
) -> NDArray[np.float64]:
    """Return the larger of the two one-sided p, for arrays of hits."""
    above = ndtr(-score(first, n_first, second, n_second, -margin))
    below = ndtr(score(first, n_first, second, n_second, margin))
    return np.asarray(np.maximum(above, below), dtype=np.float64)


def score(
    first: ArrayLike, n_first: int, second: ArrayLike, n_second: int, difference: float
) -> NDArray[np.float64]:
    """Return the score statistic of the hypothesis that first minus second is ``difference``; arrays of hits.

    The closed form of the constrained estimate: Farrington & Manning 1990, appendix. Not from statsmodels, whose
    ``score_test_proportions_2indep`` (0.15) has a wrong coefficient there (its issue 10269) and no number at 50 of 50
    against 50 of 50; the tests hold ours against the maximum found by search and against the literature.
    """
    x1, x2 = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    n1, n2, total = float(n_first), float(n_second), float(n_first + n_second)
    # The cubic a p^3 + b p^2 + c p + d = 0 of the second share, divided by the total (a = 1).
    b = ((n1 + 2 * n2) * difference - total - (x1 + x2)) / total
    c = ((n2 * difference - total - 2 * x2) * difference + x1 + x2) / total
    d = x2 * difference * (1 - difference) / total
    v = (b / 3) ** 3 - b * c / 6 + d / 2
    u = np.where(v < 0, -1.0, 1.0) * np.sqrt(np.maximum((b / 3) ** 2 - c / 3, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(u != 0, v / u**3, 0.0)
    w = (np.pi + np.arccos(np.clip(ratio, -1, 1))) / 3
    share2 = np.clip(2 * u * np.cos(w) - b / 3, max(0.0, -difference), min(1.0, 1 - difference))
    share1 = np.clip(share2 + difference, 0, 1)
    variance = (share1 * (1 - share1) / n1 + share2 * (1 - share2) / n2) * total / (total - 1)
    gap = x1 / n1 - x2 / n2 - difference
    with np.errstate(divide="ignore", invalid="ignore"):
        found = gap / np.sqrt(variance)
    # Without any variance the hypothesis is certain or excluded.
    certain = np.where(gap > 1e-12, np.inf, np.where(gap < -1e-12, -np.inf, 0.0))
    return np.asarray(np.where(variance > 1e-15, found, certain))


def _end(beyond: Callable[[float], float], edge: float, estimate: float) -> float:
    """Return where ``beyond`` changes its sign between the edge, where it is positive, and the estimate."""
    from scipy.optimize import brentq

    if abs(edge - estimate) <= 2 * _EDGE or beyond(edge) <= 0:
        return round(edge)
    inner = estimate + (edge - estimate) * 1e-9
    return inner if beyond(inner) >= 0 else float(brentq(beyond, inner, edge, xtol=1e-10))
