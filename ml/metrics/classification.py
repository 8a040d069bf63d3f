"""How well cells are classified. Torch-free; over scikit-learn where it has the figure.

Macro figures are means over classes, pooled ones over cells; the literature prints either, so both are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix


@dataclass(frozen=True, slots=True)
class ClassificationReport:
    """Figures of one evaluation; ``confusion`` has true classes as rows, in the order of ``classes``.

    Predictions outside ``classes`` count as errors of their true class and stand in the last column, "other".
    """

    classes: tuple[str, ...]
    cells: int
    pooled_accuracy: float
    macro_accuracy: float
    per_class: Mapping[str, float]
    counts: Mapping[str, int]
    confusion: tuple[tuple[int, ...], ...]


def report(true: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> ClassificationReport:
    """Compare predicted with true labels; ``per_class`` is the share of each class's cells that was right.

    Raises ``ValueError`` when a true label is not in ``classes`` or there is no cell.
    """
    if not true or len(true) != len(predicted):
        raise ValueError("True and predicted labels must be equally many, and at least one.")
    if unknown := set(true) - set(classes):
        raise ValueError(f"True labels outside the classes compared: {', '.join(sorted(unknown))}.")
    columns = [*classes, "other"]
    said = [p if p in classes else "other" for p in predicted]
    matrix = confusion_matrix(list(true), said, labels=columns)[:-1]
    rows = matrix.sum(1)
    right = np.diag(matrix)
    present = rows > 0
    shares = np.divide(right, rows, out=np.zeros(len(rows)), where=present)
    return ClassificationReport(
        classes=tuple(classes),
        cells=len(true),
        pooled_accuracy=float(right.sum() / rows.sum()),
        macro_accuracy=float(shares[present].mean()),
        per_class={c: float(s) for c, s, p in zip(classes, shares, present, strict=True) if p},
        counts={c: int(n) for c, n in zip(classes, rows, strict=True)},
        confusion=tuple(tuple(int(v) for v in row) for row in matrix),
    )


def expected_calibration_error(
    probabilities: NDArray[np.float64], true: NDArray[np.int64], *, bins: int = 15
) -> float:
    """Return the expected calibration error of probabilities (N, C) for class numbers (N,).

    Mean gap between confidence and accuracy over equal-width bins of the largest probability, weighted by cells
    (Guo et al. 2017, arXiv 1706.04599, equation 3).
    """
    confidence, hit = probabilities.max(1), probabilities.argmax(1) == true
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (index == b).mean() * abs(confidence[index == b].mean() - hit[index == b].mean())
        for b in range(bins)
        if (index == b).any()
    ]
    return float(sum(gaps))
