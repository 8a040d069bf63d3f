"""The trash: who put what there and how long it stays; what leaves it for good leaves nothing but the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AuditEvent, Project, User
from apps.cells import services as labelling
from apps.cells.models import Cell, LabelEvent, SeenMark
from apps.core import disposal, storage
from apps.core.errors import Conflict, Gone, InvalidInput, NotPermitted
from apps.core.models import DoomedObject, Erasure
from apps.inference.models import FieldAnalysis
from apps.jobs import schedule
from apps.jobs.models import Attempt, Job, Outcome, State
from apps.slides import retention, selectors, services
from apps.slides.models import Field, FileState, Slide, Specimen, Upload
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, member
from tests.kits import images as kit
from tests.kits.stored import stored_files
from tests.kits.traces import tables_with

pytestmark = pytest.mark.django_db

TRASH_PAGE_QUERIES = (
    9  # session, person, project, role twice, how many slides, which with their specimen and person
)
RunJob = Callable[[Job], Outcome | None]
Ingest = Callable[..., Upload]


@dataclass
class Worked:
    """A slide that went all the way: uploaded, analysed, seen, labelled, undone."""

    slide: Slide
    cells: list[Cell]
    keys: list[str]
    names: list[str]
    ids: list[str]


@pytest.fixture
def manager(project: Project) -> User:
    return member(project, "manager")


@pytest.fixture
def worked(ingest: Ingest, project: Project, reviewer: User) -> Callable[[], Worked]:
    """Return a function that makes such a slide; every name on it is one that can be looked for."""
    made: list[Worked] = []

    def make() -> Worked:
        n = len(made) + 1
        upload = ingest((f"Canary-Jane-{n}.png", kit.encoded(kit.picture(seed=n))), title=f"Canary-smear-{n}")
        field = Field.objects.get(slide=upload.slide)
        slide = field.slide
        Specimen.objects.filter(pk=slide.specimen_id).update(
            pseudonym=f"CANARY-{n}", stain=f"canary-stain-{n}"
        )
        cells = make_cells(field, finding("neutrophil"), finding("lymphocyte", at=1))
        for cell in cells:
            storage.save_bytes(cell.crop_key, b"crop")
        labelling.mark_seen(actor=reviewer, slide=slide, cell_ids=[cell.public_id for cell in cells])
        for cell in cells:
            labelling.label(
                actor=reviewer, cell=cell, to_class="monocyte", expected_version=1, seen_suggestion=True
            )
        cells[0].refresh_from_db()
        labelling.undo(actor=reviewer, cell=cells[0], expected_version=2)
        job = _ended_job(slide, f"Analyse CANARY-{n}", log=f"canary-log-{n}")
        FieldAnalysis.objects.create(
            field=field,
            locator_version=cells[0].locator_version,
            classifier_version=cells[0].classifier_version,
            cells_found=2,
            job=job,
        )
        keys = [field.image_key, field.thumbnail_key, *(cell.crop_key for cell in cells)]
        one = Worked(
            Slide.objects.get(pk=slide.pk),
            cells,
            keys,
            [
                f"{name}-{n}"
                for name in ("canary-jane", "canary-smear", "canary", "canary-stain", "canary-log")
            ],
            [str(field.public_id), *(str(cell.public_id) for cell in cells)],
        )
        made.append(one)
        return one

    return make


def _ended_job(slide: Slide, title: str, *, log: str) -> Job:
    job = Job.objects.create(
        kind="analyse",
        queue="gpu-short",
        title=title,
        subject=f"slide:{slide.public_id}",
        project=slide.project,
        state=State.FAILED,
        max_attempts=3,
        attempt=1,
        error="No.",
        finished_at=timezone.now(),
    )
    now = timezone.now()
    Attempt.objects.create(
        job=job, number=1, worker="w", outcome="failed", started_at=now, ended_at=now, log=log
    )
    storage.save_bytes(f"jobs/{job.public_id}/1/aa/leftover.png", b"of the failed attempt")
    return job


def in_trash_since(slide: Slide, *, days: float) -> None:
    Slide.objects.filter(pk=slide.pk).update(trashed_at=timezone.now() - timedelta(days=days))


def purge_due(run_job: RunJob) -> list[Job]:
    """Do what the schedule does, then what the worker does."""
    retention.run()
    jobs = list(Job.objects.filter(kind="purge", state=State.QUEUED))
    for job in jobs:
        assert run_job(job) is Outcome.SUCCEEDED
    return jobs


def nothing_is_left_but_the_record(gone: Worked) -> bool:
    """Return whether no name is left anywhere, and opaque identifiers in the audit at most."""
    return tables_with(*gone.names) == {} and set(tables_with(*gone.ids, *gone.keys)) <= {
        "accounts_auditevent"
    }


def test_the_trash_says_who_when_and_how_long(
    project: Project, reviewer: User, sign_in: Callable[[User], Client]
) -> None:
    slide = make_slide(project, title="Smear")
    services.trash(actor=reviewer, slide=slide)
    in_trash_since(slide, days=12.5)
    (row,) = selectors.trashed_slides(user=reviewer, project=project)
    assert (row.slide.trashed_by, row.days_left, row.with_specimen) == (reviewer, 18, True)
    page = sign_in(reviewer).get(f"/projects/{project.public_id}/trash/").content.decode()
    assert reviewer.display_name in page
    assert "In 18 days" in page
    assert "Empty the trash" not in page  # a reviewer may restore, and removes nothing for good


def test_a_specimen_goes_only_with_its_last_slide(project: Project, reviewer: User) -> None:
    slide = make_slide(project)
    other = Slide.objects.create(specimen=slide.specimen, project=project, title="Second smear")
    services.trash(actor=reviewer, slide=slide)
    assert [row.with_specimen for row in selectors.trashed_slides(user=reviewer, project=project)] == [False]
    services.trash(actor=reviewer, slide=other)
    assert [row.with_specimen for row in selectors.trashed_slides(user=reviewer, project=project)] == [
        True
    ] * 2


def test_the_page_asks_the_same_number_of_questions_for_many_slides(
    project: Project, reviewer: User, manager: User, sign_in: Callable[[User], Client]
) -> None:
    for _ in range(30):
        slide = make_slide(project)
        make_field(slide)
        services.trash(actor=reviewer, slide=slide)
    browser = sign_in(manager)
    browser.get("/help/")
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(f"/projects/{project.public_id}/trash/").content.decode()
    assert page.count("In 30 days") == 30
    assert len(asked) <= TRASH_PAGE_QUERIES, [query["sql"][:120] for query in asked]


def test_what_waited_long_enough_is_gone_with_all_that_was_its_own(
    worked: Callable[[], Worked], reviewer: User, run_job: RunJob
) -> None:
    gone, kept = worked(), worked()
    services.trash(actor=reviewer, slide=gone.slide)
    in_trash_since(gone.slide, days=30.01)
    before = set(stored_files())
    purge_due(run_job)
    assert nothing_is_left_but_the_record(gone)
    assert not set(gone.keys) & set(stored_files())
    assert {key for key in before if key in kept.keys} == set(kept.keys)
    assert set(kept.keys) < set(stored_files())
    assert [name for name in stored_files() if "leftover" in name] == [
        name
        for name in stored_files()
        if str(Job.objects.get(kind="analyse").public_id) in name and "leftover" in name
    ]
    assert DoomedObject.objects.count() == 0
    # What is kept is whole: its history as before.
    assert LabelEvent.objects.filter(cell__in=kept.cells).count() == 3
    assert SeenMark.objects.count() == 2
    assert Cell.objects.count() == 2
    assert list(Specimen.objects.values_list("pseudonym", flat=True)) == ["CANARY-2"]


def test_the_record_stays_and_says_nothing_of_the_content(
    worked: Callable[[], Worked], reviewer: User, run_job: RunJob
) -> None:
    one = worked()
    labelled = AuditEvent.objects.filter(verb="labelled").count()
    services.trash(actor=reviewer, slide=one.slide)
    in_trash_since(one.slide, days=31)
    purge_due(run_job)
    event = AuditEvent.objects.get(verb="purged")
    assert (event.actor, event.target) == (None, f"slide:{one.slide.public_id}")
    assert event.detail == {"fields": 1, "files": 4}
    assert AuditEvent.objects.filter(verb="labelled").count() == labelled == 3
    assert Erasure.objects.get().target == f"slide:{one.slide.public_id}"


def test_before_its_time_and_after_a_restore_nothing_goes(
    worked: Callable[[], Worked], reviewer: User, run_job: RunJob
) -> None:
    early, restored = worked(), worked()
    for one, days in ((early, 29.9), (restored, 31)):
        services.trash(actor=reviewer, slide=one.slide)
        in_trash_since(one.slide, days=days)
    retention.run()
    (job,) = Job.objects.filter(kind="purge")
    services.restore(actor=reviewer, slide=restored.slide)
    assert run_job(job) is Outcome.SUCCEEDED
    assert Slide.objects.count() == 2
    assert set(early.keys) | set(restored.keys) < set(stored_files())


def test_one_removal_is_under_way_at_a_time(project: Project, reviewer: User) -> None:
    slide = make_slide(project)
    services.trash(actor=reviewer, slide=slide)
    in_trash_since(slide, days=31)
    retention.run()
    retention.run()
    assert Job.objects.filter(kind="purge").count() == 1
    assert {"slides.empty-trash", "core.remove-doomed"} <= set(schedule._REGISTERED)


def test_a_file_that_two_rows_name_stays_until_both_are_gone(
    worked: Callable[[], Worked], reviewer: User, run_job: RunJob
) -> None:
    one, other = worked(), worked()
    shared = one.cells[0].crop_key
    Cell.objects.filter(pk=other.cells[0].pk).update(crop_key=shared)
    for each in (one, other):
        services.trash(actor=reviewer, slide=each.slide)
        in_trash_since(each.slide, days=31)
        purge_due(run_job)
        assert (shared in stored_files()) == (each is one)
    assert DoomedObject.objects.count() == 0


def test_files_that_a_killed_process_left_are_removed_later(
    worked: Callable[[], Worked], reviewer: User, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = worked()
    services.trash(actor=reviewer, slide=one.slide)
    in_trash_since(one.slide, days=31)
    monkeypatch.setattr(disposal, "remove_doomed", lambda: None)
    purge_due(run_job)
    monkeypatch.undo()
    assert set(one.keys) < set(stored_files())
    assert disposal.remove_doomed() >= len(one.keys)
    assert not set(one.keys) & set(stored_files())


def test_duplicates_of_a_removed_picture_forget_where_it_was(
    worked: Callable[[], Worked], ingest: Ingest, reviewer: User, run_job: RunJob
) -> None:
    one = worked()
    again = ingest(("again.png", kit.encoded(kit.picture(seed=1))))
    assert again.files.get().state == FileState.DUPLICATE
    services.trash(actor=reviewer, slide=one.slide)
    in_trash_since(one.slide, days=31)
    purge_due(run_job)
    file = again.files.get()
    assert (file.state, file.field) == (FileState.DUPLICATE, None)
    assert file.message == "The same picture was in this project already. Its slide has been removed since."
    # And the picture may come anew.
    assert ingest(("new.png", kit.encoded(kit.picture(seed=1)))).files.get().state == FileState.STORED


def test_a_manager_empties_the_trash_by_typing_its_name(
    worked: Callable[[], Worked],
    project: Project,
    reviewer: User,
    manager: User,
    run_job: RunJob,
    sign_in: Callable[[User], Client],
) -> None:
    one, kept = worked(), worked()
    services.trash(actor=reviewer, slide=one.slide)
    browser, address = sign_in(manager), f"/projects/{project.public_id}/trash/empty/"
    assert browser.post(address, {"typed": "Something else"}).status_code == 422
    assert Job.objects.filter(kind="purge").count() == 0
    assert browser.post(address, {"typed": project.name}).status_code == 302
    # What comes into the trash after the click is not what the manager saw.
    services.trash(actor=reviewer, slide=kept.slide)
    assert run_job(Job.objects.get(kind="purge")) is Outcome.SUCCEEDED
    assert list(Slide.objects.all()) == [kept.slide]
    emptied, purged = AuditEvent.objects.filter(verb__in=["trash-emptied", "purged"]).order_by("pk")
    assert (emptied.actor, emptied.detail) == (manager, {"slides": 1})
    assert purged.actor == manager
    with pytest.raises(NotPermitted):
        services.empty_trash(actor=reviewer, project=project)
    services.restore(actor=reviewer, slide=kept.slide)
    with pytest.raises(InvalidInput, match="empty already"):
        services.empty_trash(actor=manager, project=project)


def test_erasing_a_specimen_takes_it_out_of_sight_at_once_and_then_for_good(
    worked: Callable[[], Worked],
    project: Project,
    reviewer: User,
    manager: User,
    run_job: RunJob,
    sign_in: Callable[[User], Client],
) -> None:
    one, kept = worked(), worked()
    second = Slide.objects.create(specimen=one.slide.specimen, project=project, title="Canary second smear")
    browser = sign_in(manager)
    address = f"/specimens/{one.slide.specimen.public_id}/erase/"
    page = browser.get(address).content.decode()
    assert "Canary-smear-1" in page
    assert "Canary second smear" in page
    assert browser.post(address, {"typed": "canary-1"}).status_code == 422
    assert browser.post(address, {"typed": " CANARY-1 "}).status_code == 302
    assert list(Slide.objects.visible_to(reviewer)) == [kept.slide]
    one.slide.refresh_from_db()
    with pytest.raises(Gone, match="is being erased"):
        services.restore(actor=reviewer, slide=one.slide)
    trash = browser.get(f"/projects/{project.public_id}/trash/").content.decode()
    assert "Being erased" in trash
    assert "Restore" not in trash
    with pytest.raises(Conflict, match="being erased already"):
        services.erase_specimen(actor=manager, specimen=one.slide.specimen)
    (job,) = Job.objects.filter(kind="erase-specimen")
    assert "CANARY" not in f"{job.title}{job.params}"
    assert run_job(job) is Outcome.SUCCEEDED
    assert nothing_is_left_but_the_record(one)
    assert tables_with("Canary second smear") == {}
    assert not set(one.keys) & set(stored_files())
    assert not Slide.objects.filter(pk=second.pk).exists()
    event = AuditEvent.objects.get(verb="erased")
    assert (event.actor, event.detail) == (manager, {"slides": 2})
    assert list(Specimen.objects.all()) == [kept.slide.specimen]


def test_an_erasing_whose_job_failed_is_taken_up_again(
    worked: Callable[[], Worked], manager: User, run_job: RunJob
) -> None:
    one = worked()
    job = services.erase_specimen(actor=manager, specimen=one.slide.specimen)
    retention.run()
    assert Job.objects.filter(kind="erase-specimen").count() == 1
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, finished_at=timezone.now(), error="No.")
    retention.run()
    again = Job.objects.get(kind="erase-specimen", state=State.QUEUED)
    assert run_job(again) is Outcome.SUCCEEDED
    retention.run()
    assert not Job.objects.filter(state=State.QUEUED).exists()


def test_a_job_that_still_waits_or_runs_is_told_to_stop_and_says_nothing_more(
    worked: Callable[[], Worked], manager: User, run_job: RunJob
) -> None:
    one = worked()
    fresh = {
        "kind": "analyse",
        "queue": "gpu-short",
        "subject": f"slide:{one.slide.public_id}",
        "max_attempts": 3,
    }
    waiting = Job.objects.create(**fresh, title="Analyse CANARY-1")
    running = Job.objects.create(
        **fresh,
        title="Analyse CANARY-1",
        state=State.RUNNING,
        attempt=1,
        lease_token=one.slide.public_id,
        lease_expires_at=timezone.now() + timedelta(hours=1),
    )
    job = services.erase_specimen(actor=manager, specimen=one.slide.specimen)
    assert run_job(job) is Outcome.SUCCEEDED
    assert not Job.objects.filter(pk=waiting.pk).exists()
    running.refresh_from_db()
    assert (running.cancel_requested, running.title) == (True, "Analysis")


@pytest.mark.parametrize("table", ["cells_labelevent", "cells_seenmark"])
def test_the_tables_of_history_let_go_of_nothing_else(worked: Callable[[], Worked], table: str) -> None:
    one, kept = worked(), worked()
    Erasure.objects.create(kind="slide", row=one.slide.pk, target=f"slide:{one.slide.public_id}")
    for cell in (one.cells[0], kept.cells[0]):
        of_cell = f"WHERE cell_id = {cell.pk}"
        assert refuses(f"UPDATE {table} SET actor_id = actor_id {of_cell}")
        assert refuses(f"DELETE FROM {table} {of_cell}") == (cell in kept.cells)
    assert refuses(f"DELETE FROM {table}")


def refuses(statement: str) -> bool:
    """Return whether the table says that it is append-only; what it allows is taken back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount > 0
            transaction.set_rollback(True)
    except IntegrityError as refusal:
        return "is append-only" in str(refusal)
    return False


def test_an_erasure_itself_can_be_neither_changed_nor_taken_back(project: Project) -> None:
    Erasure.objects.create(kind="slide", row=1, target="slide:x")
    for act in (Erasure.objects.all().delete, lambda: Erasure.objects.update(row=2)):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()


def test_another_project_s_manager_erases_nothing(project: Project) -> None:
    stranger = member(ProjectFactory(), "manager")
    with pytest.raises(Exception, match="nothing here"):
        services.erase_specimen(actor=stranger, specimen=make_slide(project).specimen)
