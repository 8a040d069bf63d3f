"""The job that asks the classifier about boxes that people drew."""

from __future__ import annotations

import numpy as np
import pytest

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.crops import load_pixels
from apps.cells.models import Cell, Change, Embedding
from apps.core import storage
from apps.inference.models import FieldAnalysis
from apps.inference.selectors import unasked_boxes, versions_in_use
from apps.inference.services import request_analysis
from apps.jobs.models import Job, Outcome
from apps.registry.models import ModelState, ModelVersion, Task
from tests.factories import member
from tests.inference.fakes import BOXES
from tests.registry.factories import in_use

pytestmark = pytest.mark.django_db

BOX = (20.0, 80.0, 60.0, 120.0)


@pytest.fixture
def field(stored_field):
    return stored_field()


@pytest.fixture
def anna(field):
    return member(field.project, Role.REVIEWER)


def add(anna, field, box=BOX, to=None):
    return services.add_box(actor=anna, slide=field.slide, field=field.public_id, box=box, to_class=to).cell


def asked() -> Job:
    return Job.objects.filter(kind="classify-boxes").latest("pk")


def test_a_drawn_box_is_classified_by_a_job(analyser, field, anna, run_job):
    cell = add(anna, field, to="basophil")
    assert run_job(asked()) is Outcome.SUCCEEDED
    cell.refresh_from_db()
    assert (cell.suggested_class, cell.current_class, cell.version) == ("monocyte", "basophil", 2)
    assert cell.suggestions.get().box_version == 2
    assert np.array_equal(analyser.boxes_asked[0][0], load_pixels(field))
    assert analyser.boxes_asked[0][1] == [BOX]
    assert Embedding.objects.get(cell=cell).box_version == 2
    assert Change.objects.filter(cell=cell).exists()


def test_a_moved_box_is_asked_about_anew_and_undo_brings_the_old_word_back(analyser, field, anna, run_job):
    run_job(request_analysis(slide=field.slide, requester=None))
    cell = Cell.objects.filter(field=field).order_by("pk")[0]
    services.change_box(actor=anna, cell=cell, box=BOX, expected_version=1)
    run_job(asked())
    cell.refresh_from_db()
    assert cell.suggested_class == "monocyte"
    services.undo(actor=anna, cell=cell, expected_version=2)
    cell.refresh_from_db()
    assert (cell.suggested_class, cell.box) == ("neutrophil", BOXES[0])
    assert Job.objects.filter(kind="classify-boxes").count() == 1


def test_boxes_share_a_job_and_one_drawn_meanwhile_is_not_forgotten(analyser, field, anna, run_job):
    add(anna, field)
    add(anna, field, box=(80.0, 10.0, 120.0, 50.0))
    assert Job.objects.filter(kind="classify-boxes").count() == 1
    analyser.before_boxes = lambda: add(anna, field, box=(100.0, 90.0, 150.0, 135.0))
    job = asked()
    while run_job(job) is Outcome.RELEASED:
        analyser.before_boxes = lambda: None
    assert not unasked_boxes(field.slide, versions_in_use(field.project).classifier).exists()
    assert Job.objects.filter(kind="classify-boxes").count() == 1
    assert job.state == "succeeded"


def test_a_box_that_moves_while_the_model_looks_keeps_no_word_about_the_old(analyser, field, anna, run_job):
    cell = add(anna, field)

    def move() -> None:
        analyser.before_boxes = lambda: None
        services.change_box(actor=anna, cell=cell, box=(22.0, 80.0, 60.0, 118.0), expected_version=2)

    analyser.before_boxes = move
    job = asked()
    while run_job(job) is Outcome.RELEASED:
        pass
    cell.refresh_from_db()
    assert [s.box_version for s in cell.suggestions.all()] == [3]
    assert cell.suggested_class == "monocyte"


def test_the_worker_cuts_what_a_request_left(analyser, field, anna, run_job, monkeypatch):
    monkeypatch.setattr("apps.cells.crops.LARGEST_AT_ONCE", 10)
    cell = add(anna, field)
    job = asked()
    run_job(job)
    cell.refresh_from_db()
    assert cell.crop_key.startswith(f"jobs/{job.public_id}/")
    assert list(storage.every_key("jobs")) == [cell.crop_key]


def test_without_a_model_in_use_nothing_is_asked(field, anna):
    ModelVersion.objects.update(state=ModelState.RETIRED)
    add(anna, field)
    assert not Job.objects.filter(kind="classify-boxes").exists()


def test_a_newer_model_is_asked_after_its_analysis(analyser, field, anna, run_job):
    run_job(request_analysis(slide=field.slide, requester=None))
    cell = add(anna, field)
    run_job(asked())
    in_use(task=Task.CLASSIFY)
    run_job(request_analysis(slide=field.slide, requester=None))
    run_job(asked())
    assert cell.suggestions.count() == 2
    assert FieldAnalysis.objects.count() == 2


def test_the_crop_of_a_finding_on_a_labelled_cell_is_not_kept(
    analyser, field, anna, run_job, django_capture_on_commit_callbacks
):
    run_job(request_analysis(slide=field.slide, requester=None))
    first, second = Cell.objects.filter(field=field).order_by("pk")
    services.label(actor=anna, cell=first, to_class="monocyte", expected_version=1, seen_suggestion=True)
    services.remove(actor=anna, cell=second, expected_version=1)
    in_use(task=Task.CLASSIFY)
    with django_capture_on_commit_callbacks(execute=True):
        run_job(request_analysis(slide=field.slide, requester=None))
    assert set(storage.every_key("jobs")) == {first.crop_key, second.crop_key}


def test_the_analysis_keeps_embeddings(analyser, field, run_job):
    run_job(request_analysis(slide=field.slide, requester=None))
    stored = {bytes(vector) for vector in Embedding.objects.values_list("vector", flat=True)}
    assert stored == {analyser.embedding}
    assert Embedding.objects.count() == 2
