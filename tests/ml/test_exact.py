"""Exact tests: worked examples of the literature, and how often they err, counted out over all tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact

from ml.metrics import exact
from ml.metrics.power import fisher_rejects


@pytest.mark.parametrize(
    ("hits", "n", "p"),
    [
        (
            60,
            100,
            0.0569,
        ),  # research note on studies of 100 images: Wilson excludes a half here, the test does not
        (61, 100, 0.0352),
        (15, 20, 0.0414),
        (50, 100, 1.0),
    ],
)
def test_against_guessing(hits, n, p):
    assert exact.exact_binomial(hits, n) == pytest.approx(p, abs=5e-5)


def test_fishers_lady_tasting_tea():
    # Fisher, The Design of Experiments, 1935: three of four cups told rightly.
    assert exact.fisher((3, 4), (1, 4)) == pytest.approx(34 / 70)


def test_barnard_finds_what_fisher_does_not():
    # Mehta & Senchaudhuri, Conditional versus unconditional exact tests, Cytel 2003: 7 of 15 against 12 of 15 infected,
    # one-sided p .0341 and .0641; the sets being of one size, two-sided p are twice that.
    assert exact.barnard((7, 15), (12, 15)) == pytest.approx(0.0682, abs=2e-4)
    assert exact.fisher((7, 15), (12, 15)) == pytest.approx(0.1281, abs=1e-4)


def test_the_published_arms_do_not_differ():
    # Jung et al. 2022: three errors on 50 real, two on 50 generated images.
    assert exact.fisher((47, 50), (48, 50)) == 1.0
    assert exact.barnard((47, 50), (48, 50)) > 0.6


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (20, 20)])
def test_all_alike_is_no_difference(hits, n):
    assert exact.fisher((hits, n), (hits, n)) == 1.0
    assert exact.barnard((hits, n), (hits, n)) == 1.0


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        (9, 2, 0.0654),  # Fay, The R Journal 2010;2:53-58
        (6, 0, 0.03125),
        (5, 0, 0.0625),
        (0, 0, 1.0),
    ],
)
def test_mcnemar(only_first, only_second, p):
    assert exact.mcnemar(only_first, only_second) == pytest.approx(p, abs=5e-5)
    assert exact.mcnemar(only_second, only_first) == exact.mcnemar(only_first, only_second)


def test_holm():
    assert exact.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert exact.holm([]) == ()


@pytest.mark.parametrize("call", [exact.fisher, exact.barnard])
def test_what_is_no_share_is_refused(call):
    with pytest.raises(ValueError, match="no share"):
        call((5, 4), (1, 4))
    with pytest.raises(ValueError, match="no share"):
        exact.exact_binomial(1, 0)
    with pytest.raises(ValueError, match="negative"):
        exact.mcnemar(-1, 2)


@pytest.mark.parametrize("n", [20, 50, 100])
def test_the_binomial_test_errs_no_more_often_than_it_says(n):
    counts = np.arange(n + 1)
    rejected = np.array([exact.exact_binomial(int(k), n) < 0.05 for k in counts])
    assert 0.02 < binom.pmf(counts, n, 0.5)[rejected].sum() <= 0.05


def test_all_of_fishers_tests_at_once_are_those_of_scipy():
    first, second = 12, 9
    ours = fisher_rejects(first, second)
    for a in range(first + 1):
        for b in range(second + 1):
            p = fisher_exact([[a, b], [first - a, second - b]]).pvalue
            assert ours[a, b] == (p < 0.05), (a, b)


@pytest.mark.parametrize(("first", "second"), [(10, 10), (50, 50), (30, 60)])
def test_fishers_test_errs_no_more_often_than_it_says(first, second):
    rejects = fisher_rejects(first, second)
    shares = np.linspace(0.01, 0.99, 99)
    often = [
        binom.pmf(np.arange(first + 1), first, p) @ rejects @ binom.pmf(np.arange(second + 1), second, p)
        for p in shares
    ]
    assert 0.005 < max(often) <= 0.05


def test_barnards_test_errs_no_more_often_than_it_says_and_more_often_finds():
    n = 8
    rejects = np.array([[exact.barnard((a, n), (b, n)) < 0.05 for b in range(n + 1)] for a in range(n + 1)])
    counts = np.arange(n + 1)
    often = [binom.pmf(counts, n, p) @ rejects @ binom.pmf(counts, n, p) for p in np.linspace(0.02, 0.98, 49)]
    assert max(often) <= 0.05 + 1e-4
    assert rejects.sum() > fisher_rejects(n, n).sum()
