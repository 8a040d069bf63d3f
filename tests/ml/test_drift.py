"""Drift over trials."""

from __future__ import annotations

import numpy as np
import pytest

from ml.metrics import drift


def test_the_exact_slope_of_a_small_example():
    # Wilcoxon, Biometrics Bulletin 1945;1:80-83, as every textbook counts it: the three lowest of six ranks have a
    # two-sided p of 2 / 20.
    assert drift.slope_p([1, 2, 3, 4, 5, 6], [True, True, True, False, False, False]) == pytest.approx(0.1)
    assert drift.slope_p([1, 2, 3], [True, True, True]) is None
    assert drift.slope_p([1, 2, 3], [False, False, False]) is None


@pytest.mark.parametrize("n", [40, 100, 160])
def test_no_drift_is_seldom_called_one(n):
    chance = np.random.default_rng(n)
    values = [drift.slope_p(range(n), (chance.random(n) < 0.9).tolist()) for _ in range(800)]
    known = np.array([p for p in values if p is not None])
    # Never beyond 5 % but for chance (three standard errors of 800 rounds).
    assert (known < 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(known))


def test_a_trend_of_times():
    found = drift.trend(range(20), [20.0 - at for at in range(20)])
    assert found.tau == pytest.approx(-1)
    assert found.p < 1e-6
    assert drift.trend(range(4), [1.0, 2.0, 3.0, 4.0]) is None
    assert drift.trend(range(9), [2.0] * 9) is None


@pytest.mark.parametrize(
    ("n", "lengths"), [(0, []), (7, [7]), (25, [12, 13]), (100, [25] * 4), (103, [26, 26, 25, 26])]
)
def test_parts_cover_all_trials(n, lengths):
    parts = drift.parts(n)
    assert [number for part in parts for number in part] == list(range(n))
    assert sorted(len(part) for part in parts) == sorted(lengths)
