"""From received bytes to stored fields: what is kept, what is refused, and that a bad file spoils nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.accounts.models import AuditEvent, Project
from apps.core import storage
from apps.core.editing import version_of
from apps.core.errors import InvalidInput
from apps.jobs.models import Job, State
from apps.slides import services
from apps.slides.models import Field, FileState, ScaleSource, Slide, Specimen, Upload, UploadState
from ml.images import pixel_sha256
from tests.factories import ProjectFactory, member
from tests.kits import images as kit
from tests.kits.stored import stored_files

pytestmark = pytest.mark.django_db
Ingest = Callable[..., Upload]

HOSTILE = list(kit.hostile())


def good(seed: int = 0, kind: str = "PNG") -> bytes:
    return kit.encoded(kit.picture(seed=seed), kind)


def keys_in_use() -> Iterator[str]:
    for field in Field.objects.all():
        yield from (field.image_key, field.thumbnail_key)


def test_a_picture_is_stored_without_loss_under_an_opaque_key(ingest: Ingest, project: Project) -> None:
    upload = ingest(("Meier, Anna 3.tif", good(kind="TIFF")))
    field = Field.objects.get()
    with storage.open_key(field.image_key) as stream, Image.open(stream) as stored:
        pixels = np.asarray(stored)
        assert stored.format == "PNG"
    assert np.array_equal(pixels, np.asarray(kit.picture()))
    assert (field.width, field.height, field.pixel_sha256) == (96, 64, pixel_sha256(pixels))
    assert (field.title, field.position, field.project, field.complete) == (
        "Meier, Anna 3.tif",
        1,
        project,
        False,
    )
    assert "meier" not in (field.image_key + field.thumbnail_key).lower()
    with storage.open_key(field.thumbnail_key) as stream, Image.open(stream) as small:
        assert small.size == (96, 64)
    assert upload.state == UploadState.DONE
    assert stored_files() == sorted(keys_in_use())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
def test_nothing_of_the_file_but_its_pixels_is_kept(kind: str, ingest: Ingest) -> None:
    data = kit.with_canaries(kind)
    assert kit.CANARY.encode() in data
    ingest((f"a.{kind.lower()}", data))
    assert len(stored_files()) == 2
    for name in stored_files():
        with storage.open_key(name) as stream:
            kept = stream.read()
        assert kit.CANARY.encode() not in kept
        assert b"Exif" not in kept
        with Image.open(io.BytesIO(kept)) as image:
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(("what", "name", "data", "sentence"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_bad_file_gets_its_sentence_and_the_good_one_beside_it_is_stored(
    what: str, name: str, data: bytes, sentence: str, ingest: Ingest
) -> None:
    upload = ingest(("first.png", good(1)), (name, data), ("last.png", good(2)))
    first, bad, last = upload.files.all()
    assert (first.state, last.state) == (FileState.STORED, FileState.STORED)
    assert bad.state == FileState.FAILED
    assert sentence in bad.message
    assert bad.field is None
    assert list(Field.objects.values_list("title", "position")) == [("first.png", 1), ("last.png", 2)]
    assert stored_files() == sorted(keys_in_use())
    assert set(upload.files.values_list("temp_key", flat=True)) == {""}


def test_all_bad_files_at_once_leave_no_slide_and_no_file(ingest: Ingest) -> None:
    upload = ingest(*((name, data) for _, name, data, _ in HOSTILE))
    assert set(upload.files.values_list("state", flat=True)) == {FileState.FAILED}
    assert (Slide.objects.count(), Specimen.objects.count(), Field.objects.count()) == (0, 0, 0)
    assert stored_files() == []
    assert len(set(upload.files.values_list("message", flat=True))) > 12


def test_files_of_one_slide_keep_the_order_in_which_they_came(ingest: Ingest) -> None:
    ingest(*((f"{n}.png", good(n)) for n in (3, 1, 2)), title="  Smear   A ")
    slide = Slide.objects.get()
    assert slide.title == "Smear A"
    assert list(slide.fields.values_list("title", "position")) == [("3.png", 1), ("1.png", 2), ("2.png", 3)]


def test_a_slide_without_a_title_is_called_by_its_pseudonym(ingest: Ingest) -> None:
    ingest(("a.png", good(1)))
    ingest(("b.png", good(2)))
    assert list(Slide.objects.order_by("id").values_list("title", flat=True)) == ["S-0001", "S-0002"]
    assert list(Specimen.objects.order_by("id").values_list("pseudonym", flat=True)) == ["S-0001", "S-0002"]


def test_a_slide_for_each_file_is_named_after_it(ingest: Ingest) -> None:
    upload = ingest(("one.a.png", good(1)), ("two.png", good(2)), mode="slide-per-file")
    assert list(Slide.objects.order_by("id").values_list("title", flat=True)) == ["one.a", "two"]
    assert Specimen.objects.count() == 2
    assert upload.slide is None


def test_files_can_be_added_to_a_slide(ingest: Ingest) -> None:
    slide = ingest(("a.png", good(1))).slide
    ingest(("b.png", good(2)), ("c.png", good(3)), mode="add-to-slide", slide=slide)
    assert Slide.objects.count() == 1
    assert list(slide.fields.values_list("position", flat=True)) == [1, 2, 3]


def test_a_slide_that_goes_to_the_trash_meanwhile_takes_no_more(
    begin: Ingest, ingest: Ingest, run_job, reviewer
) -> None:
    slide = ingest(("a.png", good(1))).slide
    upload = begin(("b.png", good(2)), mode="add-to-slide", slide=slide)
    services.trash(actor=reviewer, slide=slide)
    run_job(services.complete(upload=upload))
    file = upload.files.get()
    assert file.state == FileState.FAILED
    assert "trash" in file.message
    assert stored_files() == sorted(keys_in_use())


def test_the_same_picture_is_stored_once_in_a_project(ingest: Ingest) -> None:
    first = ingest(("a.png", good()), title="Smear A")
    again = ingest(("b.bmp", good(kind="BMP")), ("c.png", good()), ("d.png", good(7)))
    copies = list(again.files.filter(state=FileState.DUPLICATE))
    assert [copy.filename for copy in copies] == ["b.bmp", "c.png"]
    assert {copy.field for copy in copies} == {first.files.get().field}
    assert "slide “Smear A”, field 1" in copies[0].message
    assert Field.objects.count() == 2
    assert stored_files() == sorted(keys_in_use())


def test_a_picture_in_the_trash_is_named_as_such(ingest: Ingest, reviewer) -> None:
    slide = ingest(("a.png", good())).slide
    services.trash(actor=reviewer, slide=slide)
    file = ingest(("b.png", good())).files.get()
    assert file.state == FileState.DUPLICATE
    assert "in the trash; restore it" in file.message


def test_another_project_may_have_the_same_picture(ingest: Ingest) -> None:
    ingest(("a.png", good()))
    other = ProjectFactory()
    ingest(("a.png", good()), project=other, requester=member(other, "reviewer"))
    assert Field.objects.count() == 2


def test_scale_comes_from_the_file_or_else_from_the_device(ingest: Ingest, reviewer) -> None:
    scaled = kit.encoded(kit.picture(seed=1), "PNG", dpi=(254_000, 254_000))
    upload = ingest(("scaled.png", scaled), ("plain.png", good(2)))
    services.add_device(
        actor=reviewer, slide=upload.slide, name="Scope", um_per_px=0.2, version=version_of({"device": None})
    )
    slide = Slide.objects.get()
    ingest(("later.png", good(3)), mode="add-to-slide", slide=slide)
    found = {field.title: (field.um_per_px, field.scale_source) for field in slide.fields.all()}
    assert found["scaled.png"] == (pytest.approx(0.1, rel=0.001), ScaleSource.FILE)
    assert found["plain.png"] == (0.2, ScaleSource.DEVICE)
    assert found["later.png"] == (0.2, ScaleSource.DEVICE)


def test_notices_stay_with_file_and_field(ingest: Ingest) -> None:
    upload = ingest(("grey.jpg", kit.encoded(kit.picture().convert("L"))))
    file = upload.files.get()
    assert [notice.split(";")[0] for notice in file.notices] == [
        "The name ends in .jpg but the content is PNG",
        "The picture is greyscale",
    ]
    assert file.field.notices == file.notices


def test_what_other_rooms_do_after_a_field_runs_once_for_each_and_inside_its_transaction(
    ingest: Ingest, only_our_hooks: list[dict[str, object]], reviewer
) -> None:
    ingest(("a.png", good(1)), ("bad.png", b"x"), ("c.png", good(2)), ("c.png", good(2)), analyse=False)
    assert [call["field"].title for call in only_our_hooks] == ["a.png", "c.png"]
    assert {call["requester"] for call in only_our_hooks} == {reviewer}
    assert {call["analyse"] for call in only_our_hooks} == {False}


def test_completing_twice_gives_one_job_and_one_audit_event(begin: Ingest, reviewer) -> None:
    upload = begin(("a.png", good()))
    jobs = {services.complete(upload=upload).pk for _ in range(3)}
    assert len(jobs) == 1
    assert Job.objects.count() == 1
    event = AuditEvent.objects.get(verb="uploaded")
    assert (event.actor, event.target, event.detail["files"]) == (reviewer, f"upload:{upload.public_id}", 1)
    assert "a.png" not in str(event.detail)


def test_a_done_upload_is_not_run_again(ingest: Ingest) -> None:
    upload = ingest(("a.png", good()))
    again = services.complete(upload=upload)
    assert again == upload.job
    assert again.state == State.SUCCEEDED


def test_a_missing_temporary_file_is_said(begin: Ingest, run_job) -> None:
    upload = begin(("a.png", good(1)), ("b.png", good(2)))
    storage.delete_key(upload.files.first().temp_key)
    run_job(services.complete(upload=upload))
    gone, kept = upload.files.all()
    assert gone.message == "The received file is not on the server any more. Add it again."
    assert kept.state == FileState.STORED


def test_simulated_pictures_make_simulated_slides_and_never_mix(ingest: Ingest, project, reviewer) -> None:
    slide = ingest(("a.png", good()), simulated=True).slide
    assert slide.simulated
    with pytest.raises(InvalidInput, match="never share"):
        services.open_upload(requester=reviewer, project=project, mode="add-to-slide", slide=slide)


@pytest.mark.shared_data
def test_real_fields_and_the_real_bad_file(ingest: Ingest, shared_data: Path) -> None:
    fields = sorted((shared_data / "bccd" / "JPEGImages").glob("*.jpg"))[:3]
    bad = next((shared_data / "bad").iterdir())
    upload = ingest(*((path.name, path.read_bytes()) for path in [*fields, bad]))
    assert [file.state for file in upload.files.all()] == ["stored"] * 3 + ["failed"]
    for path, field in zip(fields, Field.objects.all(), strict=True):
        with (
            storage.open_key(field.image_key) as stream,
            Image.open(stream) as kept,
            Image.open(path) as original,
        ):
            assert np.array_equal(np.asarray(kept), np.asarray(original.convert("RGB")))
