import numpy as np
import pytest
from PIL import Image

from apps.accounts.models import Role
from apps.cells import services as cells
from apps.cells.models import Cell
from apps.core import storage
from apps.inference.handlers import load_pixels
from apps.inference.models import FieldAnalysis
from apps.inference.selectors import State, analysis_state
from apps.inference.services import request_analysis
from apps.jobs import services as jobs
from apps.jobs.models import Outcome
from apps.registry.models import ModelState, ModelVersion, Task
from ml.crops import cut
from ml.errors import WeightsError
from tests.cells.factories import make_slide
from tests.factories import UserFactory, member
from tests.inference.fakes import BOXES
from tests.registry.factories import in_use

pytestmark = pytest.mark.django_db


@pytest.fixture
def field(stored_field):
    return stored_field()


def request(slide):
    return request_analysis(slide=slide, requester=None)


def test_what_is_found_is_written_with_the_success_of_the_job(analyser, field, run_job):
    job = request(field.slide)
    assert run_job(job) is Outcome.SUCCEEDED
    found = list(Cell.objects.filter(field=field).order_by("pk"))
    assert [(c.box, c.suggested_class, c.unidentified, c.score) for c in found] == [
        (BOXES[0], "neutrophil", False, 0.9),
        (BOXES[1], "basophil", True, 0.9),
    ]
    analysis = FieldAnalysis.objects.get(field=field)
    assert (analysis.job, analysis.cells_found) == (job, 2)
    assert {c.locator_version for c in found} == {analysis.locator_version}
    assert {c.classifier_version for c in found} == {analysis.classifier_version}
    assert job.progress_done == job.progress_total == 1


def test_the_analyser_gets_the_stored_pixels(analyser, field, run_job):
    run_job(request(field.slide))
    with storage.open_key(field.image_key) as stream:
        expected = np.asarray(Image.open(stream))
    assert np.array_equal(analyser.asked[0][0], expected)


def test_crops_are_cut_the_one_way_under_the_attempts_path(analyser, field, run_job):
    job = request(field.slide)
    run_job(job)
    for cell in Cell.objects.filter(field=field):
        assert cell.crop_key.startswith(f"jobs/{job.public_id}/1/")
        with storage.open_key(cell.crop_key) as stream:
            crop = np.asarray(Image.open(stream))
        assert np.array_equal(crop, cut(load_pixels(field), cell.box))


def test_an_estimated_scale_is_kept_and_called_so(analyser, field, run_job):
    run_job(request(field.slide))
    field.refresh_from_db()
    assert (field.um_per_px, field.scale_source) == (0.1, "estimated")
    analysis = FieldAnalysis.objects.get(field=field)
    assert (analysis.scale_um_per_px, analysis.scale_estimated) == (0.1, True)


def test_a_known_scale_is_used_and_stays(analyser, stored_field, run_job):
    field = stored_field(um_per_px=0.2, scale_source="file")
    run_job(request(field.slide))
    field.refresh_from_db()
    assert analyser.asked[0][1] == 0.2
    assert (field.um_per_px, field.scale_source) == (0.2, "file")


def test_an_earlier_estimate_is_not_taken_for_knowledge(analyser, field, run_job):
    run_job(request(field.slide))
    in_use(task=Task.CLASSIFY)
    run_job(request(field.slide))
    assert [scale for _, scale in analyser.asked] == [None, None]


def test_only_what_is_missing_is_analysed(analyser, field, stored_field, run_job):
    run_job(request(field.slide))
    later = stored_field(field.slide)
    run_job(request(field.slide))
    assert len(analyser.asked) == 2
    assert Cell.objects.filter(field=field, retired_at__isnull=True).count() == 2
    assert Cell.objects.filter(field=later).count() == 2
    assert run_job(request(field.slide)) is Outcome.SUCCEEDED
    assert len(analyser.asked) == 2


def test_new_versions_analyse_again_and_leave_human_labels(analyser, field, run_job):
    run_job(request(field.slide))
    first, second = Cell.objects.filter(field=field).order_by("pk")
    anna = member(field.project, Role.REVIEWER)
    cells.label(actor=anna, cell=first, to_class="monocyte", expected_version=1, seen_suggestion=True)
    newer = in_use(task=Task.CLASSIFY)
    analyser.cells = ((BOXES[0], "eosinophil"), (BOXES[1], "lymphocyte"))
    run_job(request(field.slide))
    standing = Cell.objects.standing().filter(field=field).order_by("x0")
    assert [(c.current_class, c.suggested_class, c.version) for c in standing] == [
        ("monocyte", "eosinophil", 2),
        ("", "lymphocyte", 1),
    ]
    assert standing[0] == first
    assert second not in standing
    assert {c.classifier_version for c in standing} == {newer}


def test_a_field_that_another_job_finished_meanwhile_is_not_written_twice(
    analyser, field, run_job, django_capture_on_commit_callbacks
):
    job = request(field.slide)

    def another_job_is_faster(_: int) -> None:
        analyser.before = lambda _: None
        rival = request(field.slide)
        assert rival != job
        assert run_job(rival) is Outcome.SUCCEEDED

    analyser.before = another_job_is_faster
    with django_capture_on_commit_callbacks(execute=True):
        assert run_job(job) is Outcome.SUCCEEDED
    assert Cell.objects.filter(field=field).count() == 2
    assert set(storage.every_key("jobs")) == set(Cell.objects.filter(field=field).values_list("crop_key", flat=True))
    assert FieldAnalysis.objects.filter(field=field).count() == 1


def test_a_cancelled_analysis_leaves_nothing(analyser, field, stored_field, run_job):
    stored_field(field.slide)
    job = request(field.slide)
    anna = member(field.project, Role.MANAGER)
    analyser.before = lambda done: jobs.cancel(job=job, actor=anna) if done == 1 else None
    assert run_job(job) is Outcome.CANCELLED
    assert Cell.objects.count() == FieldAnalysis.objects.count() == 0
    assert analysis_state(field.slide).state == State.EMPTY


def test_a_failure_in_the_last_field_leaves_nothing_of_the_first(analyser, field, stored_field, run_job):
    stored_field(field.slide)
    job = request(field.slide)

    def fail(done: int) -> None:
        if done == 1:
            raise WeightsError("The weights are not those that were registered.")

    analyser.before = fail
    assert run_job(job) is Outcome.FAILED
    assert (job.state, job.error) == ("failed", "The weights are not those that were registered.")
    assert Cell.objects.count() == FieldAnalysis.objects.count() == 0
    field.refresh_from_db()
    assert field.um_per_px is None


def test_a_missing_picture_is_said(analyser, field, run_job):
    storage.delete_key(field.image_key)
    job = request(field.slide)
    run_job(job)
    assert (job.state, job.error) == ("failed", "The file of this object is missing from the store.")


def test_without_a_model_in_use_the_job_says_what_to_do(field, run_job):
    ModelVersion.objects.update(state=ModelState.RETIRED)
    job = request(field.slide)
    run_job(job)
    assert job.state == "failed"
    assert "No model is in use" in job.error


def test_a_slide_in_the_trash_is_not_analysed(analyser, field, run_job):
    job = request(field.slide)
    type(field.slide).objects.filter(pk=field.slide.pk).update(trashed_at=field.created_at)
    run_job(job)
    assert job.state == "failed"
    assert analyser.asked == []


def test_a_field_without_cells_is_analysed_too(analyser, field, run_job):
    analyser.cells = ()
    run_job(request(field.slide))
    assert FieldAnalysis.objects.get(field=field).cells_found == 0
    assert analysis_state(field.slide).state == State.DONE


def test_requests_join_the_job_that_waits(analyser, field, run_job):
    anna = UserFactory()
    first = request_analysis(slide=field.slide, requester=anna)
    assert request(field.slide) == first
    assert request(make_slide(field.project)) != first
    run_job(first)
    assert request(field.slide) != first


def test_a_field_added_while_the_job_runs_gets_a_job_of_its_own(analyser, field, stored_field, run_job):
    first = request(field.slide)
    joined = []

    def a_field_arrives(done: int) -> None:
        if done == 0:
            stored_field(field.slide)
            joined.append(request(field.slide))

    analyser.before = a_field_arrives
    run_job(first)
    analyser.before = lambda _: None
    assert joined[0] != first
    assert analysis_state(field.slide).state == State.QUEUED
    run_job(joined[0])
    assert analysis_state(field.slide).state == State.DONE
