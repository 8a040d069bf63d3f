import pytest
from scipy.stats import binom

from ml.metrics.intervals import clopper_pearson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Table 2 of Newcombe, Statistics in Medicine 1998;17:857-872, method 5, to four decimals.
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_figures_of_the_literature(hits, n, low, high):
    assert clopper_pearson(hits, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (7, 7), (3, 7), (121, 200)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_each_tail_holds_what_it_may(hits, n, level):
    low, high = clopper_pearson(hits, n, level=level)
    tail = (1 - level) / 2
    assert (low, high) != (0.0, 1.0)
    if hits:
        assert binom.sf(hits - 1, n, low) == pytest.approx(tail)
    if hits < n:
        assert binom.cdf(hits, n, high) == pytest.approx(tail)


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(hits, n):
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(hits, n)
