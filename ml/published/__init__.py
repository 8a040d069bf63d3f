"""Published results as printed, and whether they follow from the tables printed beside them. Torch-free."""

from ml.published.checks import Check, checks, contradictions
from ml.published.tables import Folds, Printed, PublishedMatrix, folds, matrices, matrix

__all__ = [
    "Check",
    "Folds",
    "Printed",
    "PublishedMatrix",
    "checks",
    "contradictions",
    "folds",
    "matrices",
    "matrix",
]
