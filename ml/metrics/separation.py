"""Can a few figures of each item tell two groups apart? Torch-free.

A trivial classifier (ridge regression on standardised figures) is trained on four fifths of the items and ranks the
last fifth, five times over; the area under its ROC curve is compared with what permuted groups give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.metrics.exact import holm

FOLDS = 5
PERMUTATIONS = 999
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Separation:
    """How well a family of figures separates: cross-validated AUC, one-sided permutation p, p after Holm."""

    family: str
    auc: float
    p: float
    p_holm: float


def cross_validated(
    figures: NDArray[np.float64], second: NDArray[np.bool_], *, seed: int, permutations: int = PERMUTATIONS
) -> tuple[float, float]:
    """Return (AUC averaged over the folds, permutation p).

    Groups are permuted within the folds, so that every permutation has the same folds with as many of each group; p is
    (1 + how many permutations reach the AUC) / (1 + permutations) (Phipson & Smyth, Stat Appl Genet Mol Biol
    2010;9:39). 0.5 and 1 where a group has fewer items than there are folds.

    Args:
        figures: Shape (n, k), finite.
        second: Shape (n,), which items are of the second group.
        seed: Of the folds and permutations.
        permutations: How many.
    """
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    if min(second.sum(), (~second).sum()) < FOLDS:
        return 0.5, 1.0
    draw = np.random.default_rng(seed)
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(figures, second))
    # Column 0 holds the true groups, the others permuted ones: one regression answers for all of them.
    groups = np.tile(second.astype(np.float64)[:, None], (1, 1 + permutations))
    for _, test in folds:
        groups[test, 1:] = draw.permuted(groups[test, 1:], axis=0)
    total = np.zeros(1 + permutations)
    for train, test in folds:
        scale = StandardScaler().fit(figures[train])
        model = Ridge(alpha=_RIDGE).fit(scale.transform(figures[train]), groups[train])
        scores = np.asarray(model.predict(scale.transform(figures[test])))
        total += _areas(scores.reshape(len(test), -1), groups[test] > 0.5)
    areas = total / FOLDS
    reached = int((areas[1:] >= areas[0] - 1e-12).sum())
    return float(areas[0]), (1 + reached) / (1 + permutations)


def separations(
    families: Mapping[str, NDArray[np.float64]],
    second: NDArray[np.bool_],
    *,
    seed: int,
    permutations: int = PERMUTATIONS,
) -> list[Separation]:
    """Return how each family of figures separates the groups, p corrected over the families after Holm."""
    found = []
    for name, figures in families.items():
        auc, p = cross_validated(figures, second, seed=seed, permutations=permutations)
        found.append(Separation(name, auc, p, p))
    corrected = holm([one.p for one in found])
    return [replace(one, p_holm=p) for one, p in zip(found, corrected, strict=True)]


def _areas(scores: NDArray[np.float64], second: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the AUC of each column of scores for the groups in the same column; ties count half."""
    from scipy.stats import rankdata

    ranks = rankdata(scores, axis=0)
    n = second.sum(axis=0)
    rest = second.shape[0] - n
    return np.asarray(((ranks * second).sum(axis=0) - n * (n + 1) / 2) / (n * rest), np.float64)
