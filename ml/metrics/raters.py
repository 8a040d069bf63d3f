"""How far more than two raters agree on the same images. Torch-free.

Ratings stand in an array (readers, cases) of numbers, NaN where a reader has not seen a case. The intervals resample
cases and keep the readers: a reader drawn twice would agree with himself, and readers are few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml.metrics.agreement import Estimate

Ratings = NDArray[np.float64]
Scale = Literal["nominal", "ordinal"]

RESAMPLES = 2000
FEWEST_CASES = 10
"""Below so many cases resampling them says little, and no interval is given."""


def fleiss_kappa(ratings: Ratings) -> float | None:
    """Return Fleiss' kappa of ratings (R, N) without gaps, or None when all ratings are alike.

    Fleiss, Psychological Bulletin 1971;76:378-382; from statsmodels. It asks for every reader on every case:
    ``krippendorff_alpha`` does not.

    Raises:
        ValueError: with gaps, or fewer than two readers.
    """
    if len(ratings) < 2 or not ratings.size or np.isnan(ratings).any():
        raise ValueError("Fleiss' kappa needs every case rated by all of at least two readers.")
    values, codes = np.unique(ratings, return_inverse=True)
    codes = codes.reshape(ratings.shape)
    counts = np.stack([(codes == code).sum(0) for code in range(len(values))], axis=1)
    return _fleiss(counts)


def krippendorff_alpha(ratings: Ratings, *, scale: Scale = "nominal") -> float | None:
    """Return Krippendorff's alpha of ratings (R, N), NaN where missing, or None when all ratings are alike.

    Krippendorff, Computing Krippendorff's Alpha-Reliability, University of Pennsylvania, 2011, sections C and D;
    Hayes & Krippendorff, Communication Methods and Measures 2007;1:77-89. Cases with fewer than two ratings count
    nothing. scipy, statsmodels and scikit-learn do not have it.

    Args:
        ratings: Numbers; with the ordinal scale their order counts, not their distance.
        scale: Whether two unlike ratings are merely unlike, or far apart by the ratings between them.
    """
    counts = _counts(ratings)
    return None if counts is None else _alpha(counts, scale)


def fleiss_interval(ratings: Ratings, *, seed: int, resamples: int = RESAMPLES) -> Estimate | None:
    """Return Fleiss' kappa with its 95 % bootstrap interval over cases; raises as ``fleiss_kappa``."""
    value = fleiss_kappa(ratings)
    if value is None:
        return None
    counts = _counts(ratings)
    assert counts is not None
    return _interval(value, counts, _fleiss, seed=seed, resamples=resamples)


def alpha_interval(
    ratings: Ratings, *, seed: int, scale: Scale = "nominal", resamples: int = RESAMPLES
) -> Estimate | None:
    """Return Krippendorff's alpha with its 95 % bootstrap interval over cases, or None as there."""
    counts = _counts(ratings)
    value = None if counts is None else _alpha(counts, scale)
    if counts is None or value is None:
        return None
    return _interval(value, counts, lambda drawn: _alpha(drawn, scale), seed=seed, resamples=resamples)


def kappa_interval(
    first: NDArray[np.int64], second: NDArray[np.int64], *, seed: int, resamples: int = RESAMPLES
) -> Estimate | None:
    """Return Cohen's kappa of two raters' class numbers (N,) with its 95 % bootstrap interval over cases.

    Kappa from scikit-learn's definition, for all resamples at once; None when both used one and the same class.
    """
    size = int(max(first.max(), second.max())) + 1 if len(first) else 0
    if not size:
        return None
    codes = first * size + second

    def kappa(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return kappa of each row of cases drawn (B, N), NaN where chance alone agrees always."""
        shift = np.arange(len(drawn))[:, None] * size * size
        tables = np.bincount((drawn + shift).ravel(), minlength=len(drawn) * size * size)
        tables = tables.reshape(len(drawn), size, size) / drawn.shape[1]
        observed = np.trace(tables, axis1=1, axis2=2)
        expected = (tables.sum(2) * tables.sum(1)).sum(1)
        return np.divide(
            observed - expected, 1 - expected, out=np.full(len(drawn), np.nan), where=expected < 1 - 1e-12
        )

    value = float(kappa(codes[None])[0])
    if np.isnan(value):
        return None
    if len(codes) < FEWEST_CASES:
        return Estimate(value)
    chance = np.random.default_rng(seed)
    return _percentiles(value, kappa(codes[chance.integers(0, len(codes), (resamples, len(codes)))]))


def _counts(ratings: Ratings) -> NDArray[np.int64] | None:
    """Return how often each value (columns, ascending) was given to each case with two ratings or more."""
    known = ~np.isnan(ratings)
    kept = known.sum(0) >= 2
    if not kept.any():
        return None
    values = np.unique(ratings[:, kept][known[:, kept]])
    return np.stack([(ratings[:, kept] == value).sum(0) for value in values], axis=1).astype(np.int64)


def _fleiss(counts: NDArray[np.int64]) -> float | None:
    from statsmodels.stats.inter_rater import fleiss_kappa as of_statsmodels

    if (counts.sum(0) > 0).sum() < 2:
        return None
    return float(of_statsmodels(counts, method="fleiss"))


def _alpha(counts: NDArray[np.int64], scale: Scale) -> float | None:
    """Return alpha of a table of counts (N, V), every row with two ratings or more."""
    totals = counts.sum(0).astype(np.float64)
    if (totals > 0).sum() < 2:
        return None
    each = counts.sum(1, keepdims=True)
    weighted = counts / (each - 1)
    coincidences = weighted.T @ counts - np.diag(weighted.sum(0))
    distance = _distances(totals, scale)
    n = totals.sum()
    expected = (np.outer(totals, totals) * distance).sum() / (n - 1)
    return float(1 - (coincidences * distance).sum() / expected)


def _distances(totals: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """Return the squared differences (V, V): 1 for unlike names; for ranks the ratings that lie between."""
    if scale == "nominal":
        return 1.0 - np.eye(len(totals))
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2, dtype=np.float64)


def _interval(
    value: float,
    counts: NDArray[np.int64],
    figure: Callable[[NDArray[np.int64]], float | None],
    *,
    seed: int,
    resamples: int,
) -> Estimate:
    if len(counts) < FEWEST_CASES:
        return Estimate(value)
    chance = np.random.default_rng(seed)
    found = [figure(counts[chance.integers(0, len(counts), len(counts))]) for _ in range(resamples)]
    return _percentiles(value, np.array([np.nan if one is None else one for one in found]))


def _percentiles(value: float, found: NDArray[np.float64]) -> Estimate:
    """Return the 95 % percentile interval; none when it has no width or resamples without a figure are many."""
    found = found[~np.isnan(found)]
    if len(found) < 100 or float(np.ptp(found)) < 1e-12:
        return Estimate(value)
    low, high = np.quantile(found, (0.025, 0.975))
    return Estimate(value, float(found.std(ddof=1)), float(low), float(high))
