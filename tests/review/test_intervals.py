"""Intervals of counts against published tables, exact tails and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from apps.cells.selectors import rows
from apps.registry.models import CellClass, Role
from apps.review.differential import interval_json, intervals_of, per_100, share_interval
from apps.review.differential.looks import CONFIDENCE_EACH, LOOKS, Side, advise, side_of

# Rümke's table, 95 % limits in per cent, by cells counted and cells seen: as in haematology textbooks, one decimal.
RUEMKE = {
    100: {
        0: (0, 3.6),
        1: (0.0, 5.4),
        2: (0.2, 7.0),
        5: (1.6, 11.3),
        10: (4.9, 17.6),
        50: (39.8, 60.2),
        70: (60.0, 78.8),
    },
    200: {0: (0, 1.8), 2: (0.1, 3.6), 4: (0.5, 5.0), 10: (2.4, 9.0), 40: (14.7, 26.2), 140: (63.1, 76.3)},
    400: {0: (0, 0.9), 20: (3.1, 7.6), 80: (16.2, 24.3), 240: (55.0, 64.8)},
    500: {0: (0, 0.7), 25: (3.3, 7.3), 150: (26.0, 34.2), 350: (65.8, 74.0)},
}


def classes() -> list[CellClass]:
    roles = {
        "neutrophil": Role.LEUKOCYTE,
        "lymphocyte": Role.LEUKOCYTE,
        "erythroblast": Role.NRBC,
        "platelet": Role.NON_CELL,
    }
    return [
        CellClass(
            name=name, title=name.title(), letter=name[0].upper(), colour="#000000", role=role, position=place
        )
        for place, (name, role) in enumerate(roles.items())
    ]


@pytest.mark.parametrize(
    ("total", "seen", "limits"),
    [(total, seen, limits) for total, table in RUEMKE.items() for seen, limits in table.items()],
)
def test_the_table_that_laboratories_know(total, seen, limits):
    low, high = share_interval(seen, total)
    assert (round(100 * low, 1), round(100 * high, 1)) == limits


def test_a_share_s_interval_holds_the_truth_often_enough_whatever_it_is():
    """Exact coverage by adding up the binomial, not by luck: nowhere below 95 %."""
    from scipy.stats import binom

    total = 100
    ends = np.array([share_interval(k, total) for k in range(total + 1)])
    for p in np.linspace(0.005, 0.995, 199):
        holds = (ends[:, 0] <= p) & (p <= ends[:, 1])
        assert binom.pmf(np.arange(total + 1), total, p)[holds].sum() >= 0.95


def test_a_ratio_s_interval_holds_the_truth_often_enough():
    """Red and white cells as two Poisson counts, as on a smear of which some area was looked at."""
    draw = np.random.default_rng(20261121)
    for red_mean, white_mean in ((2.0, 100.0), (15.0, 100.0), (80.0, 100.0), (150.0, 60.0)):
        truth = 100 * red_mean / white_mean
        red, white = draw.poisson(red_mean, 4000), draw.poisson(white_mean, 4000)
        held = 0
        for r, w in zip(red, white, strict=True):
            low, high = per_100(int(r), int(w))
            held += low <= truth and (high is None or truth <= high)
        assert held / 4000 >= 0.945  # at least 95 %, less what 4000 draws may stray


@pytest.mark.parametrize(("red", "white"), [(0, 100), (5, 100), (50, 50), (150, 60)])
def test_red_cells_per_hundred_by_the_other_road(red, white):
    """Nelson's own formula, by quantiles of the F distribution."""
    from scipy.stats import f

    low = red / (white + 1) * f.ppf(0.025, 2 * red, 2 * (white + 1)) if red else 0.0
    high = (red + 1) / white * f.ppf(0.975, 2 * (red + 1), 2 * white)
    assert per_100(red, white) == (pytest.approx(100 * low), pytest.approx(100 * high))


def test_red_cells_without_white_ones_have_no_upper_end():
    assert per_100(3, 0)[1] is None


def test_each_row_has_the_interval_that_its_role_asks_for():
    table = rows(
        labelled={"neutrophil": 60},
        suggested={"lymphocyte": 40, "erythroblast": 5, "platelet": 9, "?": 3},
        classes=classes(),
    )
    found = {name: interval_json(interval) for name, interval in intervals_of(table).items()}
    assert found == {
        "?": {"low": None, "high": None},
        "neutrophil": {"low": 49.7, "high": 69.7},
        "lymphocyte": {"low": 30.3, "high": 50.3},
        "erythroblast": {"low": 1.6, "high": 12.1},
        "platelet": {"low": None, "high": None},
    }


def test_without_leukocytes_there_is_nothing_to_take_a_share_of():
    table = rows(labelled={"erythroblast": 5}, suggested={}, classes=classes())
    assert set(intervals_of(table).values()) == {(None, None)}


def test_the_three_looks_together_decide_wrongly_at_most_once_in_twenty():
    """Whoever stops at the first look that decides is wrong in at most 5 % of slides, wherever the share lies.

    The share of the slide and the limits of the range are close to each other in each case, where it is hardest.
    """
    draw = np.random.default_rng(7)
    slides = 3000
    for truth, low, high in (
        (0.06, 0.0, 0.05),
        (0.05, 0.0, 0.051),
        (0.38, 0.4, 0.7),
        (0.41, 0.4, 0.7),
        (0.70, 0.4, 0.69),
    ):
        sides = {at: [side_of(k, at, low=low, high=high) for k in range(at + 1)] for at in LOOKS}
        right = {Side.INSIDE} if low <= truth <= high else {Side.BELOW if truth < low else Side.ABOVE}
        cells = draw.random((slides, LOOKS[-1])) < truth
        counted = {at: cells[:, :at].sum(axis=1) for at in LOOKS}
        wrong = decided = 0
        for slide in range(slides):
            verdict = next(
                (side for at in LOOKS if (side := sides[at][counted[at][slide]]) != Side.UNDECIDED),
                Side.UNDECIDED,
            )
            decided += verdict != Side.UNDECIDED
            wrong += verdict not in {*right, Side.UNDECIDED}
        assert decided > 0
        assert wrong / slides <= 0.05


def test_each_look_is_wider_than_the_interval_on_the_page():
    for at in LOOKS:
        low, high = share_interval(at // 20, at)
        wide_low, wide_high = share_interval(at // 20, at, CONFIDENCE_EACH)
        assert (wide_low < low, wide_high > high) == (True, True)


def order(eosinophils: int, total: int) -> list[str]:
    """Leukocytes in order, the eosinophils spread evenly."""
    marks = {round((i + 0.5) * total / eosinophils) for i in range(eosinophils)} if eosinophils else set()
    return ["eosinophil" if i in marks else "neutrophil" for i in range(total)]


def test_how_many_more_to_count():
    few = advise(order(6, 100), "eosinophil", low=0.0, high=0.05)
    assert (few.side, few.look, few.at) == (Side.UNDECIDED, 1, 100)
    assert few.more is None  # 6 % against a limit of 5 %: four hundred cells do not tell them apart
    clear = advise(order(8, 100), "eosinophil", low=0.0, high=0.04)
    assert clear.more == 100
    assert clear.text == "Count about 100 more leukocytes to decide."
    before = advise(order(9, 60), "eosinophil", low=0.0, high=0.04)
    assert (before.look, before.more) == (0, 40)


def test_the_cells_after_a_look_do_not_change_what_it_said():
    """A slide that was decided at its first hundred stays decided, whatever comes after."""
    first = ["eosinophil"] * 20 + ["neutrophil"] * 80
    decided = advise(first, "eosinophil", low=0.0, high=0.05)
    assert (decided.side, decided.look) == (Side.ABOVE, 1)
    assert advise([*first, *["neutrophil"] * 300], "eosinophil", low=0.0, high=0.05) == decided


def test_after_the_last_look_it_is_reported_as_open():
    advice = advise(order(22, 450), "eosinophil", low=0.0, high=0.05)
    assert (advice.look, advice.more) == (3, None)
    assert advice.text == "Not decided after 400 leukocytes: report it as open."
