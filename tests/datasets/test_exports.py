"""What is taken out: what was chosen and may be seen, without names of files, and the same when it is read back."""

from __future__ import annotations

import errno
import io
import json
import zipfile
from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from PIL import Image

from apps.accounts.models import AuditEvent, Project, Role, User
from apps.cells.models import Cell
from apps.cells.services import label
from apps.core import storage
from apps.core.disk import DiskFull
from apps.core.errors import InvalidInput, NotPermitted
from apps.datasets import limits, services, sweeping
from apps.datasets.models import Export, ExportState, Format, Import, Provenance
from apps.jobs.models import Outcome
from apps.slides.models import Field, FieldMark, Slide
from apps.slides.purging import purge_slide
from apps.slides.services import mark_complete, trash
from ml.images import pixel_sha256
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.datasets.archives import picture, read, small_voc, zipped
from tests.datasets.conftest import Importer, Runs
from tests.factories import ProjectFactory, member
from tests.kits import images as kit

pytestmark = pytest.mark.django_db
MAPPING = {"WBC": Import.NO_CLASS, "RBC": Import.LEAVE_OUT, "Platelets": "platelet"}


@pytest.fixture
def reviewed(project: Project, researcher: User) -> Slide:
    """A slide with two fields: three cells of which one is labelled, one unidentified; and none."""
    slide = make_slide(project, title="Mrs Example, May")
    for number in range(2):
        image = kit.picture(640, 480, seed=50 + number)
        field = make_field(slide, title="Mrs Example 1.png", pixel_sha256=pixel_sha256(np.asarray(image)))
        storage.save_bytes(field.image_key, kit.encoded(image))
        if number == 0:
            cells = make_cells(
                field,
                finding(at=0),
                finding("monocyte", at=1),
                finding("lymphocyte", at=2, unidentified=True),
            )
            for cell in cells:
                storage.save_bytes(cell.crop_key, kit.encoded())
            label(
                actor=researcher,
                cell=cells[0].public_id,
                to_class="eosinophil",
                expected_version=1,
                seen_suggestion=True,
            )
    return slide


def taken(export: Export) -> bytes:
    with storage.open_key(export.file_key) as stream:
        return stream.read()


def wanted(actor: User, project: Project, run_job: Runs, **values: object) -> Export:
    export = services.request_export(actor=actor, project=project, **{"format": "coco", **values})  # type: ignore[arg-type]
    assert export.job is not None
    assert run_job(export.job) == Outcome.SUCCEEDED, export.job.error
    return Export.objects.select_related("project", "requester", "job").get(pk=export.pk)


@pytest.mark.parametrize("form", Format.values)
def test_every_format_is_written_and_counted(
    form: str, reviewed: Slide, project: Project, researcher: User, run_job: Runs
) -> None:
    export = wanted(researcher, project, run_job, format=form)
    counts = export.counts
    assert (counts["cells"], counts["standing"], counts["left_out"], counts["read_back"]) == (1, 3, 2, 1)
    assert counts["pictures"] == (1 if form == "imagefolder" else 2)
    assert export.state == ExportState.READY
    whole = wanted(researcher, project, run_job, format=form, labels="with-suggestions").counts
    assert (whole["cells"], whole["left_out"]) == (3, 0)


def test_labels_and_suggestions_are_told_apart(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs
) -> None:
    data = taken(wanted(researcher, project, run_job, labels="with-suggestions"))
    found = json.loads(zipfile.ZipFile(io.BytesIO(data)).read("annotations.json"))
    names = {one["id"]: one["name"] for one in found["categories"]}
    assert [(names[one["category_id"]], one["source"]) for one in found["annotations"]] == [
        ("eosinophil", "label"),
        ("monocyte", "suggestion"),
        ("unclassified", ""),
    ]
    assert found["info"]["models"]
    assert found["info"]["synthetic_cells"] == 0
    assert len(found["images"]) == 2  # the empty one is listed


@pytest.mark.parametrize("form", Format.values)
def test_no_name_of_a_file_leaves_unless_a_manager_asks(
    form: str, reviewed: Slide, project: Project, researcher: User, run_job: Runs
) -> None:
    data = taken(wanted(researcher, project, run_job, format=form))
    everything = b"".join(zipfile.ZipFile(io.BytesIO(data)).read(name) for name in _texts(data))
    assert b"Example" not in data.replace(everything, b"")
    assert b"Example" not in everything
    with pytest.raises(NotPermitted):
        services.request_export(actor=researcher, project=project, format=form, names=True)
    named = taken(wanted(member(project, Role.MANAGER), project, run_job, format=form, names=True))
    if form != "imagefolder":  # cells have no names
        assert b"Example" in named


def _texts(data: bytes) -> list[str]:
    return [name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if not name.endswith((".png", "/"))]


def test_only_complete_fields_and_only_these_slides(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs
) -> None:
    other = make_field(make_slide(project))
    storage.save_bytes(other.image_key, picture(7))
    assert wanted(researcher, project, run_job).counts["pictures"] == 3
    assert wanted(researcher, project, run_job, slides=[reviewed.public_id]).counts["pictures"] == 2
    Field.objects.filter(pk=other.pk).update(complete=True)
    assert wanted(researcher, project, run_job, only_complete=True).counts["pictures"] == 1
    with pytest.raises(InvalidInput):
        services.request_export(
            actor=researcher, project=project, format="voc", slides=[make_slide().public_id]
        )


def test_what_is_in_the_trash_does_not_go_along(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs
) -> None:
    trash(actor=researcher, slide=reviewed)
    export = services.request_export(actor=researcher, project=project, format="voc")
    assert export.job is not None
    assert run_job(export.job) == Outcome.FAILED
    assert "nothing to take out" in export.job.error


def test_a_slide_that_is_closed_to_a_person_does_not_go_along(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.core.registries import visibility_rules

    def closed(*, user: User) -> object:
        return Slide.objects.filter(pk=reviewed.pk)

    other = make_field(make_slide(project))
    storage.save_bytes(other.image_key, picture(7))
    monkeypatch.setattr(visibility_rules, "_hooks", {"test": closed})
    assert wanted(researcher, project, run_job).counts["pictures"] == 1


def test_a_project_that_reads_blind_first_is_taken_out_by_managers_only(
    reviewed: Slide, project: Project, researcher: User
) -> None:
    Project.objects.filter(pk=project.pk).update(blind_first=True)
    project.refresh_from_db()
    with pytest.raises(NotPermitted):
        services.request_export(actor=researcher, project=project, format="voc")
    services.request_export(actor=member(project, Role.MANAGER), project=project, format="voc")


@pytest.mark.django_db(transaction=True)
def test_archives_are_removed_in_time(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs
) -> None:
    export = wanted(researcher, project, run_job)
    sweeping.sweep()
    export.refresh_from_db()
    assert export.state == ExportState.READY
    assert export.expires_at is not None
    assert abs(export.expires_at - timezone.now() - limits.EXPORTS_KEPT) < timedelta(minutes=5)
    key = export.file_key
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    sweeping.sweep()
    export.refresh_from_db()
    assert (export.state, export.file_key, export.counts["cells"]) == (ExportState.EXPIRED, "", 1)
    assert key not in set(storage.every_key())


def test_a_purged_slide_takes_the_archives_along(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs
) -> None:
    from apps.core import disposal

    whole = wanted(researcher, project, run_job)
    other_slide = make_slide(project)
    other = make_field(other_slide)
    storage.save_bytes(other.image_key, picture(7))
    elsewhere = wanted(researcher, project, run_job, slides=[other_slide.public_id])
    trash(actor=researcher, slide=reviewed)
    purge_slide(slide=reviewed, actor=None, transaction=transaction.atomic)
    disposal.remove_doomed()
    for export, state in ((whole, ExportState.EXPIRED), (elsewhere, ExportState.READY)):
        key = export.file_key
        export.refresh_from_db()
        assert export.state == state
        assert (key in set(storage.every_key())) == (state == ExportState.READY)


def test_a_full_disk_gets_a_sentence(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with override_settings(WBCWEB_MIN_FREE_MB=10**9), pytest.raises(DiskFull):
        services.request_export(actor=researcher, project=project, format="voc")
    export = services.request_export(actor=researcher, project=project, format="voc")
    assert export.job is not None

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "save_stream", full)
    assert run_job(export.job) == Outcome.FAILED
    assert "disk is full" in export.job.error


def test_taking_out_is_on_record(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs, sign_in: object
) -> None:
    export = wanted(researcher, project, run_job)
    client = sign_in(researcher)  # type: ignore[operator]
    answer = client.get(f"/exports/{export.public_id}/file/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert b"".join(answer.streaming_content) == taken(export)
    verbs = list(AuditEvent.objects.filter(project=project).order_by("pk").values_list("verb", flat=True))
    assert [verb for verb in verbs if verb.startswith("export")] == [
        "export-begun",
        "exported",
        "export-taken",
    ]
    # Another researcher may see other slides, so others' exports are nobody's business.
    other = sign_in(member(project, Role.RESEARCHER))  # type: ignore[operator]
    assert other.get(f"/exports/{export.public_id}/file/").status_code == 404


def test_a_bundle_comes_back_whole_elsewhere(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs, run_import: Importer
) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    run_import(zipped({"neutrophil/a.png": picture(31, 48, 40), "monocyte/b.png": picture(32, 48, 40)}))
    whole = reviewed.fields.order_by("position")[0]
    mark_complete(actor=researcher, field=whole, complete=True)
    Field.objects.filter(pk=whole.pk).update(um_per_px=0.07, scale_source="file")
    first = taken(wanted(researcher, project, run_job, format="bundle", labels="with-suggestions"))
    target = ProjectFactory()
    source = run_import(first, into=target)
    assert source.state == "done"
    assert source.counts["failed"] == source.counts["duplicate"] == 0
    assert Slide.objects.filter(project=target).count() == 2
    assert set(Slide.objects.filter(project=target).values_list("specimen__pseudonym", flat=True)) == set(
        Slide.objects.filter(project=project).values_list("specimen__pseudonym", flat=True)
    )
    # An unidentified suggestion is no class.
    here = _facts(project)
    assert _facts(target) == here
    assert len(here) == 8
    there = Field.objects.get(project=target, complete=True)
    assert (there.pixel_sha256, there.um_per_px, there.scale_source) == (whole.pixel_sha256, 0.07, "file")
    assert FieldMark.objects.get(field=there).actor == source.requester
    second = taken(
        wanted(member(target, Role.RESEARCHER), target, run_job, format="bundle", labels="with-suggestions")
    )
    told = {
        cell["provenance"]["id"]: (cell["provenance"]["events"], cell["provenance"]["suggestions"])
        for cell in _cells(second)
    }
    assert told == {cell["id"]: (cell["events"], cell["suggestions"]) for cell in _cells(first)}
    assert Provenance.objects.count() == 8
    pixels = [sorted(_pixels(data)) for data in (first, second)]
    assert pixels[0] == pixels[1]


def _facts(project: Project) -> list[object]:
    return sorted(
        (str(cell.field.pixel_sha256 if cell.field else ""), cell.box, cell.current_class or _sure(cell))
        for cell in Cell.objects.standing().filter(project=project)
    )


def _sure(cell: Cell) -> str:
    return "" if cell.unidentified else cell.suggested_class


def _cells(data: bytes) -> list[dict[str, object]]:
    text = zipfile.ZipFile(io.BytesIO(data)).read("cells.jsonl").decode()
    return [json.loads(line) for line in text.splitlines()]


def _pixels(data: bytes) -> list[bytes]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return [
        Image.open(io.BytesIO(archive.read(name))).convert("RGB").tobytes()
        for name in archive.namelist()
        if name.endswith(".png")
    ]


def test_a_picture_of_a_bundle_that_was_changed_is_named(
    reviewed: Slide, project: Project, researcher: User, run_job: Runs, run_import: Importer
) -> None:
    data = taken(wanted(researcher, project, run_job, format="bundle"))
    archive = zipfile.ZipFile(io.BytesIO(data))
    files = {name: archive.read(name) for name in archive.namelist()}
    changed = next(name for name in files if name.endswith(".png"))
    files[changed] = picture(99)
    source = run_import(zipped(files), into=ProjectFactory())
    assert (source.counts["stored"], source.counts["failed"]) == (1, 1)
    assert source.remarks.get().odd == "checksum differs"


@pytest.mark.parametrize("form", ["voc", "yolo", "coco", "csv", "geojson"])
def test_what_was_imported_goes_out_and_in_again(
    form: str, project: Project, researcher: User, run_job: Runs, run_import: Importer
) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    data = taken(wanted(researcher, project, run_job, format=form, labels="with-suggestions"))
    pictures, remarks = read(form, data)
    assert (len(pictures), [remark for remark in remarks if remark.boxes]) == (3, [])
    target = ProjectFactory()
    source = run_import(data, into=target)
    assert (source.counts["stored"], source.counts["cells"], source.counts["refused"]) == (3, 3, 0)
    assert [fact[2] for fact in _facts(target)] == [fact[2] for fact in _facts(project)]  # type: ignore[index]
    for got, put in zip(_facts(target), _facts(project), strict=True):
        assert got[1] == pytest.approx(put[1], abs=1e-6)  # type: ignore[index]
