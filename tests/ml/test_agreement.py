"""Agreement of two people: the formulas against worked examples of the literature, their intervals by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from ml.metrics.agreement import agreement, cohen_kappa, gwet_ac1

CLASSES = ("neutrophil", "lymphocyte", "monocyte")


def pairs_of(table: list[list[int]]) -> list[tuple[str, str]]:
    return [
        (CLASSES[i], CLASSES[j])
        for i, row in enumerate(table)
        for j, count in enumerate(row)
        for _ in range(count)
    ]


def test_kappa_and_its_error_are_those_of_the_paper_that_gave_the_formula():
    # Fleiss, Cohen & Everitt 1969, the table of proportions with n = 200: kappa .429, variance .002885.
    found = cohen_kappa(np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]]))
    assert found is not None
    assert found.value == pytest.approx(0.429, abs=5e-4)
    assert found.error is not None
    assert found.error**2 == pytest.approx(0.002885, abs=1e-6)


def test_kappa_of_the_textbook():
    # Fleiss, Levin & Paik 2003, table 18.1 with n = 100: kappa .676, standard error for intervals .088.
    found = cohen_kappa(np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert found is not None
    assert found.value == pytest.approx(0.676, abs=5e-4)
    assert found.error == pytest.approx(0.088, abs=5e-4)
    assert (found.low, found.high) == pytest.approx((0.5046, 0.8484), abs=1e-4)


def test_ac1_does_not_fall_where_one_class_is_nearly_all():
    # Gwet 2008: 118 of 125 alike in one class give an AC1 of .941 and a kappa of -.023.
    table = np.array([[118, 5], [2, 0]])
    ac1, kappa = gwet_ac1(table), cohen_kappa(table)
    assert ac1 is not None
    assert kappa is not None
    assert ac1.value == pytest.approx(0.941, abs=5e-4)
    assert kappa.value == pytest.approx(-0.023, abs=5e-4)


def test_kappa_is_that_of_another_program():
    chance = np.random.default_rng(4)
    for _ in range(20):
        first = chance.choice(CLASSES, 80)
        second = np.where(chance.random(80) < 0.7, first, chance.choice(CLASSES, 80))
        found = agreement(list(zip(first, second, strict=True)), CLASSES)
        assert found.kappa is not None
        assert found.kappa.value == pytest.approx(cohen_kappa_score(first, second))


@pytest.mark.parametrize("figure", [cohen_kappa, gwet_ac1])
@pytest.mark.parametrize(("accuracy", "n"), [(0.9, 50), (0.8, 100), (0.9, 200)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(figure, accuracy, n):
    chance = np.random.default_rng(8)
    true = np.array([0.55, 0.3, 0.1, 0.05])
    reads = np.eye(4) * accuracy + (1 - accuracy) / 3 * (1 - np.eye(4))
    joint = reads.T @ np.diag(true) @ reads
    wanted = figure((joint * 1e9).round().astype(np.int64)).value
    held = 0
    for _ in range(2000):
        table = chance.multinomial(n, joint.ravel()).reshape(4, 4)
        used = table.sum(0) + table.sum(1) > 0
        found = figure(table[np.ix_(used, used)])
        held += found.low is not None and found.low <= wanted <= found.high
    assert 0.9 <= held / 2000 <= 0.97


def test_the_whole_picture():
    found = agreement(pairs_of([[50, 3, 1], [2, 30, 2], [0, 4, 8]]), CLASSES)
    assert (found.n, found.agreed, found.share) == (100, 88, 0.88)
    assert (found.low, found.high) == pytest.approx((0.7998, 0.9364), abs=1e-4)
    assert found.classes == CLASSES
    assert found.table == ((50, 3, 1), (2, 30, 2), (0, 4, 8))
    mono = found.per_class[2]
    assert (mono.first, mono.second, mono.both) == (12, 11, 8)
    assert mono.specific == pytest.approx(16 / 23)
    assert not found.few


def test_classes_keep_their_order_and_those_of_an_older_list_come_last():
    found = agreement([("monocyte", "old"), ("neutrophil", "monocyte")], CLASSES)
    assert found.classes == ("neutrophil", "monocyte", "old")


def test_few_cells_are_called_few():
    assert agreement(pairs_of([[20, 1, 1], [1, 3, 1], [1, 1, 0]]), CLASSES).few
    assert agreement(pairs_of([[26, 1, 1], [1, 3, 1], [1, 1, 1]]), CLASSES).needed == 30


def test_what_cannot_be_estimated_is_not_given():
    alike = agreement(pairs_of([[40, 0, 0], [0, 20, 0], [0, 0, 0]]), CLASSES)
    assert alike.kappa is not None
    assert (alike.kappa.value, alike.kappa.low) == (1.0, None)
    one_class = agreement(pairs_of([[40, 0, 0], [0, 0, 0], [0, 0, 0]]), CLASSES)
    assert one_class.kappa is None
    assert one_class.ac1 is None
    with pytest.raises(ValueError, match="nothing to compare"):
        agreement([], CLASSES)
