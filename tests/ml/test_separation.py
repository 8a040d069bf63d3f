"""A trivial classifier that is right when there is something, and at chance when there is not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ml.metrics.separation import _areas, cross_validated, separations

SECOND = np.arange(200) % 2 == 1


def test_a_shift_is_found() -> None:
    draw = np.random.default_rng(1)
    figures = draw.normal(size=(200, 3))
    figures[SECOND, 1] += 1.5
    auc, p = cross_validated(figures, SECOND, seed=1, permutations=199)
    # Two normals 1.5 apart overlap to an area of Phi(1.5 / sqrt 2).
    assert auc == pytest.approx(0.856, abs=0.06)
    assert p == pytest.approx(1 / 200)


def test_nothing_is_found_where_nothing_is() -> None:
    draw = np.random.default_rng(2)
    found = [
        cross_validated(draw.normal(size=(60, 4)), SECOND[:60], seed=seed, permutations=59)[1]
        for seed in range(80)
    ]
    # Of 80 blind sets about 8 have p <= 0.1; more than 17 come once in two thousand times.
    assert sum(p <= 0.1 for p in found) <= 17
    assert 0.35 < float(np.mean(found)) < 0.65


def test_families_are_corrected_together() -> None:
    draw = np.random.default_rng(3)
    figures = {name: draw.normal(size=(100, 2)) for name in "abc"}
    figures["b"] = figures["b"] + SECOND[:100, None] * 3.0
    found = {one.family: one for one in separations(figures, SECOND[:100], seed=1, permutations=99)}
    assert found["b"].auc > 0.95
    assert found["b"].p_holm == pytest.approx(3 * found["b"].p)
    assert found["a"].p_holm >= found["a"].p


def test_areas_are_those_of_scikit_learn() -> None:
    draw = np.random.default_rng(4)
    scores = draw.integers(0, 6, size=(40, 3)).astype(float)
    groups = np.stack([draw.permuted(SECOND[:40]) for _ in range(3)], axis=1)
    wanted = [roc_auc_score(groups[:, k], scores[:, k]) for k in range(3)]
    assert _areas(scores, groups) == pytest.approx(wanted)


def test_too_few_items_say_nothing() -> None:
    assert cross_validated(np.zeros((6, 1)), SECOND[:6], seed=1) == (0.5, 1.0)
