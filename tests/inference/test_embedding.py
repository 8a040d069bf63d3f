"""Cells that were found before the site kept embeddings get theirs by a job that changes nothing else."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Role
from apps.cells.models import Cell, Embedding, Suggestion
from apps.core import storage
from apps.core.errors import Conflict, NotPermitted
from apps.inference.embedding.services import embeddings_asked, request_embeddings
from apps.inference.services import request_analysis
from apps.jobs.models import Job, Outcome
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def run_here(run_job):
    """Return what runs such a job in this process: its child would know neither the fake nor these tables."""

    def run(job):
        Job.objects.filter(pk=job.pk).update(queue="gpu-short")
        return run_job(job)

    return run


@pytest.fixture
def older(analyser, stored_field, run_job):
    """A field whose cells were analysed before embeddings were kept."""
    field = stored_field()
    run_job(request_analysis(slide=field.slide, requester=None))
    Embedding.objects.all().delete()
    return field


def test_older_cells_get_their_embeddings_and_nothing_else(older, analyser, run_here):
    before = list(Cell.objects.order_by("pk").values())
    suggestions = Suggestion.objects.count()
    job = request_embeddings(project=older.project)
    assert request_embeddings(project=older.project) == job  # while it waits it will do
    assert run_here(job) is Outcome.SUCCEEDED
    assert Embedding.objects.filter(cell__field=older).count() == len(before) == 2
    assert bytes(Embedding.objects.all()[0].vector) == analyser.embedding
    assert list(Cell.objects.order_by("pk").values()) == before
    assert Suggestion.objects.count() == suggestions
    assert request_embeddings(project=older.project) is None


def test_a_field_without_its_picture_holds_nobody_up(older, run_here, stored_field):
    storage.delete_key(older.image_key)
    job = request_embeddings(project=older.project)
    assert run_here(job) is Outcome.SUCCEEDED
    assert not Embedding.objects.exists()
    job.refresh_from_db()
    assert "missing" in job.progress_message


def test_a_person_who_may_add_asks_and_hears_when_there_is_nothing_to_do(older, run_here):
    reviewer = member(older.project, Role.REVIEWER)
    run_here(embeddings_asked(actor=reviewer, project=older.project))
    with pytest.raises(Conflict):
        embeddings_asked(actor=reviewer, project=older.project)
    with pytest.raises(NotPermitted):
        embeddings_asked(actor=member(older.project, Role.VIEWER), project=older.project)


def test_the_command_queues_a_job_for_each_project_that_lacks_some(older, run_here, capsys):
    call_command("embed_cells")
    job = Job.objects.get(kind="embed-cells")
    assert f"{older.project.name}: job {job.public_id}" in capsys.readouterr().out
    run_here(job)
    call_command("embed_cells", project=older.project.public_id)
    assert "Nothing to do" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("embed_cells", project=job.public_id)


def test_the_gallery_of_the_project_offers_it_while_it_is_lacking(older, run_here, sign_in):
    browser = sign_in(member(older.project, Role.REVIEWER))
    gallery = f"/projects/{older.project.public_id}/gallery/"
    assert "Store features" in browser.get(gallery).content.decode()
    answer = browser.post(f"{gallery}features/")
    job = Job.objects.get(kind="embed-cells")
    assert answer.headers["Location"] == f"/jobs/{job.public_id}/"
    run_here(job)
    assert "Store features" not in browser.get(gallery).content.decode()
    assert "features already" in browser.post(f"{gallery}features/", follow=True).content.decode()
