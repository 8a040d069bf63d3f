"""Two one-sided tests: against the figures known for reader studies, and how often they err."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlog1py, xlogy
from scipy.stats import binom

from ml.metrics import equivalence
from ml.metrics.intervals import newcombe, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Table 2 of Newcombe, Statistics in Medicine 1998;17:857-872, method 3, to four decimals.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_of_the_literature(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_the_published_study():
    assert wilson(95, 100) == pytest.approx((0.888, 0.978), abs=5e-4)
    assert wilson(50, 100) == pytest.approx((0.404, 0.596), abs=5e-4)


@pytest.mark.parametrize("n", [10, 50, 100])
def test_wilson_holds_the_truth_as_often_as_it_says_on_average(n):
    ends = [wilson(k, n) for k in range(n + 1)]
    shares = np.linspace(0.005, 0.995, 199)
    held = [
        sum(
            chance
            for (low, high), chance in zip(ends, binom.pmf(range(n + 1), n, p), strict=True)
            if low <= p <= high
        )
        for p in shares
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.012)
    assert min(held) > 0.82


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Table II of Newcombe, Statistics in Medicine 1998;17:873-890, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_of_the_literature(first, second, low, high):
    assert newcombe(first, second) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # The same table, method 6 (Miettinen & Nurminen).
        ((56, 70), (48, 80), 0.0528, 0.3382),
        ((9, 10), (3, 10), 0.1700, 0.8406),
    ],
)
def test_the_score_is_that_of_miettinen_and_nurminen(first, second, low, high):
    assert float(equivalence.score(*first, *second, low)) == pytest.approx(1.96, abs=5e-3)
    assert float(equivalence.score(*first, *second, high)) == pytest.approx(-1.96, abs=5e-3)


def searched(a: int, n1: int, b: int, n2: int, difference: float) -> float:
    """Return the score with the constrained estimate found by search."""
    ends = max(0.0, -difference) + 1e-12, min(1.0, 1 - difference) - 1e-12

    def unlikely(q: float) -> float:
        p = q + difference
        return -float(xlogy(a, p) + xlog1py(n1 - a, -p) + xlogy(b, q) + xlog1py(n2 - b, -q))

    q = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-12}).x
    p, total = q + difference, n1 + n2
    variance = (p * (1 - p) / n1 + q * (1 - q) / n2) * total / (total - 1)
    return float((a / n1 - b / n2 - difference) / np.sqrt(variance))


def test_the_score_is_that_of_the_most_likely_shares_that_differ_by_so_much():
    for n1, n2 in ((10, 10), (12, 7), (50, 50)):
        for a in range(0, n1 + 1, 1 + n1 // 7):
            for b in range(0, n2 + 1, 1 + n2 // 7):
                for difference in (-0.2, -0.05, 0.05, 0.1):
                    ours = float(equivalence.score(a, n1, b, n2, difference))
                    assert ours == pytest.approx(searched(a, n1, b, n2, difference), abs=1e-4), (a, n1, b, n2)


@pytest.mark.parametrize(("n", "fewest", "most"), [(100, 49, 51), (200, 92, 108), (300, 135, 165)])
def test_which_counts_show_that_a_reader_guesses(n, fewest, most):
    # The counted table of the research on reader studies: a margin of ten points either way.
    passing = [k for k in range(n + 1) if equivalence.one_share(k, n, reference=0.5, margin=0.1).equivalent]
    assert (passing[0], passing[-1]) == (fewest, most)
    assert passing == list(range(fewest, most + 1))


def test_fifty_images_of_a_kind_never_show_five_points():
    perfect = equivalence.two_shares((50, 50), (50, 50), margin=0.05)
    assert not perfect.equivalent
    assert (perfect.low, perfect.high) == pytest.approx((-0.0518, 0.0518), abs=5e-5)
    published = equivalence.two_shares((47, 50), (48, 50), margin=0.05)
    assert not published.equivalent
    assert (published.low, published.high) == pytest.approx((-0.1071, 0.0625), abs=5e-5)


@pytest.mark.parametrize("margin", [0.05, 0.1])
@pytest.mark.parametrize(("n1", "n2"), [(10, 10), (50, 50), (50, 30)])
def test_the_interval_and_the_tests_say_the_same_at_every_table(n1, n2, margin):
    for a in range(0, n1 + 1, 1 + n1 // 12):
        for b in range(0, n2 + 1, 1 + n2 // 12):
            found = equivalence.two_shares((a, n1), (b, n2), margin=margin)
            assert -1 <= found.low <= found.estimate <= found.high <= 1
            assert found.equivalent == (-margin < found.low and found.high < margin), (a, b)


@pytest.mark.parametrize(("n", "margin"), [(50, 0.1), (100, 0.1), (200, 0.05)])
def test_two_shares_that_differ_by_the_margin_pass_about_one_time_in_twenty_at_most(n, margin):
    counts = np.arange(n + 1)
    passes = equivalence.p_equivalent(counts[:, None], n, counts[None, :], n, margin) < 0.05
    often = [
        binom.pmf(counts, n, p) @ passes @ binom.pmf(counts, n, p - margin)
        for p in np.linspace(margin, 1, 60)
    ]
    assert 0.03 < max(often) < 0.065


@pytest.mark.parametrize("margin", [0.0, 1.0])
def test_margins_without_sense_are_refused(margin):
    with pytest.raises(ValueError, match="margin"):
        equivalence.two_shares((1, 2), (1, 2), margin=margin)
    with pytest.raises(ValueError, match="margin"):
        equivalence.one_share(1, 2, reference=0.5, margin=margin)
    with pytest.raises(ValueError, match="no share"):
        equivalence.one_share(3, 2, reference=0.5, margin=0.1)
