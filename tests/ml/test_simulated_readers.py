"""Simulated readers have the abilities they were given."""

from __future__ import annotations

import numpy as np
import pytest

from ml.metrics import drift
from ml.metrics.detection import detection
from ml.simulator.readers import (
    CANNOT_TELL,
    OTHER,
    ReadingRoom,
    SimCase,
    SimReader,
    balanced,
    shuffled,
    simulate,
)

CLASSES = ("neutrophil", "eosinophil", "basophil", "lymphocyte", "monocyte")
ROOM = ReadingRoom(CLASSES, seed=4)
MANY = balanced(CLASSES, 400)


def read(reader: SimReader, cases: list[SimCase] = MANY) -> list:
    """All at the first position, so that nothing drifts."""
    return [ROOM.answer(reader, case, 1) for case in cases]


def right(answers) -> np.ndarray:
    return np.array([a.answer == a.case.intended for a in answers])


def test_accuracy_by_origin():
    answers = read(SimReader("R1", accuracy=0.95, synthetic_accuracy=0.8, undecided=0.2))
    synthetic = np.array([a.case.origin == "synthetic" for a in answers])
    assert right(answers)[~synthetic].mean() == pytest.approx(0.95, abs=0.015)
    assert right(answers)[synthetic].mean() == pytest.approx(0.8, abs=0.03)
    wrong = [a.answer for a in answers if a.answer != a.case.intended]
    assert np.isin(wrong, [OTHER, CANNOT_TELL]).mean() == pytest.approx(0.2, abs=0.06)


@pytest.mark.parametrize(("d_prime", "bias"), [(0.0, 0.0), (1.0, 0.4), (2.5, -0.3)])
def test_sensitivity_and_leaning(d_prime, bias):
    answers = read(SimReader("R1", d_prime=d_prime, bias=bias))
    hits = sum(a.realism > 3 for a in answers if a.case.origin == "synthetic")
    alarms = sum(a.realism > 3 for a in answers if a.case.origin == "real")
    found = detection(hits, 2000, alarms, 2000)
    assert found.d_prime.value == pytest.approx(d_prime, abs=0.13)
    assert found.criterion.value == pytest.approx(bias, abs=0.07)
    assert {a.realism for a in answers} == {1, 2, 3, 4, 5, 6}


def test_drift_and_fatigue_over_the_trials():
    cases = shuffled(balanced(CLASSES, 40), seed=1)
    positions = range(1, 401)
    worse = ROOM.read(SimReader("R1", accuracy=0.97, fatigue=0.15), cases)
    better = ROOM.read(SimReader("R2", accuracy=0.7, drift=0.8), cases)
    same = ROOM.read(SimReader("R3", accuracy=0.85), cases)
    assert right(worse)[:100].mean() > right(worse)[300:].mean() + 0.1
    assert right(better)[300:].mean() > right(better)[:100].mean() + 0.1
    assert drift.slope_p(positions, right(worse).tolist()) < 0.01
    assert drift.slope_p(positions, right(better).tolist()) < 0.01
    assert drift.slope_p(positions, right(same).tolist()) > 0.01
    slower = drift.trend(positions, [a.seconds for a in worse])
    assert slower.tau > 0.1
    assert slower.p < 0.01


def test_images_that_are_hard_are_hard_for_all():
    cases = balanced(CLASSES, 60)
    readers = [SimReader(f"R{n}", accuracy=0.8, difficulty=2.0) for n in range(2)]
    first, second = (right(read(reader, cases)) for reader in readers)
    assert np.corrcoef(first, second)[0, 1] > 0.15
    easy = [right(read(SimReader(f"R{n}", accuracy=0.8), cases)) for n in range(2)]
    assert abs(np.corrcoef(*easy)[0, 1]) < 0.12


def test_an_answer_depends_on_nothing_but_reader_image_position_and_seed():
    reader, other = SimReader("R1"), SimReader("R2")
    cases = balanced(CLASSES, 3)
    alone = simulate({reader: cases}, classes=CLASSES, seed=8)
    together = simulate({other: cases[:4], reader: cases}, classes=CLASSES, seed=8)
    assert together[4:] == alone
    assert simulate({reader: cases}, classes=CLASSES, seed=9) != alone
    assert shuffled(cases, seed=8, who="R1") != shuffled(cases, seed=8, who="R2")
    assert sorted(shuffled(cases, seed=8), key=str) == sorted(cases, key=str)


def test_the_same_seed_gives_these_answers_on_every_machine():
    answers = ROOM.read(SimReader("R1", accuracy=0.5, d_prime=1.0), balanced(CLASSES, 1))
    assert [(a.answer[:2], a.realism) for a in answers] == [
        ("ba", 4), ("ne", 4), ("ba", 4), ("ly", 5), ("ne", 1), ("ne", 5), ("eo", 5), ("mo", 6), ("ly", 6), ("mo", 3),
    ]  # fmt: skip


def test_a_list_of_one_class_leaves_only_what_is_no_class():
    found = ReadingRoom(("cell",)).answer(SimReader("R1", accuracy=0.0), SimCase("a", "cell"), 1)
    assert found.answer in {OTHER, CANNOT_TELL}
