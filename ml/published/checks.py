"""Every printed figure that a printed table should give, beside what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ml.metrics.matrix import figures
from ml.published.tables import Folds, Printed, PublishedMatrix, averaged, folds, matrices

WORDS = {
    "accuracy": "accuracy",
    "recall": "recall",
    "macro_recall": "recall (sensitivity), mean of classes",
    "macro_precision": "precision, mean of classes",
    "macro_f1": "F1, mean of classes",
    "macro_specificity": "specificity, mean of classes",
    "macro_negative_predictive": "negative predictive value, mean of classes",
}
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Check:
    """A printed figure (per cent) and what the table beside it gives; ``note`` says more where they differ."""

    source: str
    table: str
    what: str
    figure: str
    where: str
    printed: float
    ours: float
    decimals: int
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Return whether ours rounds to the printed figure; what lies on the border may be rounded either way."""
        return abs(self.ours - self.printed) <= 0.5 * 10**-self.decimals + _ROUNDING


def checks() -> tuple[Check, ...]:
    """Return all checks, in the order of the papers."""
    return (*_of_matrices(), *_of_folds(), *_of_averages())


def contradictions() -> tuple[Check, ...]:
    """Return the printed figures that do not follow from the tables printed beside them."""
    return tuple(check for check in checks() if not check.agrees)


def as_markdown(found: tuple[Check, ...]) -> str:
    """Return the checks as a table for a document."""
    lines = [
        "| paper | table | figure | printed | from the table | |",
        "| --- | --- | --- | ---: | ---: | --- |",
    ]
    for check in found:
        printed = f"{check.printed:.{check.decimals}f} ({check.where})"
        verdict = "follows" if check.agrees else f"**contradicts**{': ' if check.note else ''}{check.note}"
        what = f"{check.table}, {check.what}"
        ours = f"{check.ours:.{check.decimals + 1}f}"
        lines.append(f"| {check.source} | {what} | {check.figure} | {printed} | {ours} | {verdict} |")
    return "\n".join(lines) + "\n"


def _of_matrices() -> Iterator[Check]:
    for one in matrices():
        found = figures(one.counts)
        for printed in one.printed:
            yield _check(one, printed, 100 * float(getattr(found, printed.figure)))


def _check(one: PublishedMatrix, printed: Printed, ours: float) -> Check:
    check = Check(
        one.source,
        one.table,
        one.title,
        WORDS[printed.figure],
        printed.where,
        printed.percent,
        ours,
        printed.decimals,
    )
    if check.agrees or one.stated is None:
        return check
    completed = figures(one.completed)
    with_them = 100 * float(getattr(completed, printed.figure))
    lacking = completed.cells - sum(map(sum, one.counts))
    rounded = f"{with_them:.{printed.decimals}f}"
    note = f"with the {lacking} cells that the table lacks as errors {rounded}"
    follows = abs(with_them - printed.percent) <= 0.5 * 10**-printed.decimals + _ROUNDING
    return replace(check, note=f"{note}, as printed" if follows else f"{note}, which is not it either")


def _of_folds() -> Iterator[Check]:
    for one in folds():
        means = np.asarray(one.percent).mean(0)
        for name, printed, ours in zip(one.classes, one.average, means, strict=True):
            yield Check(
                one.source,
                one.table,
                one.network,
                f"mean of folds, {name}",
                "last row",
                printed,
                float(ours),
                0,
            )
        for said in one.printed:
            yield _fold_check(one, said, means)


def _fold_check(one: Folds, said: Printed, means: np.ndarray) -> Check:
    """Accuracy is the mean of the classes' accuracies here, and so the same as their mean recall."""
    ours = float(means[one.classes.index(said.figure)] if said.figure in one.classes else means.mean())
    words = WORDS.get(said.figure, f"accuracy of {said.figure}s")
    note = "a class's accuracy is its recall here" if said.figure == "recall" else ""
    return Check(
        one.source, one.table, one.network, words, said.where, said.percent, ours, said.decimals, note
    )


def _of_averages() -> Iterator[Check]:
    for one in averaged():
        ours = float(np.mean(one.values))
        yield Check(one.source, one.table, one.title, "average", one.where, one.average, ours, 0)
