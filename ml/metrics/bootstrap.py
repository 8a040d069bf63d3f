"""Intervals that hold for other readers and other images: both are drawn anew. Torch-free.

One reader's hundred answers are not independent of each other, nor are ten readers' answers to one image. The
two-way bootstrap (Owen, Annals of Applied Statistics 2007;1:386-411, the "pigeonhole bootstrap"; Gallas, Chan,
D'Orsi et al., Academic Radiology 2012;19:463-477 for readers and cases) draws readers and cases independently, cases
within their strata (class and origin) because the design fixes how many there are of each.

From k readers k - 1 are drawn, and from each stratum's n cases n - 1, so that the variance of a mean is not too small
by the factor (k - 1) / k (Rao & Wu, JASA 1988;83:231-241), which matters with five readers or ten cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.metrics.agreement import Estimate

RESAMPLES = 2000
FEWEST = 200
"""Resamples that must have a figure, for an interval to be given."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Resampled:
    """A figure and what it was in each resample (B,); NaN where a resample has no such answers."""

    value: float
    draws: Floats
    readers: int
    spread: float  # of the readers' own figures, as a standard error

    def interval(self, level: float = 0.95) -> Estimate:
        """Return the interval; without ends when no resample differs from another.

        Percentiles, widened from the normal quantile towards that of Student's t as far as the readers, few as they
        are, make up the spread: degrees of freedom by Satterthwaite, readers - 1 for their part, none for the cases'.
        """
        from scipy.stats import norm, t

        known = self.draws[~np.isnan(self.draws)]
        if len(known) < FEWEST or float(np.ptp(known)) < 1e-12:
            return Estimate(self.value)
        error = float(known.std(ddof=1))
        low, high = (float(q) for q in np.quantile(known, ((1 - level) / 2, (1 + level) / 2)))
        if self.readers > 1 and self.spread > 0:
            part = min(1.0, self.spread**2 / error**2)
            freedom = (self.readers - 1) / part**2
            wider = float(t.ppf((1 + level) / 2, freedom) / norm.ppf((1 + level) / 2))
            low, high = self.value - (self.value - low) * wider, self.value + (high - self.value) * wider
        return Estimate(self.value, error, low, high)


class ReaderCaseBootstrap:
    """The same resamples for every figure of one set of answers, so that differences are of like with like."""

    def __init__(self, readers: int, strata: Sequence[str], *, seed: int, resamples: int = RESAMPLES) -> None:
        """Draw.

        Args:
            readers: How many readers, R. A single one is kept: the interval then holds for that reader alone.
            strata: The stratum of each case (N,).
            seed: The same seed draws the same.
            resamples: How many times, B.
        """
        chance = np.random.default_rng(seed)
        self.readers = readers
        self.reader_weights = _drawn(chance, readers, resamples)
        self.case_weights = np.zeros((resamples, len(strata)))
        names = np.asarray(strata)
        for name in sorted(set(strata)):
            at = np.flatnonzero(names == name)
            self.case_weights[:, at] = _drawn(chance, len(at), resamples)

    def mean(self, scores: Floats) -> Resampled | None:
        """Return the mean of scores (R, N), NaN where a reader has no score for a case; None without any."""
        known = ~np.isnan(scores)
        if not known.any():
            return None
        filled = np.where(known, scores, 0.0)
        draws = self._ratio(filled, known.astype(float))
        own = [float(row[mask].mean()) for row, mask in zip(scores, known, strict=True) if mask.any()]
        return Resampled(float(scores[known].mean()), draws, len(own), _standard_error(own))

    def difference(self, first: Floats, second: Floats) -> Resampled | None:
        """Return the mean of the first less that of the second scores, each (R, N) with NaN elsewhere."""
        a, b = self.mean(first), self.mean(second)
        if a is None or b is None:
            return None
        own = [
            float(x[~np.isnan(x)].mean() - y[~np.isnan(y)].mean())
            for x, y in zip(first, second, strict=True)
            if not np.isnan(x).all() and not np.isnan(y).all()
        ]
        return Resampled(a.value - b.value, a.draws - b.draws, len(own), _standard_error(own))

    def rates(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return each reader's own mean of scores (R, N): as it is (R,), and with the cases of each resample (B, R)."""
        known = ~np.isnan(scores)
        filled, counts = np.where(known, scores, 0.0), known.astype(float)
        return (
            _over(filled.sum(1), counts.sum(1)),
            _over(self.case_weights @ filled.T, self.case_weights @ counts.T),
        )

    def over_readers(self, own: Floats, draws: Floats) -> Resampled | None:
        """Return the mean over readers of a figure that each has (R,), and has in each resample (B, R).

        NaN where a reader has none; None when no reader has.
        """
        if np.isnan(own).all():
            return None
        weights = np.where(np.isnan(draws), 0.0, self.reader_weights)
        means = _over((weights * np.nan_to_num(draws)).sum(1), weights.sum(1))
        values = [float(value) for value in own if not np.isnan(value)]
        return Resampled(float(np.mean(values)), means, len(values), _standard_error(values))

    def _ratio(self, values: Floats, counts: Floats) -> Floats:
        top = np.einsum("br,rn,bn->b", self.reader_weights, values, self.case_weights, optimize=True)
        bottom = np.einsum("br,rn,bn->b", self.reader_weights, counts, self.case_weights, optimize=True)
        return _over(top, bottom)


def p_outside(resampled: Resampled, margin: float, *, reference: float = 0.0) -> float:
    """Return the larger one-sided p of two tests of a figure against reference - margin and reference + margin.

    By inverting the interval: the smallest p for which the interval of level 1 - 2 p lies inside the margin.
    """
    low, high = 0.0, 0.5
    for _ in range(40):
        middle = (low + high) / 2
        found = resampled.interval(1 - 2 * middle)
        inside = (
            found.low is not None
            and found.high is not None
            and reference - margin < found.low
            and found.high < reference + margin
        )
        low, high = (low, middle) if inside else (middle, high)
    return high


def _drawn(chance: np.random.Generator, n: int, resamples: int) -> Floats:
    """Return how often each of ``n`` was drawn (B, n), scaled so that the weights sum to n."""
    if n < 2:
        return np.ones((resamples, n))
    return chance.multinomial(n - 1, np.full(n, 1 / n), size=resamples) * (n / (n - 1))


def _over(top: Floats, bottom: Floats) -> Floats:
    """Return the ratio, NaN where there is nothing to divide by."""
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)


def _standard_error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
