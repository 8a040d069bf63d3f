"""Intervals over readers and cases: how often they hold the truth. In full: bench/study_statistics.py."""

from __future__ import annotations

import numpy as np
import pytest

from ml.metrics.bootstrap import ReaderCaseBootstrap, p_outside
from ml.metrics.intervals import wilson
from ml.metrics.mixed import crossed
from tests.kits.readings import crossed_scores

STRATA = [f"{origin}/{cls}" for origin in "rs" for cls in range(5) for _ in range(10)]
SYNTHETIC = np.array([name[0] == "s" for name in STRATA])


@pytest.mark.parametrize(
    ("readers", "reader_sd", "case_sd"), [(5, 0.0, 0.0), (5, 0.6, 0.6), (10, 0.3, 1.0), (1, 0.0, 0.8)]
)
def test_the_interval_of_accuracy_holds_the_truth_about_as_often_as_it_says(readers, reader_sd, case_sd):
    chance = np.random.default_rng(21)
    rounds, held = 250, 0
    for number in range(rounds):
        scores, truth = crossed_scores(
            chance, readers, STRATA, share=0.85, reader_sd=reader_sd, case_sd=case_sd
        )
        found = ReaderCaseBootstrap(readers, STRATA, seed=number, resamples=300).mean(scores).share()
        held += found.low <= truth <= found.high
    # Three standard errors of 250 rounds below; too wide only where readers do not differ and are few.
    assert 0.95 - 0.042 <= held / rounds <= 1.0


def test_a_difference_that_is_not_there_is_seldom_found():
    chance = np.random.default_rng(22)
    rounds, found_one = 250, 0
    for number in range(rounds):
        scores, _ = crossed_scores(chance, 5, STRATA, share=0.9, reader_sd=0.4, case_sd=0.8)
        draws = ReaderCaseBootstrap(5, STRATA, seed=number, resamples=300)
        real, synthetic = np.where(SYNTHETIC, np.nan, scores), np.where(SYNTHETIC, scores, np.nan)
        found = draws.difference(real, synthetic).interval()
        found_one += not found.low <= 0 <= found.high
    assert 0.005 <= found_one / rounds <= 0.05 + 0.042


def test_arms_that_differ_by_the_margin_seldom_pass_as_equivalent():
    chance = np.random.default_rng(26)
    rounds, passed = 200, 0
    for number in range(rounds):
        # 97 % against 90.5 %, and a margin of six and a half points.
        better, _ = crossed_scores(chance, 8, STRATA, share=0.97, reader_sd=0.0, case_sd=0.0)
        worse, _ = crossed_scores(chance, 8, STRATA, share=0.905, reader_sd=0.0, case_sd=0.0)
        draws = ReaderCaseBootstrap(8, STRATA, seed=number, resamples=250)
        found = draws.difference(np.where(SYNTHETIC, np.nan, better), np.where(SYNTHETIC, worse, np.nan))
        passed += found.interval(0.9, cautious=True).high < 0.065
    assert passed / rounds <= 0.05 + 0.046


def test_many_readers_on_few_images_do_not_make_it_narrow():
    chance = np.random.default_rng(23)
    strata = ["a"] * 20
    scores, _ = crossed_scores(chance, 40, strata, share=0.8, reader_sd=0.0, case_sd=2.0)
    found = ReaderCaseBootstrap(40, strata, seed=1, resamples=500).mean(scores).interval()
    as_if_independent = 1.96 * np.sqrt(scores.mean() * (1 - scores.mean()) / scores.size)
    assert found.high - found.low > 4 * as_if_independent


def test_a_single_reader_is_kept_and_gaps_are_left_out():
    scores = np.array([[1.0, 0.0, 1.0, np.nan, 1.0, 0.0]])
    draws = ReaderCaseBootstrap(1, ["a", "a", "a", "b", "b", "b"], seed=0, resamples=300)
    found = draws.mean(scores)
    assert found.value == pytest.approx(3 / 5)
    assert np.ptp(found.by_readers) == 0
    assert draws.mean(np.full((1, 6), np.nan)) is None
    assert draws.difference(scores, np.full((1, 6), np.nan)) is None


def test_where_nothing_differs_there_is_no_interval():
    draws = ReaderCaseBootstrap(4, STRATA, seed=0, resamples=300)
    found = draws.mean(np.ones((4, 100))).interval()
    assert (found.value, found.low, found.high) == (1.0, None, None)
    # A share has one, as of so many images read once.
    assert (draws.mean(np.ones((4, 100))).share().low, 1.0) == pytest.approx(wilson(100, 100), abs=1e-9)
    with pytest.raises(ValueError, match="Only a share"):
        draws.difference(np.ones((4, 100)), np.zeros((4, 100))).share()


def test_readers_that_do_not_differ_and_images_that_do_not_are_as_many_independent_answers():
    chance = np.random.default_rng(27)
    worth = []
    for number in range(60):
        scores, _ = crossed_scores(chance, 20, STRATA, share=0.8, reader_sd=0.0, case_sd=0.0)
        found = ReaderCaseBootstrap(20, STRATA, seed=number, resamples=400).mean(scores)
        worth.append(found.value * (1 - found.value) / found.interval().error ** 2)
    # The plain two-way bootstrap takes them for a third as many (Owen 2007).
    assert 0.75 * 2000 < np.median(worth) < 1.35 * 2000


def test_figures_of_readers_are_averaged_with_the_same_draws():
    scores = np.array([[1.0, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 1]])
    draws = ReaderCaseBootstrap(3, ["a"] * 4, seed=2, resamples=400)
    own, each = draws.rates(scores)
    assert own == pytest.approx(scores.mean(1))
    whole, averaged = draws.mean(scores), draws.over_readers(own, each)
    assert averaged.value == pytest.approx(whole.value)
    assert averaged.draws == pytest.approx(whole.draws)
    assert draws.over_readers(np.full(3, np.nan), each) is None


def test_the_same_seed_draws_the_same_and_p_fits_the_interval():
    chance = np.random.default_rng(24)
    scores, _ = crossed_scores(chance, 6, STRATA, share=0.9, reader_sd=0.2, case_sd=0.2)
    first, again = (ReaderCaseBootstrap(6, STRATA, seed=9, resamples=400).mean(scores) for _ in range(2))
    assert np.array_equal(first.draws, again.draws)
    inner = first.interval(0.9, cautious=True)
    gap = max(inner.high - first.value, first.value - inner.low)
    assert p_outside(first, gap * 1.01, reference=first.value) < 0.05
    assert p_outside(first, gap * 0.99, reference=first.value) > 0.05


def test_the_mixed_model_finds_what_was_put_in_and_says_the_same_twice():
    chance = np.random.default_rng(25)
    readers, cases = 12, 100
    synthetic = np.arange(cases) % 2
    logit = (
        1.5
        - 1.2 * (synthetic - 0.5)[None, :]
        + chance.normal(0, 0.7, (readers, 1))
        + chance.normal(0, 0.9, (1, cases))
    )
    hits = chance.random((readers, cases)) < 1 / (1 + np.exp(-logit))
    who = np.repeat([f"R{n}" for n in range(readers)], cases)
    what = np.tile([f"c{n}" for n in range(cases)], readers)
    terms = {"synthetic": np.tile(synthetic - 0.5, readers)}
    found = crossed(hits.ravel().tolist(), who.tolist(), what.tolist(), terms)
    named = dict(found.terms)
    assert abs(named["synthetic"].value + 1.2) < 3 * named["synthetic"].error
    # What variational Bayes itself gives, .16, takes a hundred images of a kind for many more.
    assert 0.2 < named["synthetic"].error < 0.3
    assert named["intercept"].value == pytest.approx(1.5, abs=0.5)
    assert found.reader_sd.value == pytest.approx(0.7, abs=0.3)
    assert found.case_sd.value == pytest.approx(0.9, abs=0.3)
    assert found == crossed(hits.ravel().tolist(), who.tolist(), what.tolist(), terms)


def test_the_mixed_model_is_not_fitted_to_what_cannot_carry_it():
    assert crossed([True] * 40, ["a", "b"] * 20, [str(n // 2) for n in range(40)], {}) is None
    assert crossed([True, False] * 5, ["a", "b"] * 5, [str(n // 2) for n in range(10)], {}) is None
    # One reader and each image once: nothing can be told apart from chance.
    assert crossed([True, False] * 20, ["a"] * 40, [str(n) for n in range(40)], {}) is None
