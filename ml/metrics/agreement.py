"""How far two people agree on the same cells. Torch-free.

Per cent agreement says how often, kappa how much more often than two people who guess with the same frequencies would.
Kappa falls when one class is most of the cells (Feinstein & Cicchetti, J Clin Epidemiol 1990;43:543-549), as
neutrophils are, so Gwet's AC1 and each class's own agreement stand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ml.metrics.intervals import clopper_pearson

Z_95 = 1.959963984540054
FEWEST = 30
"""Below so many cells no large-sample interval is worth giving, however few the classes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its standard error and 95 % interval; without them where they cannot be estimated."""

    value: float
    error: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """One class: how many cells the first, the second and both called so.

    ``specific`` is the share of agreement among the calls of this class, 2 x both / (first + second) (Fleiss, Levin &
    Paik, Statistical Methods for Rates and Proportions, 3rd ed. 2003, section 18.1).
    """

    name: str
    first: int
    second: int
    both: int
    specific: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two people said of ``n`` cells.

    ``table`` has the first person's classes as rows, in the order of ``classes``. ``few`` tells that there are fewer
    cells than the large-sample intervals of ``kappa`` and ``ac1`` need.
    """

    classes: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    n: int
    agreed: int
    low: float
    high: float
    kappa: Estimate | None
    ac1: Estimate | None
    per_class: tuple[ClassAgreement, ...]
    needed: int

    @property
    def share(self) -> float:
        """Return the share of cells on which the two agree."""
        return self.agreed / self.n

    @property
    def few(self) -> bool:
        """Return whether there are too few cells for the large-sample intervals."""
        return self.n < self.needed


def agreement(pairs: Sequence[tuple[str, str]], classes: Sequence[str]) -> Agreement:
    """Compare what two people said, cell by cell.

    Args:
        pairs: The first and the second person's class of each cell.
        classes: In which order to show classes; those that neither used are left out, unknown ones come last.

    Raises:
        ValueError: when there is no pair.
    """
    if not pairs:
        raise ValueError("Without a cell that both classed there is nothing to compare.")
    said = {name for pair in pairs for name in pair}
    shown = [name for name in classes if name in said] + sorted(said - set(classes))
    at = {name: number for number, name in enumerate(shown)}
    table = np.zeros((len(shown), len(shown)), dtype=np.int64)
    for first, second in pairs:
        table[at[first], at[second]] += 1
    agreed = int(np.trace(table))
    low, high = clopper_pearson(agreed, len(pairs))
    return Agreement(
        classes=tuple(shown),
        table=tuple(tuple(int(count) for count in row) for row in table),
        n=len(pairs),
        agreed=agreed,
        low=low,
        high=high,
        kappa=cohen_kappa(table),
        ac1=gwet_ac1(table),
        per_class=tuple(_of_class(name, table, number) for name, number in at.items()),
        # Cicchetti, Applied Psychological Measurement 1981;5:101-104: twice the square of the number of classes.
        needed=max(FEWEST, 2 * len(shown) ** 2),
    )


def cohen_kappa(table: NDArray[np.int64]) -> Estimate | None:
    """Return Cohen's kappa of a table of counts (C, C) with its large-sample interval.

    Kappa: Cohen, Educational and Psychological Measurement 1960;20:37-46. Standard error: Fleiss, Cohen & Everitt,
    Psychological Bulletin 1969;72:323-327, equation 13 (the one for intervals, not the one for the test of no
    agreement); also Fleiss, Levin & Paik 2003, equations 18.15 to 18.18.

    Returns:
        None when both used one class for all cells: chance alone agrees always then. Without an interval when the
        estimated error is nil, as it is when the two agree on every cell.
    """
    n, p, rows, columns = _shares(table)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if expected >= 1:
        return None
    kappa = (observed - expected) / (1 - expected)
    # By how much the share expected by chance grows with each part of the table.
    slope = columns[:, None] + rows[None, :]
    weight = np.where(np.eye(len(p), dtype=bool), 1 - slope * (1 - kappa), slope * (1 - kappa))
    spread = float((p * weight**2).sum()) - (kappa - expected * (1 - kappa)) ** 2
    return _estimate(kappa, spread / (n * (1 - expected) ** 2))


def gwet_ac1(table: NDArray[np.int64]) -> Estimate | None:
    """Return Gwet's first-order agreement coefficient of a table of counts (C, C) with its large-sample interval.

    Gwet, British Journal of Mathematical and Statistical Psychology 2008;61:29-48: coefficient and variance, the latter
    for a sample that is small against all cells.

    Returns:
        None with fewer than two classes in use.
    """
    n, p, rows, columns = _shares(table)
    q = int(((rows + columns) > 0).sum())
    if q < 2:
        return None
    used = (rows + columns) / 2
    observed = float(np.trace(p))
    expected = float((used * (1 - used)).sum()) / (q - 1)
    ac1 = (observed - expected) / (1 - expected)
    diagonal = float((np.diag(p) * (1 - used)).sum()) / (q - 1)
    mean = (used[:, None] + used[None, :]) / 2
    square = float((p * (1 - mean) ** 2).sum()) / (q - 1) ** 2
    spread = (
        observed * (1 - observed)
        - 4 * (1 - ac1) * (diagonal - observed * expected)
        + 4 * (1 - ac1) ** 2 * (square - expected**2)
    )
    return _estimate(ac1, spread / (n * (1 - expected) ** 2))


def _shares(
    table: NDArray[np.int64],
) -> tuple[int, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the number of cells, the table as shares, and its margins."""
    n = int(table.sum())
    p = table / n
    return n, p, p.sum(1), p.sum(0)


def _estimate(value: float, variance: float) -> Estimate:
    if variance <= 1e-12:
        return Estimate(value)
    error = sqrt(variance)
    return Estimate(value, error, max(-1.0, value - Z_95 * error), min(1.0, value + Z_95 * error))


def _of_class(name: str, table: NDArray[np.int64], at: int) -> ClassAgreement:
    first, second, both = int(table[at].sum()), int(table[:, at].sum()), int(table[at, at])
    return ClassAgreement(name, first, second, both, 2 * both / (first + second) if first + second else None)
