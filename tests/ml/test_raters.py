"""Agreement of many: Fleiss and Krippendorff by their papers' examples, intervals by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from ml.metrics.raters import (
    alpha_interval,
    fleiss_interval,
    fleiss_kappa,
    kappa_interval,
    krippendorff_alpha,
)

N = float("nan")
# Fleiss, Psychological Bulletin 1971;76:378-382, table 1: 30 patients, six psychiatrists; counts of depression,
# personality disorder, schizophrenia, neurosis, other.
PATIENTS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""
# Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section C: four observers, twelve units.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)


def psychiatrists() -> np.ndarray:
    columns = [
        [category for category, count in enumerate(counts) for _ in range(int(count))]
        for counts in PATIENTS.split()
    ]
    return np.array(columns, dtype=float).T


def test_fleiss_of_the_paper():
    assert psychiatrists().shape == (6, 30)
    assert fleiss_kappa(psychiatrists()) == pytest.approx(0.430, abs=5e-4)


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_alpha_of_the_paper(scale, alpha):
    assert krippendorff_alpha(OBSERVERS, scale=scale) == pytest.approx(alpha, abs=5e-4)


def test_alpha_of_two_observers_of_the_paper():
    # The same paper, section B: two observers, twelve units, five values: .692.
    a = [0, 0, 1, 1, 3, 2, 2, 2, 4, 3, 3, 0]
    b = [1, 0, 1, 1, 1, 2, 2, 2, 4, 3, 3, 3]
    assert krippendorff_alpha(np.array([a, b], dtype=float)) == pytest.approx(0.692, abs=5e-4)


def test_alpha_comes_near_fleiss_with_many_cases_and_does_not_mind_gaps():
    chance = np.random.default_rng(3)
    truth = chance.integers(0, 5, 400)
    ratings = np.where(chance.random((4, 400)) < 0.8, truth, chance.integers(0, 5, (4, 400))).astype(float)
    whole = krippendorff_alpha(ratings)
    assert whole == pytest.approx(fleiss_kappa(ratings), abs=1e-3)
    ratings[chance.random(ratings.shape) < 0.3] = np.nan
    assert krippendorff_alpha(ratings) == pytest.approx(whole, abs=0.05)
    with pytest.raises(ValueError, match="rated by all"):
        fleiss_kappa(ratings)


def test_kappa_of_pairs_is_that_of_another_program():
    chance = np.random.default_rng(4)
    for _ in range(10):
        first = chance.integers(0, 4, 60)
        second = np.where(chance.random(60) < 0.7, first, chance.integers(0, 4, 60))
        found = kappa_interval(first, second, seed=0, resamples=200)
        assert found.value == pytest.approx(cohen_kappa_score(first, second))
        assert found.low < found.value < found.high


def test_what_cannot_be_estimated_is_not_given():
    alike = np.ones((3, 20))
    assert fleiss_kappa(alike) is None
    assert fleiss_interval(alike, seed=0) is None
    assert krippendorff_alpha(alike) is None
    assert krippendorff_alpha(np.array([[1, N], [N, 2]])) is None
    assert alpha_interval(np.array([[1, N], [N, 2]]), seed=0) is None
    ones = np.ones(20, dtype=np.int64)
    assert kappa_interval(ones, ones, seed=0) is None
    few = kappa_interval(np.array([0, 1, 0]), np.array([0, 1, 1]), seed=0)
    assert few.low is None
    perfect = fleiss_interval(np.tile(np.arange(20.0) % 2, (3, 1)), seed=0, resamples=200)
    assert (perfect.value, perfect.low) == (1.0, None)
    with pytest.raises(ValueError, match="at least two"):
        fleiss_kappa(np.ones((1, 5)))


def test_the_same_seed_draws_the_same():
    ratings = psychiatrists()
    assert fleiss_interval(ratings, seed=5, resamples=300) == fleiss_interval(ratings, seed=5, resamples=300)
    assert fleiss_interval(ratings, seed=5, resamples=300) != fleiss_interval(ratings, seed=6, resamples=300)


def test_the_interval_of_kappa_holds_the_truth_about_as_often_as_it_says():
    chance = np.random.default_rng(12)
    # Each of two readers is right on nine in ten of five even classes, and wrong evenly otherwise.
    reads = np.full((5, 5), 0.025) + np.eye(5) * 0.875
    agreed = float((reads**2).sum(1).mean())
    truth = (agreed - 0.2) / 0.8
    held, rounds = 0, 400
    for _ in range(rounds):
        true = np.arange(100) % 5
        first = (chance.random((100, 1)) > reads[true].cumsum(1)).sum(1)
        second = (chance.random((100, 1)) > reads[true].cumsum(1)).sum(1)
        found = kappa_interval(first, second, seed=1, resamples=400)
        held += found.low <= truth <= found.high
    assert held / rounds == pytest.approx(0.95, abs=0.035)
