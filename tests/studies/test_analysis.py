"""The analysis of trials: the published study through it, what is left out, and what may not be claimed."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from apps.studies.results.analysis import analyse
from apps.studies.results.shapes import CANNOT_TELL, OTHER, Trial
from ml import published
from ml.simulator.readers import SimReader
from tests.kits.readings import CLASSES, simulated_trials, trials_of_matrix

TABLE_8 = published.matrix("jung22-8").counts
# The text: three errors on real, two on generated images; which is which the table does not say.
ERRORS_ON = ("real", "real", "synthetic", "real", "synthetic")
FEW = 300


def run(trials: list[Trial], *, margin: float | None = 0.05, seed: int = 1, classes=CLASSES):
    return analyse(trials, classes=classes, margin=margin, seed=seed, resamples=FEW)


@pytest.fixture(scope="module")
def jung():
    return run(trials_of_matrix(TABLE_8, errors_on=ERRORS_ON))


@pytest.fixture(scope="module")
def several() -> list[Trial]:
    readers = [SimReader(f"R{n}", d_prime=1.0, difficulty=0.5) for n in range(1, 5)]
    return simulated_trials(readers, seed=3)


@pytest.fixture(scope="module")
def of_several(several):
    return run(several)


def test_the_published_study_gives_its_published_figures(jung):
    reader = jung.readers[0]
    whole = reader.matrices[0]
    assert tuple(row[:5] for row in whole.counts) == TABLE_8
    assert (reader.accuracy.hits, reader.accuracy.n) == (95, 100)
    assert (reader.accuracy.low, reader.accuracy.high) == pytest.approx((0.888, 0.978), abs=5e-4)
    assert [m.origin for m in reader.matrices] == ["all", "real", "synthetic"]
    assert [sum(m.counts[n][n] for n in range(5)) for m in reader.matrices] == [95, 47, 48]


def test_47_and_48_of_50_are_neither_a_difference_nor_likeness(jung):
    difference = jung.readers[0].difference
    assert (difference.real.hits, difference.synthetic.hits) == (47, 48)
    assert difference.fisher_p == 1.0
    assert difference.low < 0 < difference.high
    assert not difference.equivalence.equivalent
    assert not jung.pooled.difference.equivalence.equivalent


def test_without_realism_there_is_none_and_one_reader_has_no_agreement_but_with_what_was_intended(jung):
    assert jung.readers[0].realism is None
    assert jung.pooled.realism is None
    assert jung.pooled.fleiss is None
    assert [(a.first, a.second) for a in jung.agreements] == [("R1", "intended")]
    assert jung.agreements[0].kappa.value == pytest.approx(0.9375)
    assert jung.agreements[0].mcnemar_p is None


def test_an_analysis_is_json_and_the_same_whatever_the_order_of_rows(several, of_several):
    again = run([several[at] for at in np.random.default_rng(2).permutation(len(several))])
    assert json.dumps(again.as_json()) == json.dumps(of_several.as_json())
    assert run(several, seed=2).pooled.bootstrap_accuracy != of_several.pooled.bootstrap_accuracy


def test_across_readers(of_several):
    pooled = of_several.pooled
    assert (pooled.readers, pooled.images) == (4, 100)
    assert pooled.accuracy.n == 400
    overall = dict(pooled.bootstrap_accuracy)["all"]
    # Readers and images drawn anew scatter more than 400 independent answers would.
    assert overall.high - overall.low > pooled.accuracy.high - pooled.accuracy.low
    assert overall.low < pooled.accuracy.value < overall.high
    assert pooled.difference.interval == "reader-and-case bootstrap"
    assert pooled.difference.fisher_p is None
    assert pooled.fleiss.low < pooled.fleiss.value < pooled.fleiss.high
    assert pooled.alpha is None
    assert {m.question for m in pooled.mixed} == {"class", "realism"}
    assert all(m.note.startswith("Approximate") for m in pooled.mixed)
    names = [{(name, m.question) for name, _ in m.terms} for m in pooled.mixed]
    assert ("synthetic", "class") in names[0]


def test_realism_of_readers_and_across_them(of_several):
    for reader in of_several.readers:
        found = reader.realism
        assert found.accuracy.n == 100
        told = found.synthetic_called_synthetic.hits + 50 - found.real_called_synthetic.hits
        assert found.accuracy.hits == told
        assert found.d_prime.low < found.d_prime.value < found.d_prime.high
        assert found.curve[0] == (0, 0)
        assert found.curve[-1] == (1, 1)
        assert 0.5 < found.area.value < 0.95
        assert found.equivalence.question == "realism"
    pooled = of_several.pooled.realism
    assert pooled.p is None
    assert pooled.bootstrap.low < pooled.accuracy.value < pooled.bootstrap.high
    own = [reader.realism.d_prime.value for reader in of_several.readers]
    assert pooled.d_prime.value == pytest.approx(sum(own) / 4)
    areas = [reader.realism.area.value for reader in of_several.readers]
    assert pooled.area.value == pytest.approx(sum(areas) / 4)
    assert pooled.area.low < pooled.area.value < pooled.area.high
    # A d' of 1 and images that scatter by half a deviation: 1 / sqrt(1.25).
    assert pooled.d_prime.low < 0.89 < pooled.d_prime.high


def test_other_and_cannot_tell_are_not_correct_and_have_columns():
    trials = trials_of_matrix(TABLE_8, errors_on=ERRORS_ON)
    trials[0] = replace(trials[0], answer=OTHER)
    trials[-1] = replace(trials[-1], answer=CANNOT_TELL)
    trials[-2] = replace(trials[-2], answer="blast")
    reader = run(trials).readers[0]
    whole = reader.matrices[0]
    assert whole.columns == (*CLASSES, OTHER, CANNOT_TELL)
    # The first trial was an error already; a class that the study does not have stands under "other".
    assert (sum(row[5] for row in whole.counts), sum(row[6] for row in whole.counts)) == (2, 1)
    assert reader.accuracy.hits == 93


def test_controls_repeats_and_models_are_not_in_the_primary_figures(several):
    own = [t for t in several if t.reader == "R1"]
    added = [
        replace(own[0], case="control", position=201, answer="other", counted=False, control=True),
        *(
            replace(t, case=f"again-{t.case}", replicate=1, original=t.case, position=101 + at)
            for at, t in enumerate(own[:12])
        ),
        *(replace(t, reader="compact v2", model=True, realism=None, seconds=None) for t in own),
    ]
    added[1] = replace(added[1], answer="other" if own[0].answer != "other" else CANNOT_TELL)
    found, plain = run([*several, *added]), run(several)
    assert found.pooled == plain.pooled
    one, model = found.readers[0], found.readers[-1]
    assert one.accuracy == plain.readers[0].accuracy
    assert (one.trials, one.answered) == (113, 100)
    assert (one.controls.hits, one.controls.n) == (0, 1)
    assert (one.repeats.n, one.repeats.same) == (12, 11)
    assert (model.reader, model.model, model.drift, model.realism) == ("compact v2", True, None, None)
    pair = next(a for a in found.agreements if {a.first, a.second} == {"R1", "compact v2"})
    assert (pair.n, pair.agreed, pair.mcnemar_p) == (100, 100, 1.0)


def test_mcnemar_is_of_the_same_images():
    one = trials_of_matrix(TABLE_8, errors_on=ERRORS_ON)
    other = [replace(t, reader="R2", answer=t.intended) for t in one]
    agreement = run([*one, *other]).agreements[0]
    assert (agreement.only_first, agreement.only_second, agreement.mcnemar_p) == (0, 5, 0.0625)


def test_readers_of_unlike_sets_have_alpha_instead_of_fleiss(several):
    found = run([t for t in several if not (t.reader == "R2" and t.position > 60)])
    assert found.pooled.fleiss is None
    assert found.pooled.alpha.low < found.pooled.alpha.value < found.pooled.alpha.high
    assert any("Krippendorff" in note for note in found.notes)
    assert found.agreements[0].n == 60


def test_d_prime_across_readers_is_the_mean_of_theirs_however_many_images_each_rated(several):
    found = run([t for t in several if t.reader != "R2" or t.position <= 30])
    for name in ("d_prime", "criterion"):
        own = [getattr(reader.realism, name).value for reader in found.readers]
        assert getattr(found.pooled.realism, name).value == pytest.approx(sum(own) / 4)


def test_a_study_of_real_cells_alone():
    trials = [
        t for t in simulated_trials([SimReader("R1"), SimReader("R2")], realism=False) if t.origin == "real"
    ]
    found = run(trials)
    assert found.pooled.difference is None
    assert found.pooled.realism is None
    assert [m.origin for m in found.readers[0].matrices] == ["all", "real"]
    assert found.readers[0].difference is None


def test_times_leave_out_hidden_pages_and_first_answers_count(several):
    own = [t for t in several if t.reader == "R1"]
    changed = [replace(own[0], hidden=30.0, seconds=3000.0), *own[1:]]
    wrong = next(t for t in changed if not t.correct)
    changed[changed.index(wrong)] = replace(wrong, final_answer=wrong.intended)
    reader = run(changed).readers[0]
    assert reader.times[0].n == 99
    assert reader.times[0].upper < 100
    assert reader.undisturbed_accuracy.n == 99
    paused = [changed[0], replace(own[1], interrupted=True, seconds=None), *own[2:]]
    assert run(paused).readers[0].undisturbed_accuracy.n == 98
    assert reader.final_accuracy.hits == reader.accuracy.hits + 1
    assert run(own).readers[0].final_accuracy is None


def test_drift_is_found_where_it_is():
    tired = simulated_trials([SimReader("R1", accuracy=0.98, fatigue=0.6)], per_class=20)
    drift = run(tired).readers[0].drift
    assert drift.class_p < 0.01
    assert drift.seconds_p < 0.05
    assert drift.seconds_tau > 0
    assert [part.correct.n for part in drift.parts] == [50] * 4
    assert (drift.parts[0].first, drift.parts[-1].last) == (1, 200)


def test_drift_of_realism_goes_by_the_sitting_that_asked_it():
    """Origins are told in the first half of the second sitting and mistaken in its other half."""
    trials = simulated_trials([SimReader("R1"), SimReader("R2")])
    order = {case: at for at, case in enumerate(sorted({t.case for t in trials}, key=_scattered))}
    trials = [
        replace(
            t,
            realism_position=101 + order[t.case],
            realism=5 if (t.origin == "synthetic") == (order[t.case] < 50) else 2,
        )
        for t in trials
    ]
    found = run(trials)
    drift = found.readers[0].drift
    assert drift.realism_p < 1e-9
    assert drift.class_p == run([replace(t, realism_position=None) for t in trials]).readers[0].drift.class_p
    assert [part.told.hits for part in drift.parts] == [25, 25, 0, 0]
    assert [(part.first, part.realism_first) for part in drift.parts] == [
        (1, 101),
        (26, 126),
        (51, 151),
        (76, 176),
    ]
    assert [part.realism_last for part in drift.parts] == [125, 150, 175, 200]
    [realism] = [one for one in found.pooled.mixed if one.question == "realism"]
    assert dict(realism.terms)["per 100 trials"].high < -1


def test_a_second_sitting_that_is_not_finished_has_fewer_parts():
    trials = [
        replace(t, realism_position=100 + t.position) if t.position <= 25 else replace(t, realism=None)
        for t in simulated_trials([SimReader("R1")])
    ]
    parts = run(trials).readers[0].drift.parts
    assert [part.told.n if part.told else 0 for part in parts] == [12, 13, 0, 0]
    assert [part.correct.n for part in parts] == [25] * 4


def _scattered(case: str) -> bytes:
    return sha256(case.encode()).digest()


def test_where_all_are_right_nothing_is_claimed_across_readers():
    right = [replace(t, answer=t.intended) for t in simulated_trials([SimReader("R1"), SimReader("R2")])]
    found = run(right)
    assert found.pooled.difference.low is None
    assert found.pooled.difference.equivalence is None
    assert found.pooled.fleiss.low is None
    assert found.readers[0].difference.equivalence.equivalent is False
    assert found.readers[0].drift.class_p is None
    assert "class" not in {m.question for m in found.pooled.mixed}


def test_no_trials_and_no_margin():
    empty = run([])
    assert (empty.pooled, empty.readers, empty.agreements) == (None, (), ())
    without = run(trials_of_matrix(TABLE_8, errors_on=ERRORS_ON), margin=None)
    assert without.readers[0].difference.equivalence is None


def test_a_class_that_the_study_does_not_have_is_refused():
    with pytest.raises(ValueError, match="blast"):
        run([Trial("R1", "a", 0, 1, "blast", None, None, "blast", "real", "real/blast")])
