import pytest

from apps.accounts.models import Role
from apps.core.errors import Conflict, NotFound, NotPermitted
from apps.core.registries import after_ingest
from apps.inference.selectors import State, analysis_state, analysis_states
from apps.inference.services import analyse_again, request_analysis
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.registry.models import ModelState, ModelVersion, Task
from ml.errors import WeightsError
from tests.cells.factories import make_field, make_slide
from tests.factories import SiteAdminFactory, UserFactory, member
from tests.registry.factories import in_use

pytestmark = pytest.mark.django_db


def request(slide):
    return request_analysis(slide=slide, requester=None)


def test_a_slide_without_fields_is_empty():
    state = analysis_state(make_slide())
    assert (state.state, state.partial, state.job) == (State.EMPTY, False, None)
    assert "no fields yet" in state.message


def test_fields_that_nobody_asked_to_analyse_are_empty(analyser):
    state = analysis_state(make_field(make_slide()).slide)
    assert (state.state, state.message, state.pending) == (State.EMPTY, "Not analysed yet.", 1)


def test_a_job_is_named_by_the_pseudonym_and_never_by_what_may_be_the_name_of_a_file():
    slide = make_slide(title="Doe_Jane_1961")
    assert request(slide).title == f"Analyse {slide.specimen.pseudonym}"


def test_waiting_running_done(analyser, stored_field, run_job):
    field = stored_field()
    job = request(field.slide)
    assert analysis_state(field.slide).state == State.QUEUED
    seen = []
    analyser.before = lambda _: seen.append(analysis_state(field.slide))
    run_job(job)
    assert [s.state for s in seen] == [State.RUNNING]
    assert seen[0].job == job
    done = analysis_state(field.slide)
    assert (done.state, done.partial, done.pending, done.job) == (State.DONE, False, 0, job)
    assert done.message.startswith("1 field analysed by test-locate v")


def test_a_failed_job_is_said_with_its_sentence(analyser, stored_field, run_job):
    field = stored_field()

    def fail(_: int) -> None:
        raise WeightsError("The weights are damaged.")

    analyser.before = fail
    run_job(request(field.slide))
    state = analysis_state(field.slide)
    assert (state.state, state.message, state.partial) == (State.FAILED, "The weights are damaged.", False)


def test_results_and_a_failure_are_both_said(analyser, stored_field, run_job):
    field = stored_field()
    run_job(request(field.slide))
    stored_field(field.slide)

    def fail(_: int) -> None:
        raise WeightsError("The weights are damaged.")

    analyser.before = fail
    run_job(request(field.slide))
    state = analysis_state(field.slide)
    assert (state.state, state.partial) == (State.FAILED, True)
    assert state.message == "The weights are damaged. 1 of 2 fields analysed."


def test_a_fault_that_is_tried_again_is_waiting_and_says_so(analyser, stored_field, run_job):
    field = stored_field()

    def crash(_: int) -> None:
        raise RuntimeError("a fault of ours")

    analyser.before = crash
    job = request(field.slide)
    run_job(job)
    state = analysis_state(field.slide)
    assert (job.state, state.state) == ("queued", State.QUEUED)
    assert "Something went wrong inside analysis" in state.message
    assert "Another attempt follows" in state.message


def test_a_cancelled_analysis_is_not_called_done(analyser, stored_field):
    field = stored_field()
    job = request(field.slide)
    jobs.cancel(job=job, actor=member(field.project, Role.MANAGER))
    state = analysis_state(field.slide)
    assert (state.state, state.message) == (State.EMPTY, "The analysis was cancelled. Not analysed yet.")


def test_part_of_a_slide(analyser, stored_field, run_job):
    field = stored_field()
    run_job(request(field.slide))
    stored_field(field.slide)
    state = analysis_state(field.slide)
    assert (state.state, state.partial, state.message) == (State.DONE, True, "1 of 2 fields analysed.")


def test_results_of_an_earlier_version_are_said_to_be_that(analyser, stored_field, run_job):
    field = stored_field()
    run_job(request(field.slide))
    newer = in_use(task=Task.CLASSIFY)
    state = analysis_state(field.slide)
    assert (state.state, state.pending, state.partial) == (State.DONE, 1, False)
    assert "by an earlier version" in state.message
    assert newer.label in state.message


def test_without_models_a_slide_is_still_told_of(stored_field):
    ModelVersion.objects.update(state=ModelState.RETIRED)
    field = stored_field()
    assert analysis_state(field.slide).state == State.EMPTY


def test_many_slides_cost_as_much_as_one(analyser, stored_field, run_job, django_assert_max_num_queries):
    first = stored_field().slide
    slides = [first, *(make_slide(first.project) for _ in range(9))]
    for slide in slides:
        for _ in range(2):
            make_field(slide)
        request(slide)
    with django_assert_max_num_queries(10):
        states = analysis_states(slides)
    assert {s.state for s in states.values()} == {State.QUEUED}
    assert [states[s.pk].total for s in slides] == [3, *([2] * 9)]


def test_a_stored_field_is_analysed_unless_the_uploader_said_no():
    field = make_field(make_slide())
    after_ingest.run(slide=field.slide, field=field, requester=None, analyse=False)
    assert not Job.objects.exists()
    after_ingest.run(slide=field.slide, field=field, requester=None, analyse=True)
    after_ingest.run(slide=field.slide, field=field, requester=None)
    job = Job.objects.get()
    assert (job.kind, job.queue, job.subject) == ("analyse", "gpu-short", f"slide:{field.slide.public_id}")
    assert job.project == field.project


def test_analysing_again_needs_something_to_do(analyser, stored_field, run_job):
    field = stored_field()
    anna = member(field.project, Role.REVIEWER)
    job = analyse_again(actor=anna, slide=field.slide)
    assert job.requester == anna
    run_job(job)
    with pytest.raises(Conflict, match="Every field of this slide is analysed"):
        analyse_again(actor=anna, slide=field.slide)
    in_use(task=Task.CLASSIFY)
    assert analyse_again(actor=anna, slide=field.slide) != job


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (lambda project: member(project, Role.VIEWER), NotPermitted),
        (lambda _: SiteAdminFactory(), NotPermitted),
        (lambda _: UserFactory(), NotFound),
    ],
    ids=["viewer", "site administrator", "stranger"],
)
def test_who_may_not_ask(analyser, who, error):
    slide = make_field(make_slide()).slide
    with pytest.raises(error):
        analyse_again(actor=who(slide.project), slide=slide)
    assert not Job.objects.exists()
