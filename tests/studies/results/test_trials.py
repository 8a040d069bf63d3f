import pytest

from apps.studies import services
from apps.studies.models import ModelReading, State
from apps.studies.results.trials import elapsed, rows, trials
from tests.kits.studies import make_study
from tests.registry.factories import model_version

pytestmark = pytest.mark.django_db


def test_each_answered_image_is_a_trial_with_its_key():
    kit = make_study(each=2, readers=2, practice=2, controls=1)
    kit.read_all(kit.enrolments[0])
    kit.read(kit.enrolments[1])  # practice only
    kit.to(State.UNBLINDED)
    found = trials(kit.study)
    assert {trial.reader for trial in found} == {"R1"}
    assert len(found) == kit.study.plan.trials
    assert sum(trial.control for trial in found) == 1
    assert not any(trial.counted for trial in found if trial.control)
    truth = kit.truth
    assert all(trial.intended == truth[trial.case].intended_class for trial in found)
    assert all(trial.origin == truth[trial.case].origin for trial in found)
    assert all(trial.correct for trial in found)
    assert {trial.seconds for trial in found} == {1.5}


def test_without_the_key_rows_have_none():
    kit = make_study(each=2)
    kit.read_all(kit.enrolments[0])
    kit.to(State.CLOSED)
    found = rows(kit.study, unblinded=False)
    assert len(found) == 8
    assert all(row.key is None for row in found)


def test_a_repeat_points_at_its_first_showing():
    kit = make_study(each=10, repeats=0.1)
    kit.read_all(kit.enrolments[0])
    kit.to(State.UNBLINDED)
    found = trials(kit.study)
    again = [trial for trial in found if trial.replicate]
    assert len(again) == kit.study.plan.repeated > 0
    firsts = {trial.case for trial in found if not trial.replicate}
    assert all(trial.original in firsts and trial.original != trial.case for trial in again)


def test_two_sittings_are_one_trial():
    kit = make_study(each=2, questions=("class", "realism"), sittings=2)
    kit.read_all(kit.enrolments[0])
    kit.to(State.UNBLINDED)
    found = trials(kit.study)
    assert len(found) == 8
    assert all(trial.answer and trial.realism in {2, 5} for trial in found)


def test_the_two_sittings_have_places_of_their_own():
    kit = make_study(each=5, questions=("class", "realism"), sittings=2)
    reader = kit.enrolments[0]
    kit.read_all(reader)
    kit.to(State.UNBLINDED)
    place = dict(reader.slots.filter(sitting=2).values_list("case__code", "position"))
    found = trials(kit.study)
    assert [trial.rated_at for trial in found] == [place[trial.case] for trial in found]
    assert [trial.rated_at for trial in found] != sorted(place.values())


def test_who_withdrew_is_left_out():
    kit = make_study(each=2, readers=2)
    for enrolment in kit.enrolments:
        kit.read_all(enrolment)
    services.withdraw(enrolment=kit.enrolments[0], actor=kit.enrolments[0].reader)
    kit.to(State.UNBLINDED)
    assert {trial.reader for trial in trials(kit.study)} == {"R2"}


def test_the_first_answer_counts_and_the_last_is_kept():
    kit = make_study(each=2, going_back=True)
    reader = kit.enrolments[0]
    first = kit.read(reader, "neutrophil")
    services.reading.submit(
        enrolment=reader, position=first.slot.position, actor=reader.reader, answer="lymphocyte",
        realism=None, reason="On second thoughts.", times={}, idempotency_key="again",
    )  # fmt: skip
    kit.read_all(reader)
    kit.to(State.UNBLINDED)
    [changed] = [trial for trial in trials(kit.study) if trial.final_answer != trial.answer]
    assert (changed.answer, changed.final_answer) == ("neutrophil", "lymphocyte")


def test_an_interrupted_trial_has_no_time():
    kit = make_study(each=2)
    times = {"shown_ms": 0, "answered_ms": 90_000, "hidden_ms": 60_000}
    kit.read(kit.enrolments[0], times={**times, "interrupted": True})
    kit.read(kit.enrolments[0], times=times)
    found = sorted(rows(kit.study, unblinded=False), key=lambda row: row.position)
    assert [row.seconds for row in found[:3]] == [None, 30.0, None]
    assert [row.interrupted for row in found[:2]] == [True, False]


def test_a_trial_shown_again_by_a_reload_has_no_time():
    kit = make_study(each=2, questions=("class", "realism"), sittings=2, going_back=True)
    reader = kit.enrolments[0]

    def shown(position):
        services.reading.record_view(enrolment=reader, position=position, actor=reader.reader, screen={})

    shown(1)
    kit.read(reader)
    shown(1)  # and once more after the answer, which is no interruption
    kit.read(reader)
    shown(2)
    kit.read(reader)
    second = reader.slots.filter(sitting=2).first()
    while reader.slots.filter(readings=None, sitting=1).exists():
        kit.read(reader)
    shown(second.position)
    kit.read_all(reader)
    found = rows(kit.study, unblinded=False)
    assert [row.interrupted for row in found[:3]] == [True, False, False]
    assert [row.seconds for row in found[:3]] == [None, 1.5, 1.5]
    assert [row.case for row in found if elapsed(row.realism_times) is None] == [second.case.code]
    kit.to(State.UNBLINDED)
    assert [trial.interrupted for trial in trials(kit.study)].count(True) == 1


def test_a_model_is_a_reader_of_its_own():
    kit = make_study(each=2)
    kit.read_all(kit.enrolments[0])
    kit.to(State.CLOSED)
    codes = list(kit.study.cases.values_list("code", flat=True))
    reading = ModelReading.objects.create(
        study=kit.study, model_version=model_version(), pseudonym="M1", requester=kit.owner
    )
    kit.to(State.UNBLINDED)
    assert {trial.reader for trial in trials(kit.study)} == {"R1"}
    reading.answers = {code: {"answer": "neutrophil", "probability": 0.9} for code in codes[:5]}
    reading.finished_at = kit.study.unblinded_at
    reading.save()
    found = [trial for trial in trials(kit.study) if trial.model]
    assert len(found) == 5
    assert {trial.answer for trial in found} == {"neutrophil"}
