"""What a study of so many images can show, and what it cannot. Torch-free.

Everything is counted out over the binomial distributions, nothing is simulated. "Found" means p < 0.05 of the test that
the results use; the smallest detectable difference is the one that is found in four studies of five.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, gammaln

from ml.metrics.equivalence import LEVEL, p_equivalent
from ml.metrics.intervals import wilson

POWER = 0.8
ACCURACIES = (0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.90)
"""True accuracies for which the chance of finding them is told."""
CORRELATION = 0.2
"""Of two readers' answers to one image, where nothing is known: research reports of reader studies find 0.1 to 0.3."""
MOST = 600
"""Images of a kind up to which tables are counted out; larger studies are shown as this one."""


@dataclass(frozen=True, slots=True)
class PowerRow:
    """Telling real from synthetic with ``n`` answers, against guessing.

    ``at_least`` is the smallest number of right answers that the exact test calls more than guessing (``at_most``:
    less), None when no number is. ``powers`` holds (true accuracy, chance of finding it). ``detectable`` is the
    smallest accuracy found with a chance of 80 %. ``low`` and ``high`` are the Wilson interval at half right.
    ``equivalent`` are the fewest and the most right answers that show that readers guess, within the margin;
    ``equivalence_chance`` how often pure guessing gives such a number.
    """

    label: str
    n: int
    at_most: int | None
    at_least: int | None
    powers: tuple[tuple[float, float], ...]
    detectable: float | None
    low: float
    high: float
    equivalent: tuple[int, int] | None
    equivalence_chance: float | None


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Class accuracy on ``real`` against ``synthetic`` images, when the one on real images is ``accuracy``.

    ``detectable`` is the highest accuracy on synthetic images that Fisher's test finds lower with a chance of 80 %,
    None when not even 0 is found. ``widest`` is the largest observed difference, at about that accuracy, that still
    shows equivalence within the margin; None when no result can. ``equivalence_chance``: when both are truly alike.
    """

    label: str
    real: int
    synthetic: int
    accuracy: float
    detectable: float | None
    low: float
    high: float
    widest: float | None
    equivalence_chance: float | None


@dataclass(frozen=True, slots=True)
class PowerTable:
    """All rows, the margin they are for, and how many independent answers the readers' answers are worth."""

    realism: tuple[PowerRow, ...]
    classes: tuple[ClassRow, ...]
    margin: float | None
    readers: int
    answers: int
    worth: int
    correlation: float


def table(
    *,
    real: int,
    synthetic: int,
    classes: int = 5,
    readers: int = 1,
    margin: float | None = None,
    accuracy: float = 0.95,
    correlation: float = CORRELATION,
) -> PowerTable:
    """Return what a study can show: for one class, one reader and all readers.

    Args:
        real: Real images each reader classifies, repeats and controls not counted.
        synthetic: Synthetic images; with 0 (or no real ones) there are no rows on telling them apart.
        classes: Among how many classes they are spread evenly.
        readers: How many readers see all of them.
        margin: Of equivalence, as a share; None for none.
        accuracy: Expected class accuracy on real images.
        correlation: Between two readers' answers to one image.

    Raises:
        ValueError: when there is no image at all or no reader.
    """
    if real + synthetic < 1 or real < 0 or synthetic < 0 or readers < 1 or classes < 1:
        raise ValueError("A study has at least one image and one reader.")
    gain = readers / (1 + (readers - 1) * correlation)
    steps = [("One class, one reader", 1 / classes), ("One reader", 1.0)]
    if readers > 1:
        steps.append((f"{readers} readers", gain))
    both = real > 0 and synthetic > 0
    sizes = [(label, _size(real, part), _size(synthetic, part)) for label, part in steps]
    return PowerTable(
        realism=tuple(told_apart(label, a + b, margin) for label, a, b in sizes) if both else (),
        classes=tuple(class_row(label, a, b, accuracy=accuracy, margin=margin) for label, a, b in sizes)
        if both
        else (),
        margin=margin,
        readers=readers,
        answers=readers * (real + synthetic),
        worth=round(effective(real + synthetic, readers, correlation)),
        correlation=correlation,
    )


def effective(images: int, readers: int, correlation: float = CORRELATION) -> float:
    """Return how many independent answers those of several readers on the same images are worth.

    The design effect of clusters of equal size (Kish, Survey Sampling, 1965, section 5.4): it cannot exceed images /
    correlation, however many readers there are.
    """
    return images * readers / (1 + (readers - 1) * correlation)


def told_apart(label: str, n: int, margin: float | None) -> PowerRow:
    """Return what ``n`` answers of real or synthetic can show against guessing."""
    edge = _edge(n)
    counts = np.arange(n + 1)
    passing = _passing(n, margin) if margin is not None and 0 < margin < 0.5 else None
    low, high = wilson(n // 2, n) if n % 2 == 0 else _middle(n)
    return PowerRow(
        label=label,
        n=n,
        at_most=edge,
        at_least=None if edge is None else n - edge,
        powers=tuple((accuracy, _found(n, accuracy)) for accuracy in ACCURACIES),
        detectable=detectable(n),
        low=low,
        high=high,
        equivalent=(int(counts[passing].min()), int(counts[passing].max()))
        if passing is not None and passing.any()
        else None,
        equivalence_chance=None if passing is None else float(_pmf(n, 0.5)[passing].sum()),
    )


def detectable(n: int, *, power: float = POWER) -> float | None:
    """Return the smallest true accuracy above guessing that ``n`` answers find with this chance."""
    if _edge(n) is None:
        return None
    low, high = 0.5, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if _found(n, middle) >= power else (middle, high)
    return high


def class_row(label: str, real: int, synthetic: int, *, accuracy: float, margin: float | None) -> ClassRow:
    """Return what class accuracies on so many real and synthetic images can show."""
    rejects = fisher_rejects(real, synthetic)
    of_real = _pmf(real, accuracy)

    def power(other: float) -> float:
        return float(of_real @ rejects @ _pmf(synthetic, other))

    found: float | None = None
    if power(0.0) >= POWER:
        low, high = 0.0, accuracy
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if power(middle) >= POWER else (low, middle)
        found = low
    low_end, high_end = wilson(round(synthetic * accuracy), synthetic)
    widest = chance = None
    if margin is not None and 0 < margin < 1:
        hits = np.arange(real + 1)[:, None], np.arange(synthetic + 1)[None, :]
        passes = p_equivalent(hits[0], real, hits[1], synthetic, margin) < LEVEL
        chance = float(of_real @ passes @ _pmf(synthetic, accuracy))
        near = passes[round(real * accuracy)]
        gaps = np.abs(round(real * accuracy) / real - np.arange(synthetic + 1) / synthetic)
        widest = float(gaps[near].max()) if near.any() else None
    return ClassRow(label, real, synthetic, accuracy, found, low_end, high_end, widest, chance)


@lru_cache(maxsize=32)
def fisher_rejects(first: int, second: int, level: float = LEVEL) -> NDArray[np.bool_]:
    """Return for all pairs of hits (first + 1, second + 1) whether Fisher's two-sided p is below ``level``.

    scipy's ``fisher_exact`` for a whole table at once: along each sum of hits, p adds up the chances of all divisions
    that are no more likely (with its tolerance for what is equally likely).
    """
    rejects = np.zeros((first + 1, second + 1), dtype=bool)
    for total in range(first + second + 1):
        a = np.arange(max(0, total - second), min(first, total) + 1)
        chance = np.exp(
            _log_choose(first, a)
            + _log_choose(second, total - a)
            - gammaln(first + second + 1)
            + gammaln(total + 1)
            + gammaln(first + second - total + 1)
        )
        order = np.argsort(chance)
        sums = np.cumsum(chance[order])
        last = np.searchsorted(chance[order], chance * (1 + 1e-7), side="right") - 1
        rejects[a, total - a] = sums[last] < level
    rejects.flags.writeable = False
    return rejects


def _size(n: int, part: float) -> int:
    return min(MOST, max(1, round(n * part))) if n else 0


def _edge(n: int) -> int | None:
    """Return the largest number of right answers that is less than guessing: twice its tail is below 5 %."""
    counts = np.arange(n // 2 + 1)
    below = np.flatnonzero(2 * bdtr(counts, n, 0.5) < LEVEL)
    return int(below[-1]) if len(below) else None


def _found(n: int, accuracy: float) -> float:
    """Return the chance that the exact test against guessing rejects."""
    edge = _edge(n)
    if edge is None:
        return 0.0
    return float(bdtr(edge, n, accuracy)) + 1 - float(bdtr(n - edge - 1, n, accuracy))


def _passing(n: int, margin: float) -> NDArray[np.bool_]:
    """Return which numbers of right answers pass both exact one-sided tests."""
    counts = np.arange(n + 1)
    not_below = np.where(counts > 0, 1 - bdtr(np.maximum(counts - 1, 0), n, 0.5 - margin), 1.0)
    not_above = bdtr(counts, n, 0.5 + margin)
    return np.asarray((not_below < LEVEL) & (not_above < LEVEL))


def _pmf(n: int, share: float) -> NDArray[np.float64]:
    counts = np.arange(n + 1)
    if share <= 0 or share >= 1:
        return (counts == (n if share >= 1 else 0)).astype(np.float64)
    logs = _log_choose(n, counts) + counts * np.log(share) + (n - counts) * np.log1p(-share)
    return np.asarray(np.exp(logs), dtype=np.float64)


def _log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)


def _middle(n: int) -> tuple[float, float]:
    """Return the mean of the two Wilson intervals nearest to half right."""
    below, above = wilson(n // 2, n), wilson(n // 2 + 1, n)
    return (below[0] + above[0]) / 2, (below[1] + above[1]) / 2
