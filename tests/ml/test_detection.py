"""d', criterion and ROC area: worked examples of the literature; their intervals, counted out or simulated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm
from sklearn.metrics import roc_auc_score

from ml.metrics import roc
from ml.metrics.detection import accuracy_of, detection, from_shares

# Hanley & McNeil, Radiology 1982;143:29-36, table I: 58 normal and 51 abnormal CT images rated on five points.
NORMAL = [1] * 33 + [2] * 6 + [3] * 6 + [4] * 11 + [5] * 2
ABNORMAL = [1] * 3 + [2] * 2 + [3] * 2 + [4] * 11 + [5] * 33


def test_the_textbooks_first_example():
    # Macmillan & Creelman 2005, example 1a: 20 of 25 hits, 10 of 25 false alarms: d' 1.095, c -0.294.
    found = detection(20, 25, 10, 25, corrected=False)
    assert found.d_prime.value == pytest.approx(1.095, abs=5e-4)
    assert found.criterion.value == pytest.approx(-0.294, abs=5e-4)


@pytest.mark.parametrize(("n", "error"), [(50, 0.25), (10, 0.56)])
def test_the_error_of_d_prime_at_chance(n, error):
    found = detection(n // 2, n, n // 2, n, corrected=False)
    assert found.d_prime.error == pytest.approx(error, abs=5e-3)
    assert found.criterion.error == pytest.approx(error / 2, abs=5e-3)


@pytest.mark.parametrize(
    ("d_prime", "accuracy"), [(0.25, 0.55), (0.51, 0.60), (0.77, 0.65), (1.05, 0.70), (1.68, 0.80)]
)
def test_what_d_prime_means_in_right_answers(d_prime, accuracy):
    assert accuracy_of(d_prime) == pytest.approx(accuracy, abs=2e-3)


def test_the_correction_is_half_a_case_always():
    # Hautus 1995: (hits + .5) / (n + 1), for ordinary shares as well as for 0 and 1.
    all_told = detection(50, 50, 0, 50)
    assert all_told.d_prime.value == pytest.approx(2 * norm.ppf(50.5 / 51))
    assert detection(30, 50, 20, 50).d_prime.value == pytest.approx(norm.ppf(30.5 / 51) - norm.ppf(20.5 / 51))
    several = from_shares(np.array([1.0, 0.6]), np.array([0.0, 0.4]), 50, 50)
    assert several[0][0] == pytest.approx(all_told.d_prime.value)
    with pytest.raises(ValueError, match="no z"):
        detection(50, 50, 0, 50, corrected=False)


def test_a_reader_who_calls_everything_real_has_a_criterion_but_no_sensitivity():
    found = detection(2, 50, 2, 50)
    assert found.d_prime.value == 0
    assert found.criterion.value > 1.5


@pytest.mark.parametrize(("d_prime", "bias"), [(0.0, 0.0), (0.5, 0.3), (1.5, 0.0)])
def test_the_interval_of_d_prime_holds_the_truth_about_as_often_as_it_says(d_prime, bias):
    n = 50
    hits, alarms = norm.cdf(d_prime / 2 - bias), norm.cdf(-d_prime / 2 - bias)
    chance = np.outer(binom.pmf(range(n + 1), n, hits), binom.pmf(range(n + 1), n, alarms))
    held = 0.0
    for h, f in np.argwhere(chance > 1e-6):
        found = detection(int(h), n, int(f), n).d_prime
        held += chance[h, f] * (found.low <= d_prime <= found.high)
    assert 0.94 <= held <= 0.975


def test_the_area_of_the_paper_on_ct_images():
    # Area .893 (Hanley & McNeil 1982, table II); DeLong's error .0307 as Stata's manual has it for these data.
    found = roc.area(NORMAL, ABNORMAL)
    assert found.value == pytest.approx(0.893, abs=5e-4)
    assert found.error == pytest.approx(0.0307, abs=5e-5)
    assert 0.8 < found.low < found.value < found.high < 1


def test_the_area_is_that_of_scikit_learn_and_of_counts():
    chance = np.random.default_rng(1)
    noise, signal = chance.integers(1, 7, 40), np.minimum(chance.integers(1, 8, 30), 6)
    truth = roc_auc_score([0] * 40 + [1] * 30, [*noise, *signal])
    assert roc.area(noise, signal).value == pytest.approx(truth)
    counts = (np.bincount(ratings, minlength=7)[1:].astype(float) for ratings in (noise, signal))
    assert roc.area_of_counts(*counts) == pytest.approx(truth)


def test_the_curve_goes_from_corner_to_corner_and_encloses_the_area():
    points = np.array(roc.curve(NORMAL, ABNORMAL))
    assert tuple(points[0]) == (0, 0)
    assert tuple(points[-1]) == (1, 1)
    assert len(points) == 6
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(roc.area(NORMAL, ABNORMAL).value)


def test_without_overlap_there_is_no_interval():
    found = roc.area([1, 1, 2], [5, 6, 6])
    assert (found.value, found.low) == (1.0, None)
    assert roc.area([3, 4], [3]).low is None
    with pytest.raises(ValueError, match="Both kinds"):
        roc.area([], [1])
    with pytest.raises(ValueError, match="Both kinds"):
        roc.curve([1], [])


@pytest.mark.parametrize("d_prime", [0.0, 1.0])
def test_the_interval_of_the_area_holds_the_truth_about_as_often_as_it_says(d_prime):
    chance = np.random.default_rng(5)
    borders = [-1.0, -0.5, 0.0, 0.5, 1.0]
    # The area of the six-point scale itself, from the chances of its points.
    noise, signal = (
        np.diff(norm.cdf([-np.inf, *borders, np.inf], loc=shift)) for shift in (-d_prime / 2, d_prime / 2)
    )
    truth = float(roc.area_of_counts(noise, signal))
    points = np.arange(1, 7)
    rounds, held = 600, 0
    for _ in range(rounds):
        found = roc.area(chance.choice(points, 50, p=noise), chance.choice(points, 50, p=signal))
        held += found.low is not None and found.low <= truth <= found.high
    assert held / rounds == pytest.approx(0.95, abs=0.03)
