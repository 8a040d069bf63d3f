"""Figures of merit of a confusion matrix that somebody else has counted. Torch-free; over scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class MatrixFigures:
    """Shares from 0 to 1. Tuples have one entry for each class; ``macro_`` figures are their plain means.

    ``accuracy`` is pooled over cells. Recall is also called sensitivity, precision the positive predictive value.
    """

    cells: int
    right: int
    accuracy: float
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    f1: tuple[float, ...]
    specificity: tuple[float, ...]
    negative_predictive: tuple[float, ...]
    macro_recall: float
    macro_precision: float
    macro_f1: float
    macro_specificity: float
    macro_negative_predictive: float


def figures(counts: Sequence[Sequence[int]]) -> MatrixFigures:
    """Return the figures of counts (C, C + K): true classes as rows, in the columns the same classes and then others.

    Columns beyond the classes ("other", "cannot tell") are errors and predictions of no class. A class that was never
    predicted has a precision of 0, as scikit-learn has it.

    Raises:
        ValueError: when there are fewer columns than rows, a row is empty, or a count is negative.
    """
    from sklearn.metrics import multilabel_confusion_matrix, precision_recall_fscore_support

    table = np.asarray(counts, dtype=np.int64)
    if table.ndim != 2 or table.shape[1] < table.shape[0] or (table < 0).any() or (table.sum(1) == 0).any():
        raise ValueError("A confusion matrix has a column for each of its rows, and cells in every row.")
    rows, columns = table.shape
    true = np.repeat(np.arange(rows), columns)
    said = np.tile(np.arange(columns), rows)
    labels, weights = list(range(rows)), table.ravel()
    precision, recall, f1, _ = precision_recall_fscore_support(
        true, said, labels=labels, sample_weight=weights, zero_division=0
    )
    parts = multilabel_confusion_matrix(true, said, labels=labels, sample_weight=weights)
    negative, missed, alarms = parts[:, 0, 0], parts[:, 1, 0], parts[:, 0, 1]
    specificity = negative / np.maximum(negative + alarms, 1)
    npv = negative / np.maximum(negative + missed, 1)
    right = int(np.trace(table[:, :rows]))
    return MatrixFigures(
        cells=int(table.sum()),
        right=right,
        accuracy=right / int(table.sum()),
        recall=_floats(recall),
        precision=_floats(precision),
        f1=_floats(f1),
        specificity=_floats(specificity),
        negative_predictive=_floats(npv),
        macro_recall=float(recall.mean()),
        macro_precision=float(precision.mean()),
        macro_f1=float(f1.mean()),
        macro_specificity=float(specificity.mean()),
        macro_negative_predictive=float(npv.mean()),
    )


def _floats(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
