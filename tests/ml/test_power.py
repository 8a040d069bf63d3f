"""What studies of a size can show: against the counted table of the research, and by other programs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from ml.metrics import power


@pytest.mark.parametrize(
    ("n", "at_most", "at_least", "percent"),
    [
        # Power at a true accuracy of 60, 65, 70, 75 %.
        (20, 5, 15, (13, 25, 42, 62)),
        (50, 17, 33, (24, 51, 78, 94)),
        (100, 39, 61, (46, 83, 98, 100)),
    ],
)
def test_telling_real_from_synthetic(n, at_most, at_least, percent):
    row = power.told_apart("", n, 0.1)
    assert (row.at_most, row.at_least) == (at_most, at_least)
    powers = dict(row.powers)
    assert [round(100 * powers[a]) for a in (0.6, 0.65, 0.7, 0.75)] == list(percent)


def test_equivalence_of_guessing():
    assert power.told_apart("", 50, 0.1).equivalent is None
    row = power.told_apart("", 100, 0.1)
    assert row.equivalent == (49, 51)
    assert row.equivalence_chance == pytest.approx(0.24, abs=5e-3)
    assert power.told_apart("", 200, 0.1).equivalence_chance == pytest.approx(0.77, abs=5e-3)


def test_the_smallest_detectable_accuracy_is_found_four_times_in_five():
    found = power.detectable(100)
    assert found == pytest.approx(0.645, abs=1e-3)
    rejected = (binom.cdf(39, 100, found)) + binom.sf(60, 100, found)
    assert rejected == pytest.approx(0.8, abs=1e-4)
    assert power.detectable(5) is None  # five of five has a p of .06


def test_fifty_of_a_kind_find_95_against_80_per_cent_half_of_the_time():
    rejects = power.fisher_rejects(50, 50)
    counts = np.arange(51)
    assert binom.pmf(counts, 50, 0.95) @ rejects @ binom.pmf(counts, 50, 0.8) == pytest.approx(0.51, abs=5e-3)
    row = power.class_row("", 50, 50, accuracy=0.95, margin=0.05)
    assert row.detectable == pytest.approx(0.736, abs=2e-3)
    assert row.widest is None
    assert row.equivalence_chance == 0


def test_readers_of_the_same_images_are_worth_less_than_they_are_many():
    assert round(power.effective(100, 5)) == 278
    assert round(power.effective(100, 10)) == 357
    assert power.effective(100, 1) == 100
    assert power.effective(100, 10**6) < 100 / power.CORRELATION


def test_the_table_of_the_published_study():
    table = power.table(real=50, synthetic=50, classes=5, readers=5, margin=0.05)
    assert [row.n for row in table.realism] == [20, 100, 278]
    assert [(row.real, row.synthetic) for row in table.classes] == [(10, 10), (50, 50), (139, 139)]
    assert (table.answers, table.worth) == (500, 278)


def test_a_study_of_one_kind_has_no_rows_and_none_at_all_is_refused():
    table = power.table(real=100, synthetic=0, readers=2)
    assert table.realism == table.classes == ()
    assert table.answers == 200
    with pytest.raises(ValueError, match="at least one"):
        power.table(real=0, synthetic=0)


@pytest.mark.parametrize(("real", "synthetic", "margin"), [(1, 1, 0.05), (3, 200, 0.2), (5000, 5000, 0.02)])
def test_odd_sizes_do_no_harm(real, synthetic, margin):
    table = power.table(real=real, synthetic=synthetic, readers=3, margin=margin)
    for row in table.realism:
        assert 0 <= row.low < 0.5 < row.high <= 1
    for row in table.classes:
        assert row.detectable is None or 0 <= row.detectable < row.accuracy
