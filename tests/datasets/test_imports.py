"""An import from its archive to its receipt: counts in are counts out, nothing is doubled, nothing odd is swallowed."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from apps.accounts.models import AuditEvent, Project, Role, User
from apps.cells.findings import record
from apps.cells.models import Cell, EventKind, LabelEvent, Origin, ReviewState
from apps.cells.selectors import biography
from apps.core import storage
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.datasets import limits, selectors, services, sweeping
from apps.datasets.models import Import, ImportedPicture, ImportRemark, ImportState, PictureState
from apps.datasets.values import Odd
from apps.jobs.models import Job, Outcome, State
from apps.registry.models import Task
from apps.slides.models import Field, Slide
from apps.slides.purging import purge_slide
from apps.slides.services import trash
from tests.cells.factories import finding
from tests.datasets.archives import begin, crops, picture, small_coco, small_voc, voc_xml, zipped
from tests.datasets.conftest import Importer, Runs
from tests.factories import ProjectFactory, member
from tests.registry.factories import model_version

pytestmark = pytest.mark.django_db
MAPPING = {"WBC": Import.NO_CLASS, "RBC": Import.LEAVE_OUT, "Platelets": "platelet"}


def test_a_voc_set(run_import: Importer, project: Project, researcher: User) -> None:
    source = run_import(zipped(small_voc()), mapping=MAPPING)
    assert source.state == ImportState.DONE
    assert source.counts == {
        "pictures": 3,
        "stored": 3,
        "duplicate": 0,
        "merged_pictures": 0,
        "pictures_left_out": 0,
        "failed": 0,
        "boxes": 6,
        "cells": 3,
        "left_out": 1,
        "refused": 2,
        "merged": 0,
        "unread": 0,
        "boxes_of_others": 0,
        "crops": 0,
        "orphans": 0,
    }
    report = selectors.report(source)
    assert report.agrees
    assert [(kind.odd, kind.count, kind.boxes) for kind in report.kinds] == [
        (Odd.CUT, 1, 0),
        (Odd.EMPTY_BOX, 1, 1),
        (Odd.OUTSIDE, 1, 1),
    ]
    fields = list(Field.objects.filter(project=project).order_by("position"))
    assert len(fields) == 3  # the empty one is kept
    assert len({field.slide_id for field in fields}) == 1
    cells = list(Cell.objects.filter(project=project).order_by("pk"))
    assert [(cell.box, cell.current_class, cell.review_state) for cell in cells] == [
        ((0.0, 0.0, 20.0, 20.0), "", ReviewState.SUGGESTED),
        ((79.0, 49.0, 96.0, 64.0), "", ReviewState.SUGGESTED),
        ((4.0, 4.0, 9.0, 9.0), "platelet", ReviewState.LABELLED),
    ]
    assert {cell.origin for cell in cells} == {Origin.FIELD}
    assert all(storage.open_key(cell.crop_key).close() is None for cell in cells)


def test_an_imported_label_is_told_from_a_reviewers_act(run_import: Importer, researcher: User) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    events = list(LabelEvent.objects.all())
    assert len(events) == 3
    assert {event.kind for event in events} == {EventKind.IMPORT}
    assert {event.actor for event in events} == {researcher}
    assert not any(event.seen_suggestion for event in events)
    assert len({event.act for event in events}) == 1
    assert AuditEvent.objects.filter(verb="imported").count() == 1


def test_a_later_analysis_keeps_imported_cells(run_import: Importer, project: Project) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    field = Field.objects.filter(project=project).order_by("position").first()
    assert field is not None
    record(
        field=field,
        findings=[finding(at=9)],
        locator_version=model_version(task=Task.LOCATE),
        classifier_version=model_version(task=Task.CLASSIFY),
    )
    assert Cell.objects.standing().filter(field=field).count() == 2


@pytest.mark.django_db(transaction=True)
def test_no_file_of_the_store_is_left_without_a_row(run_import: Importer, project: Project) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    run_import(zipped(small_voc()), mapping=MAPPING)
    run_import(zipped(crops()))
    named = set(Cell.objects.values_list("crop_key", flat=True))
    for keys in Field.objects.values_list("image_key", "thumbnail_key"):
        named.update(keys)
    assert set(storage.every_key()) == named


def test_unknown_classes_wait_for_a_person(project: Project, researcher: User, run_job: Runs) -> None:
    source = begin(researcher, project, zipped({"weird/a.png": picture(), "neutrophil/b.png": picture(1)}))
    assert source.job is not None
    run_job(source.job)
    source.refresh_from_db()
    assert (source.state, source.mapping) == (ImportState.MAPPING, {"neutrophil": "neutrophil", "weird": ""})
    for wrong in (
        {"neutrophil": "neutrophil"},
        {"neutrophil": "neutrophil", "weird": "no-such-class"},
        {"neutrophil": "neutrophil", "weird": ""},
        {"neutrophil": "neutrophil", "weird": "monocyte", "other": "monocyte"},
    ):
        with pytest.raises(InvalidInput) as caught:
            services.confirm(actor=researcher, source=source, mapping=wrong)
        assert caught.value.code == "mapping"
    assert not Cell.objects.exists()
    services.confirm(
        actor=researcher, source=source, mapping={"neutrophil": Import.LEAVE_OUT, "weird": "monocyte"}
    )
    with pytest.raises(Conflict):
        services.confirm(
            actor=researcher, source=source, mapping={"neutrophil": Import.LEAVE_OUT, "weird": "monocyte"}
        )


def test_one_slide_for_each_picture(run_import: Importer, project: Project) -> None:
    run_import(zipped(small_coco()), grouping="slide-per-picture")
    assert sorted(Slide.objects.filter(project=project).values_list("title", flat=True)) == ["a", "b"]


def test_annotations_of_another_size_are_told(run_import: Importer) -> None:
    files = {"a.png": picture(), "a.xml": voc_xml("a.png", [("WBC", 1, 1, 9, 9)], size=(640, 480))}
    source = run_import(zipped(files), mapping={"WBC": Import.NO_CLASS})
    (remark,) = source.remarks.all()
    assert (remark.odd, "640 x 480" in remark.message, "96 x 64" in remark.message) == (Odd.SIZE, True, True)


@pytest.mark.django_db(transaction=True)
def test_what_is_no_archive_stops_with_a_sentence(run_import: Importer) -> None:
    source = run_import(b"this is no archive")
    report = selectors.report(source)
    assert (report.state, report.message) == (
        "stopped",
        "The archive is damaged or no ZIP file. Make it again, then try once more.",
    )
    services.discard(actor=source.requester, source=source)
    assert list(storage.every_key()) == []


def test_an_import_of_which_pictures_are_stored_cannot_be_given_up(run_import: Importer) -> None:
    source = run_import(zipped(small_voc()), mapping=MAPPING)
    with pytest.raises(Conflict, match="trash"):
        services.discard(actor=source.requester, source=source)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_may_not(project: Project, role: Role) -> None:
    with pytest.raises(NotPermitted):
        begin(member(project, role), project, b"x")


class _Killed(BaseException):
    """The process ends here."""


def test_a_worker_that_is_killed_in_the_middle_doubles_nothing(
    project: Project, researcher: User, run_job: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each picture in turn: before its transaction, and after it."""
    from apps.datasets.services import recording, storing

    source = begin(researcher, project, zipped(small_voc()))
    assert source.job is not None
    run_job(source.job)
    source.refresh_from_db()
    job = services.confirm(actor=researcher, source=source, mapping=MAPPING)
    for module, kill in 2 * ((storing, "record"), (recording, "mark")):
        usual = getattr(module, kill)

        def killed(*values: Any, usual: Callable[..., Any] = usual, **named: Any) -> Any:
            usual(*values, **named)
            raise _Killed

        with monkeypatch.context() as patch:
            patch.setattr(module, kill, killed)
            with pytest.raises(_Killed):
                run_job(job)
        # What the reaper does with a lease that ran out.
        Job.objects.filter(pk=job.pk).update(
            state=State.QUEUED, lease_token=None, lease_expires_at=None, sent=0
        )
    assert run_job(job) == Outcome.SUCCEEDED
    source.refresh_from_db()
    assert (source.counts["stored"], source.counts["cells"]) == (3, 3)
    assert selectors.report(source).agrees
    assert Cell.objects.filter(project=project).count() == 3
    assert source.remarks.count() == 3


def test_a_cancelled_import_goes_on(
    project: Project, researcher: User, run_job: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.datasets.services import storing
    from apps.jobs.services import cancel

    source = begin(researcher, project, zipped(small_voc()))
    assert source.job is not None
    run_job(source.job)
    source.refresh_from_db()
    job = services.confirm(actor=researcher, source=source, mapping=MAPPING)
    usual = storing._store_one

    def then_cancel(*values: Any) -> None:
        usual(*values)
        cancel(job=job, actor=researcher)

    with monkeypatch.context() as patch:
        patch.setattr(storing, "_store_one", then_cancel)
        assert run_job(job) == Outcome.CANCELLED
    source = Import.objects.select_related("job", "project", "requester").get(pk=source.pk)
    report = selectors.report(source)
    assert (report.state, report.counts["stored"]) == ("stopped", 1)
    with pytest.raises(Conflict):
        services.discard(actor=researcher, source=source)
    assert run_job(services.go_on(actor=researcher, source=source)) == Outcome.SUCCEEDED
    source.refresh_from_db()
    assert source.counts["stored"] == 3
    with pytest.raises(Conflict):
        services.go_on(actor=researcher, source=source)


def test_a_full_disk_gets_a_sentence_and_the_rest_later(
    project: Project, researcher: User, run_job: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = begin(researcher, project, zipped(small_voc()))
    assert source.job is not None
    run_job(source.job)
    source.refresh_from_db()
    job = services.confirm(actor=researcher, source=source, mapping=MAPPING)
    usual = storage.save_bytes
    calls = 0

    def full_at_the_fifth(key: str, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        usual(key, data)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "save_bytes", full_at_the_fifth)
        run_job(job)
    job.refresh_from_db()
    assert "disk is full" in job.error
    assert source.pictures.filter(state=PictureState.STORED).count() == 1
    Job.objects.filter(pk=job.pk).update(not_before=None)
    assert run_job(job) == Outcome.SUCCEEDED
    source.refresh_from_db()
    assert source.counts["stored"] == 3


def test_a_trashed_slide_is_not_added_to(run_import: Importer, project: Project, researcher: User) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    slide = Slide.objects.get(project=project)
    trash(actor=researcher, slide=slide)
    Slide.objects.filter(pk=slide.pk).update(trashed_at=timezone.now() - timedelta(days=99))
    again = run_import(zipped(small_voc()), mapping=MAPPING)
    assert again.counts["duplicate"] == 3
    assert "trash" in again.remarks.filter(odd=Odd.DUPLICATE).first().message  # type: ignore[union-attr]


def test_a_purged_slide_takes_along_what_the_import_kept_of_it(
    run_import: Importer, project: Project, researcher: User
) -> None:
    from django.db import transaction

    source = run_import(zipped(small_voc()), mapping=MAPPING)
    slide = Slide.objects.get(project=project)
    trash(actor=researcher, slide=slide)
    slide.refresh_from_db()
    assert purge_slide(slide=slide, actor=None, transaction=transaction.atomic) is not None
    assert not Cell.objects.exists()
    assert set(source.pictures.values_list("path", flat=True)) == {""}
    assert set(source.remarks.values_list("path", flat=True)) == {""}


def test_names_are_forgotten_after_a_while(run_import: Importer) -> None:
    source = run_import(zipped(small_voc()), mapping=MAPPING)
    sweeping.sweep()
    assert not source.pictures.filter(path="").exists()
    old = timezone.now() - limits.NAMES_KEPT - timedelta(hours=1)
    Import.objects.filter(pk=source.pk).update(finished_at=old)
    sweeping.sweep()
    assert set(ImportedPicture.objects.values_list("path", flat=True)) == {""}
    assert set(ImportRemark.objects.values_list("path", flat=True)) == {""}


def test_archives_that_nobody_goes_on_with_are_removed(
    project: Project, researcher: User, run_job: Runs
) -> None:
    source = begin(researcher, project, zipped(small_voc()))
    assert source.job is not None
    run_job(source.job)
    old = timezone.now() - limits.SOURCES_KEPT - timedelta(hours=1)
    Import.objects.filter(pk=source.pk).update(created_at=old)
    Job.objects.filter(pk=source.job.pk).update(finished_at=old)
    sweeping.sweep()
    source.refresh_from_db()
    assert source.source_key == ""
    assert list(storage.every_key("imports")) == []


def test_the_receipt_as_csv(run_import: Importer) -> None:
    source = run_import(
        zipped({**small_voc(), "set/Annotations/=cmd.xml": voc_xml("x.png", [])}), mapping=MAPPING
    )
    table = "".join(selectors.receipt_csv(source)).splitlines()
    assert table[0] == "picture or file,place,what,boxes,message"
    assert ",,Pictures in the archive,3," in table
    assert any(line.startswith("set/JPEGImages/c.png,object 1,box of no size,1,") for line in table)


def test_a_cells_biography_tells_of_the_import(run_import: Importer, researcher: User) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    cell = Cell.objects.get(current_class="platelet")
    assert EventKind.IMPORT in [chapter.kind for chapter in biography(cell, researcher)]


def test_masks_are_left_alone(run_import: Importer) -> None:
    mask = io.BytesIO()
    Image.new("L", (48, 40), 255).save(mask, "PNG")
    source = run_import(zipped({"monocyte/a.png": picture(), "masks/a.png": mask.getvalue()}))
    assert source.counts["stored"] == 1
    assert [remark.odd for remark in source.remarks.all()] == [Odd.MASKS]


@pytest.mark.django_db(transaction=True)
def test_the_command(
    project: Project, researcher: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import CommandError, call_command

    from tests.datasets.archives import folder

    root = folder(tmp_path / "set", small_voc())
    (root / "link.png").symlink_to(root / "set")
    call_command(
        "import_annotations",
        str(root),
        project=project.name,
        email=researcher.email,
        map=["Platelets=platelet"],
    )
    words = capsys.readouterr().out
    assert "Left out, a link: link.png" in words
    assert (
        "Pictures in the archive: 3 = stored 3, in the project already, their boxes merged 0, "
        "in the project already 0, left out by the mapping 0, not stored 0" in words
    )
    assert Cell.objects.filter(project=project).count() == 3
    odd = folder(tmp_path / "odd", {"strange/a.png": picture(7)})
    with pytest.raises(CommandError, match="--map 'strange="):
        call_command("import_annotations", str(odd), project=project.name, email=researcher.email)
    other = ProjectFactory()
    with pytest.raises(CommandError, match="member"):
        call_command("import_annotations", str(odd), project=other.name, email=researcher.email)
    assert list(storage.every_key("imports")) == []
