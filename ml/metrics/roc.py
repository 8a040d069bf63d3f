"""The area under the curve of ratings on a few points, such as surely real to surely synthetic. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ml.metrics.agreement import Estimate


def area(noise: Sequence[float], signal: Sequence[float], *, level: float = 0.95) -> Estimate:
    """Return the chance that a signal is rated higher than a noise, ties counting half, with its interval.

    The area by the trapezoidal rule (scikit-learn), its standard error by DeLong, DeLong & Clarke-Pearson, Biometrics
    1988;44:837-845; the interval on the logit scale (Pepe, The Statistical Evaluation of Medical Tests, 2003, section
    5.2.5), which keeps it between 0 and 1.

    Args:
        noise: Ratings of the real images.
        signal: Ratings of the synthetic images; higher means more surely synthetic.
        level: How often the interval is to hold the truth.

    Returns:
        Without an interval when a kind has fewer than two images, or the ratings do not overlap at all.

    Raises:
        ValueError: when there are no ratings of a kind.
    """
    from scipy.stats import rankdata
    from sklearn.metrics import roc_auc_score

    if not len(noise) or not len(signal):
        raise ValueError("Both kinds of images must have ratings.")
    m, n = len(signal), len(noise)
    both = np.concatenate([np.asarray(signal, float), np.asarray(noise, float)])
    value = float(roc_auc_score([1] * m + [0] * n, both))
    if min(m, n) < 2:
        return Estimate(value)
    ranks = rankdata(both)
    # The placements: for each signal the share of noises below it, for each noise the share of signals above it.
    above = (ranks[:m] - rankdata(both[:m])) / n
    below = 1 - (ranks[m:] - rankdata(both[m:])) / m
    variance = float(above.var(ddof=1) / m + below.var(ddof=1) / n)
    if variance <= 0 or not 0 < value < 1:
        return Estimate(value)
    error = sqrt(variance)
    half = float(ndtri((1 + level) / 2)) * error / (value * (1 - value))
    middle = log(value / (1 - value))
    return Estimate(value, error, _share(middle - half), _share(middle + half))


def area_of_counts(noise: NDArray[np.float64], signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the areas of ratings given as counts or weights (..., K), lowest rating first; NaN without a kind."""
    below = np.cumsum(noise, axis=-1) - noise / 2
    pairs = noise.sum(-1) * signal.sum(-1)
    return np.divide((signal * below).sum(-1), pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0)


def curve(noise: Sequence[float], signal: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return the points (false alarms, hits) of the curve, one for each rating used, from (0, 0) to (1, 1).

    Raises:
        ValueError: when there are no ratings of a kind.
    """
    from sklearn.metrics import roc_curve

    if not len(noise) or not len(signal):
        raise ValueError("Both kinds of images must have ratings.")
    false_alarms, hits, _ = roc_curve(
        [1] * len(signal) + [0] * len(noise), [*signal, *noise], drop_intermediate=False
    )
    return tuple((float(x), float(y)) for x, y in zip(false_alarms, hits, strict=True))


def _share(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit > -700 else 0.0
