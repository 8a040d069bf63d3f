import time
from types import SimpleNamespace
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from apps.accounts.models import Role
from apps.cells import services as cells
from apps.cells.models import Cell
from apps.core import storage
from apps.inference import handlers
from apps.inference.handlers import load_pixels
from apps.inference.models import FieldAnalysis
from apps.inference.params import AnalyseParams
from apps.inference.selectors import State, analysis_state
from apps.inference.services import request_analysis
from apps.jobs import claim as claiming
from apps.jobs import files
from apps.jobs import services as jobs
from apps.jobs.models import Job, Outcome
from apps.registry.models import ModelState, ModelVersion, Task
from apps.slides.models import FileState, Mode, Upload, UploadFile, UploadState
from apps.slides.params import IngestParams
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


def test_what_is_found_is_written_and_names_its_job_and_versions(analyser, field, run_job):
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
    cells = list(Cell.objects.filter(field=field))
    assert len(cells) > 1
    for cell in cells:
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
        rival = jobs.submit(
            kind="analyse", params=AnalyseParams(slide_id=str(field.slide.public_id)), requester=None
        )
        assert run_job(rival) is Outcome.SUCCEEDED

    analyser.before = another_job_is_faster
    with django_capture_on_commit_callbacks(execute=True):
        assert run_job(job) is Outcome.SUCCEEDED
    assert Cell.objects.filter(field=field).count() == 2
    assert set(storage.every_key("jobs")) == set(
        Cell.objects.filter(field=field).values_list("crop_key", flat=True)
    )
    assert FieldAnalysis.objects.filter(field=field).count() == 1


def test_cells_are_there_as_soon_as_their_field_is_done(analyser, field, stored_field, run_job):
    for _ in range(2):
        stored_field(field.slide)
    seen = []
    analyser.before = lambda done: seen.append(
        (done, Cell.objects.count(), FieldAnalysis.objects.count(), analysis_state(field.slide).state)
    )
    run_job(request(field.slide))
    assert seen == [(n, 2 * n, n, State.RUNNING) for n in range(3)]


def test_a_cancelled_analysis_keeps_the_fields_that_are_done(analyser, field, stored_field, run_job):
    for _ in range(2):
        stored_field(field.slide)
    job = request(field.slide)
    anna = member(field.project, Role.MANAGER)
    analyser.before = lambda done: jobs.cancel(job=job, actor=anna) if done == 1 else None
    assert run_job(job) is Outcome.CANCELLED
    assert (Cell.objects.count(), FieldAnalysis.objects.count()) == (2, 1)
    state = analysis_state(field.slide)
    assert (state.state, state.message) == (State.DONE, "The analysis was cancelled. 1 of 3 fields analysed.")


def test_what_is_done_before_a_failure_stays_and_the_next_attempt_does_the_rest(
    analyser, field, stored_field, run_job
):
    stored_field(field.slide)
    job = request(field.slide)

    def crash(done: int) -> None:
        if done == 1:
            raise RuntimeError("a fault of ours")

    analyser.before = crash
    assert run_job(job) is Outcome.FAILED
    assert (job.state, job.failures) == ("queued", 1)
    assert (Cell.objects.count(), FieldAnalysis.objects.count()) == (2, 1)
    analyser.before = lambda _: None
    Job.objects.update(not_before=None)
    assert run_job(job) is Outcome.SUCCEEDED
    assert (Cell.objects.count(), FieldAnalysis.objects.count()) == (4, 2)
    assert len(analyser.asked) == 2  # the first field was not looked at again


def test_a_job_that_gets_ahead_with_each_attempt_is_not_given_up(analyser, field, stored_field, run_job):
    for _ in range(5):
        stored_field(field.slide)
    job = request(field.slide)
    before = [0]

    def crash_at_the_second_field(done: int) -> None:
        if done > before[0]:
            before[0] = done
            raise RuntimeError

    analyser.before = crash_at_the_second_field
    for _ in range(5):
        assert run_job(job) is Outcome.FAILED
        assert (job.state, job.failures) == ("queued", 1)
        Job.objects.update(not_before=None)
    assert run_job(job) is Outcome.SUCCEEDED
    assert FieldAnalysis.objects.count() == 6


def test_a_field_that_cannot_be_analysed_ends_the_job_after_its_attempts(
    analyser, field, stored_field, run_job
):
    stored_field(field.slide)
    job = request(field.slide)

    def crash(done: int) -> None:
        if done == 1:
            raise RuntimeError

    analyser.before = crash
    for _ in range(3):
        run_job(job)
        Job.objects.filter(state="queued").update(not_before=None)
    assert (job.state, job.attempt) == ("failed", 3)
    assert FieldAnalysis.objects.count() == 1


def test_crops_that_no_cell_names_are_swept_and_the_others_stay(analyser, field, stored_field, run_job):
    stored_field(field.slide)
    job = request(field.slide)

    def crash(done: int) -> None:
        if done == 1:
            storage.save_bytes(f"jobs/{job.public_id}/1/ab/{'0' * 32}.png", b"begun")
            raise WeightsError("The weights are damaged.")

    analyser.before = crash
    run_job(job)
    assert job.state == "failed"
    assert len(list(storage.every_key("jobs"))) == 3
    assert files.sweep(after_s=-1) == 1
    named = set(Cell.objects.values_list("crop_key", flat=True))
    assert len(named) == 2
    assert set(storage.every_key("jobs")) == named


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


def test_requests_join_the_job_that_is_there(analyser, field, run_job):
    anna = UserFactory()
    first = request_analysis(slide=field.slide, requester=anna)
    assert request(field.slide) == first
    assert request(make_slide(field.project)) != first
    joined = []
    analyser.before = lambda _: joined.append(request(field.slide))
    run_job(first)
    assert joined == [first]
    assert request(field.slide) != first


def test_nobody_joins_a_job_that_is_being_cancelled(analyser, field, run_job):
    job = request(field.slide)
    anna = member(field.project, Role.MANAGER)
    others = []

    def cancel(_: int) -> None:
        jobs.cancel(job=job, actor=anna)
        others.append(request(field.slide))

    analyser.before = cancel
    assert run_job(job) is Outcome.CANCELLED
    assert others[0] != job
    analyser.before = lambda _: None
    run_job(others[0])
    assert analysis_state(field.slide).state == State.DONE


def test_a_field_added_while_the_job_runs_is_analysed_by_it(analyser, field, stored_field, run_job):
    job = request(field.slide)

    def a_field_arrives(done: int) -> None:
        if done < 2:
            stored_field(field.slide)
            assert request(field.slide) == job

    analyser.before = a_field_arrives
    assert run_job(job) is Outcome.SUCCEEDED
    assert FieldAnalysis.objects.count() == 3
    assert (job.progress_done, job.progress_total) == (3, 3)
    assert analysis_state(field.slide).state == State.DONE


def test_a_field_that_comes_in_the_last_moment_is_not_forgotten(
    analyser, field, stored_field, run_job, monkeypatch
):
    job = request(field.slide)

    def comes_after_the_last_look(*_: object) -> bool:
        monkeypatch.setattr(handlers, "_another_has_come", lambda *_: False)
        stored_field(field.slide)
        assert request(field.slide) == job
        return False

    monkeypatch.setattr(handlers, "_another_has_come", comes_after_the_last_look)
    assert run_job(job) is Outcome.RELEASED
    assert (job.state, job.failures) == ("queued", 0)
    assert run_job(job) is Outcome.SUCCEEDED
    assert FieldAnalysis.objects.count() == 2


def test_new_versions_that_come_into_use_meanwhile_see_every_field(analyser, field, stored_field, run_job):
    stored_field(field.slide)
    job = request(field.slide)
    newer = []
    analyser.before = lambda done: newer.append(in_use(task=Task.CLASSIFY)) if done == 1 else None
    assert run_job(job) is Outcome.SUCCEEDED
    assert FieldAnalysis.objects.filter(classifier_version=newer[0]).count() == 2
    assert {c.classifier_version for c in Cell.objects.standing()} == {newer[0]}


class TestWithAnUpload:
    """An analysis goes along with the upload that feeds it, unless somebody else waits."""

    @pytest.fixture(autouse=True)
    def short_looks(self, monkeypatch):
        monkeypatch.setattr(handlers, "LOOK_S", 0.01)
        monkeypatch.setattr(handlers, "LINGER_S", 1.0)

    @pytest.fixture
    def upload(self, field):
        storing = jobs.submit(
            kind="ingest", params=IngestParams(upload_id=str(uuid4())), requester=None, project=field.project
        )
        upload = Upload.objects.create(
            project=field.project,
            slide=field.slide,
            mode=Mode.ONE_SLIDE,
            state=UploadState.QUEUED,
            job=storing,
        )
        for position in (1, 2):
            UploadFile.objects.create(upload=upload, position=position, filename=f"{position}.png", size=1)
        # It runs, so that nobody takes it for a job that waits.
        assert claiming.claim(job_id=storing.pk, attempt=0, worker="storing") is not None
        return upload

    def stored(self, upload, stored_field):
        stored_field(upload.slide)
        first = upload.files.filter(state=FileState.WAITING).order_by("position").first()
        UploadFile.objects.filter(pk=first.pk).update(state=FileState.STORED)

    def test_it_waits_for_the_files_that_are_to_come(
        self, analyser, field, stored_field, run_job, upload, monkeypatch
    ):
        job = request(field.slide)
        totals = []
        analyser.before = lambda _: totals.append(Job.objects.get(pk=job.pk).progress_total)
        naps = []

        def nap(_: float) -> None:
            naps.append(1)
            if len(naps) in {3, 6}:
                self.stored(upload, stored_field)

        monkeypatch.setattr(handlers, "time", SimpleNamespace(monotonic=time.monotonic, sleep=nap))
        assert run_job(job) is Outcome.SUCCEEDED
        assert FieldAnalysis.objects.count() == 3
        assert job.attempt == 1
        assert totals[0] == 3  # the files to come are counted from the start
        assert Job.objects.filter(kind="analyse").count() == 1

    def test_it_does_not_wait_for_ever(self, analyser, field, run_job, upload):
        job = request(field.slide)
        assert run_job(job) is Outcome.SUCCEEDED
        assert FieldAnalysis.objects.count() == 1

    def test_it_lets_others_go_first(self, analyser, field, stored_field, run_job, upload, monkeypatch):
        monkeypatch.setattr(handlers, "LINGER_S", 3600.0)
        job = request(field.slide)
        analyser.before = lambda _: request(make_slide(field.project))
        assert run_job(job) is Outcome.SUCCEEDED
        self.stored(upload, stored_field)
        assert request(field.slide) != job

    def test_it_does_not_wait_for_files_that_are_not_to_be_analysed(
        self, analyser, field, run_job, upload, monkeypatch
    ):
        monkeypatch.setattr(handlers, "LINGER_S", 3600.0)
        Upload.objects.update(analyse=False)
        assert run_job(request(field.slide)) is Outcome.SUCCEEDED
