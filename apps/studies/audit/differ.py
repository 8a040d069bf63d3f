"""Look for anything at all that differs between the pictures of two arms. Pure; knows no study.

SciPy is imported where it is needed: the web process, which only asks whether a study was audited, does without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.studies.audit.splits import Split
from ml.metrics.exact import holm

_FEW = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """A feature with more than one value: how many, an example of two, and how surely it goes with the arm."""

    feature: str
    values: int
    example: tuple[str, str]
    p: float
    must_be_one: bool


Row = Mapping[str, Any]


def differ(rows: Sequence[Row], second: Sequence[bool], *, free: Callable[[str], bool]) -> list[Difference]:
    """Return every feature that has more than one value over the rows, p corrected after Holm.

    Args:
        rows: What was observed of each picture, by name; a name that a row lacks counts as a value of its own.
        second: Which rows belong to the second arm.
        free: Of a name, whether its value may differ from picture to picture as long as that does not go with the arm.
    """
    names = sorted({name for row in rows for name in row})
    found = []
    for name in names:
        values = [row.get(name) for row in rows]
        distinct = list(dict.fromkeys(map(repr, values)))
        if len(distinct) < 2:
            continue
        p = _p_of(values, second)
        found.append(Difference(name, len(distinct), (distinct[0], distinct[1]), p, not free(name)))
    corrected = holm([one.p for one in found])
    return [replace(one, p=p) for one, p in zip(found, corrected, strict=True)]


def differences(
    rows: Sequence[Row], splits: Sequence[Split], *, free: Callable[[str], bool]
) -> list[Difference]:
    """Return the same over several splits of the rows: the smallest p of each feature, corrected for their number."""
    found = {one.feature: one for one in differ(rows, [False] * len(rows), free=free)}
    for split in splits:
        for one in differ([rows[number] for number in split.inside], split.sides, free=free):
            p = min(found[one.feature].p, one.p * len(splits))
            found[one.feature] = replace(found[one.feature], p=p)
    return list(found.values())


def timing_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sample Kolmogorov-Smirnov p of two sets of times; 1 where one is empty."""
    from scipy.stats import ks_2samp

    if not first or not second:
        return 1.0
    return float(ks_2samp(first, second).pvalue)


def _p_of(values: Sequence[Any], second: Sequence[bool]) -> float:
    """Return how surely a value goes with the arm: exact tests, corrected for there being several."""
    from scipy.stats import fisher_exact, ks_2samp, mannwhitneyu

    if len(set(second)) < 2:
        return 1.0
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if numbers and len(set(values)) > _FEW:
        one = [float(value) for value, is_second in zip(values, second, strict=True) if not is_second]
        two = [float(value) for value, is_second in zip(values, second, strict=True) if is_second]
        return min(1.0, 2 * min(float(mannwhitneyu(one, two).pvalue), float(ks_2samp(one, two).pvalue)))
    counts = Counter(zip(map(repr, values), second, strict=True))
    n_second = sum(second)
    n_first = len(second) - n_second
    # Values seen once cannot go with an arm; a value of its own for each picture is judged as a number, or not at all.
    repeated = [value for value, n in Counter(map(repr, values)).items() if n > 1]
    if not repeated:
        return 1.0
    p = min(
        float(
            fisher_exact(
                [
                    [counts[value, False], n_first - counts[value, False]],
                    [counts[value, True], n_second - counts[value, True]],
                ]
            ).pvalue
        )
        for value in repeated
    )
    return min(1.0, p * len(repeated))
