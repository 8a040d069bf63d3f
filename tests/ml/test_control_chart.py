import pytest
from scipy.stats import binom

from ml.metrics.control_chart import TAIL, p_chart_limits


@pytest.mark.parametrize(("centre", "n"), [(0.98, 200), (0.9, 50), (0.5, 1000), (1.0, 200), (0.0, 10)])
def test_limits_leave_out_no_more_than_the_tails(centre: float, n: int) -> None:
    lower, upper = (round(limit * n) for limit in p_chart_limits(centre, n))
    assert binom.cdf(lower - 1, n, centre) <= TAIL < binom.cdf(lower, n, centre)
    assert binom.sf(upper, n, centre) <= TAIL
    assert upper == 0 or binom.sf(upper - 1, n, centre) > TAIL or upper == lower


def test_near_one_the_limit_is_not_that_of_the_normal_curve() -> None:
    lower, upper = p_chart_limits(0.98, 200)
    assert (lower, upper) == (pytest.approx(0.945), 1.0)
    assert pytest.approx(0.9503, abs=1e-4) == 0.98 - 3 * (0.98 * 0.02 / 200) ** 0.5


@pytest.mark.parametrize(("centre", "n"), [(0.5, 0), (1.2, 10), (-0.1, 10)])
def test_nonsense_is_refused(centre: float, n: int) -> None:
    with pytest.raises(ValueError, match="no sense"):
        p_chart_limits(centre, n)
