"""Intervals that hold for other readers and other images: both are drawn anew. Torch-free.

One reader's hundred answers are not independent of each other, nor are ten readers' answers to one image. The
two-way bootstrap (Owen, Annals of Applied Statistics 2007;1:386-411, the "pigeonhole bootstrap"; Gallas, Chan,
D'Orsi et al., Academic Radiology 2012;19:463-477 for readers and cases) draws readers and cases independently, cases
within their strata (class and origin) because the design fixes how many there are of each.

From k readers k - 1 are drawn, and from each stratum's n cases n - 1, so that the variance of a mean is not too small
by the factor (k - 1) / k (Rao & Wu, JASA 1988;83:231-241), which matters with five readers or ten cases.

Drawing both counts the scatter that belongs to neither readers nor cases three times (Owen 2007, theorem 3). Drawing
readers alone and cases alone counts it once each; so twice the sum of these two variances less that of drawing both
counts it once, as it should be, and the percentiles are drawn in to that variance.
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
    """A figure and what it was in each resample (B,) of readers and cases, of readers alone, and of cases alone.

    NaN where a resample has no such answers. ``readers`` are those that have the figure; ``answers`` and ``cases`` how
    many it rests on, where it is a mean.
    """

    value: float
    draws: Floats
    by_readers: Floats
    by_cases: Floats
    readers: int
    answers: int = 0
    cases: int = 0

    def interval(self, level: float = 0.95, *, cautious: bool = False) -> Estimate:
        """Return the interval; without ends when no resample differs from another.

        Percentiles of drawing both, drawn in to the variance that counts all scatter once, and widened from the normal
        quantile to that of Student's t as far as the readers, few as they are, make up that variance (degrees of
        freedom by Satterthwaite: readers - 1 for their part, none for the cases'). A ``cautious`` interval is not drawn
        in: near 0 and 1, where a lucky draw of images also looks less scattered than it is, the other one would prove
        equivalence up to twice as often as it says.
        """
        from scipy.special import ndtri

        known = self.draws[~np.isnan(self.draws)]
        if len(known) < FEWEST or float(np.ptp(known)) < 1e-12:
            return Estimate(self.value)
        both = _variance(known)
        variance, quantile = self._variance(level, cautious=cautious)
        scale = float(np.sqrt(variance / both) * quantile / ndtri((1 + level) / 2))
        low, high = (float(q) for q in np.quantile(known, ((1 - level) / 2, (1 + level) / 2)))
        return Estimate(
            self.value,
            float(np.sqrt(variance)),
            self.value - (self.value - low) * scale,
            self.value + (high - self.value) * scale,
        )

    def share(self, level: float = 0.95) -> Estimate:
        """Return the interval of a share: Wilson's, of as many independent answers as have the bootstrap's variance.

        So are intervals of shares made from surveys in clusters (Kott & Carr, Journal of Official Statistics
        1997;13:123-137; Korn & Graubard, Survey Methodology 1998;24:193-201). They hold the truth near 0 and 1, where
        percentiles are too narrow and end at 1. Where all answers are alike, and there is no variance to go by, the
        answers to one image are taken for one.

        Raises:
            ValueError: when this is no mean of zeros and ones.
        """
        from scipy.special import ndtr
        from statsmodels.stats.proportion import proportion_confint

        if not self.cases or not 0 <= self.value <= 1:
            raise ValueError("Only a share has such an interval.")
        variance, quantile = self._variance(level)
        own = self.value * (1 - self.value)
        worth = min(max(own / variance, 1.0), self.answers) if own > 0 and variance > 0 else float(self.cases)
        low, high = proportion_confint(
            self.value * worth, worth, alpha=2 * float(ndtr(-quantile)), method="wilson"
        )
        return Estimate(self.value, float(np.sqrt(variance)), max(0.0, float(low)), min(1.0, float(high)))

    def _variance(self, level: float, *, cautious: bool = False) -> tuple[float, float]:
        """Return the variance and how many of its roots the end of an interval is away."""
        from scipy.special import ndtri, stdtrit

        both, readers, cases = (_variance(draws) for draws in (self.draws, self.by_readers, self.by_cases))
        variance = both if cautious else max(2 * readers + 2 * cases - both, both / 3)
        if self.readers < 2 or readers <= 0:
            return variance, float(ndtri((1 + level) / 2))
        freedom = (self.readers - 1) * max(1.0, variance / readers) ** 2
        return variance, float(stdtrit(freedom, (1 + level) / 2))


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
        filled, counts = np.where(known, scores, 0.0), known.astype(float)
        return Resampled(
            float(scores[known].mean()),
            _over(self._both(filled), self._both(counts)),
            _over(self.reader_weights @ filled.sum(1), self.reader_weights @ counts.sum(1)),
            _over(self.case_weights @ filled.sum(0), self.case_weights @ counts.sum(0)),
            int(known.any(1).sum()),
            int(known.sum()),
            int(known.any(0).sum()),
        )

    def difference(self, first: Floats, second: Floats) -> Resampled | None:
        """Return the mean of the first less that of the second scores, each (R, N) with NaN elsewhere."""
        a, b = self.mean(first), self.mean(second)
        if a is None or b is None:
            return None
        return Resampled(
            a.value - b.value,
            a.draws - b.draws,
            a.by_readers - b.by_readers,
            a.by_cases - b.by_cases,
            min(a.readers, b.readers),
        )

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
        known = ~np.isnan(own)
        weights = np.where(np.isnan(draws), 0.0, self.reader_weights)
        there = (~np.isnan(draws)).astype(float)
        filled = np.nan_to_num(draws)
        return Resampled(
            float(own[known].mean()),
            _over((weights * filled).sum(1), weights.sum(1)),
            _over(self.reader_weights @ np.nan_to_num(own), self.reader_weights @ known.astype(float)),
            _over(filled.sum(1), there.sum(1)),
            int(known.sum()),
        )

    def _both(self, values: Floats) -> Floats:
        """Return the sum of values (R, N) in each resample of readers and cases."""
        return np.asarray(
            np.einsum("br,rn,bn->b", self.reader_weights, values, self.case_weights, optimize=True)
        )


def p_outside(resampled: Resampled, margin: float, *, reference: float = 0.0) -> float:
    """Return the larger one-sided p of two tests of a figure against reference - margin and reference + margin.

    By inverting the cautious interval: the smallest p for which that of level 1 - 2 p lies inside the margin.
    """
    low, high = 0.0, 0.5
    for _ in range(40):
        middle = (low + high) / 2
        found = resampled.interval(1 - 2 * middle, cautious=True)
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
    counts = chance.multinomial(n - 1, np.full(n, 1 / n), size=resamples)
    return np.asarray(counts * (n / (n - 1)), dtype=np.float64)


def _over(top: Floats, bottom: Floats) -> Floats:
    """Return the ratio, NaN where there is nothing to divide by."""
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)


def _variance(draws: Floats) -> float:
    return float(draws[~np.isnan(draws)].var(ddof=1))
