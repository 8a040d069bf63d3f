"""Exact intervals of counted cells.

Shares: Clopper and Pearson, computed in `ml.metrics.intervals`. These are the limits of the table that laboratories
know by the name of Rümke (C. L. Rümke, "The statistically expected variability in differential leukocyte counting",
in: J. A. Koepke (ed.), "Differential Leukocyte Counting", College of American Pathologists, 1977).
"""

from __future__ import annotations

from functools import lru_cache

CONFIDENCE = 0.95


@lru_cache(maxsize=8192)
def share_interval(counted: int, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact two-sided interval of a share, as fractions from 0 to 1; see `ml.metrics.intervals`.

    Raises:
        ValueError: when ``counted`` is not within 0 and ``total``, or ``total`` is below 1.
    """
    from ml.metrics.intervals import clopper_pearson  # here: SciPy is no burden for who shows no count

    return clopper_pearson(counted, total, level=confidence)


def per_100(
    nucleated_red: int, leukocytes: int, confidence: float = CONFIDENCE
) -> tuple[float, float | None]:
    """Return the interval of nucleated red cells per 100 leukocytes; the upper end is None when it has none.

    This is a ratio of two counts and no share: neither number was fixed beforehand. Given their sum, the red cells
    are binomial with p = r / (1 + r), where r is the ratio of the two means, so the exact interval of p becomes that
    of r by r = p / (1 - p): J. Przyborowski, H. Wilenski, "Homogeneity of results in testing samples from Poisson
    series", Biometrika 31 (1940) 313-323; W. Nelson, "Confidence intervals for the ratio of two Poisson means and
    Poisson predictor intervals", IEEE Transactions on Reliability R-19 (1970) 42-49.

    Raises:
        ValueError: as `share_interval`; also when nothing was counted at all.
    """
    low, high = share_interval(nucleated_red, nucleated_red + leukocytes, confidence)
    upper = None if high >= 1 else 100 * high / (1 - high)
    return (100 * low / (1 - low) if low < 1 else 0.0), upper
