"""Make probabilities mean what they say, and choose below which a cell is called unidentified."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

ACCEPTED_ACCURACY = 0.995
"""Share of right labels among the cells that are not called unidentified, on validation data."""

MOST_REJECTED = 0.05
"""The threshold never rejects more than this share of validation cells."""


def fit_temperature(
    logits: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> float:
    """Return the temperature that minimises the weighted negative log-likelihood of softmax(logits / T).

    ``logits`` (N, C), ``labels`` (N,), ``weights`` (N,). Temperature scaling: Guo et al. 2017, arXiv 1706.04599,
    section 4.2.
    """
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        likelihood = log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels]
        return float(-np.average(likelihood, weights=weights))

    found = minimize_scalar(loss, bounds=(np.log(0.2), np.log(5.0)), method="bounded")
    return float(np.exp(found.x))


def unidentified_threshold(
    logits: NDArray[np.float64], labels: NDArray[np.int64], temperature: float
) -> tuple[float, float, float]:
    """Return the threshold on the largest probability, the share it rejects, and the accuracy of the rest.

    The lowest threshold in steps of 0.01 at which the accepted cells are right as often as ``ACCEPTED_ACCURACY`` asks,
    or the highest one that keeps to ``MOST_REJECTED``.
    """
    probabilities = softmax(logits / temperature, axis=1)
    largest, right = probabilities.max(1), probabilities.argmax(1) == labels
    best = (0.0, 0.0, float(right.mean()))
    for threshold in np.arange(0.30, 0.96, 0.01):
        accepted = largest >= threshold
        rejected = float(1 - accepted.mean())
        if rejected > MOST_REJECTED:
            break
        best = (round(float(threshold), 2), rejected, float(right[accepted].mean()))
        if best[2] >= ACCEPTED_ACCURACY:
            break
    return best
