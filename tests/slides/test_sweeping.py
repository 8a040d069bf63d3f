"""What unfinished uploads leave behind is gone after a day, and nothing else is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from apps.core import storage
from apps.jobs import schedule
from apps.jobs.models import Appointment, Job, State
from apps.slides import services
from apps.slides.models import Field, FileState, Upload, UploadFile, UploadState
from apps.slides.receiving import receive_bytes
from apps.slides.sweeping import sweep
from tests.kits import images as kit
from tests.kits.stored import stored_files

pytestmark = pytest.mark.django_db
Begin = Callable[..., Upload]


def make_old(upload: Upload, days: float = 1.1) -> None:
    then = timezone.now() - timedelta(days=days)
    Upload.objects.filter(pk=upload.pk).update(created_at=then)
    UploadFile.objects.filter(upload=upload).update(created_at=then)


def age(key: str, days: float = 1.1) -> None:
    then = time.time() - days * 86_400
    os.utime(Path(settings.MEDIA_ROOT) / key, (then, then))


def test_an_upload_that_nobody_finished_is_given_up_after_a_day(begin: Begin) -> None:
    upload, fresh = begin(("a.png", kit.encoded())), begin(("b.png", kit.encoded()))
    make_old(upload)
    sweep()
    upload.refresh_from_db()
    file = upload.files.get()
    assert (upload.state, file.state, file.temp_key) == (UploadState.DONE, FileState.FAILED, "")
    assert file.message.startswith("The upload was not finished within a day")
    assert stored_files() == [fresh.files.get().temp_key]
    assert fresh.files.get().state == FileState.WAITING


def test_an_upload_whose_job_still_waits_or_runs_is_left_alone(begin: Begin, run_job) -> None:
    upload = begin(("a.png", kit.encoded()))
    job = services.complete(upload=upload)
    make_old(upload, days=30)
    sweep()
    run_job(job)
    assert Field.objects.count() == 1


def test_what_a_killed_job_wrote_goes_with_its_file(begin: Begin) -> None:
    upload = begin(("a.png", kit.encoded()))
    job = services.complete(upload=upload)
    file = upload.files.get()
    storage.save_bytes(file.image_key, b"half the work")
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, finished_at=timezone.now(), error="It crashed.")
    make_old(upload)
    sweep()
    assert stored_files() == []


@pytest.mark.data_folder
def test_fields_are_never_swept(begin: Begin, ingest) -> None:
    upload = ingest(("a.png", kit.encoded()))
    kept = stored_files()
    make_old(upload, days=400)
    for key in kept:
        age(key, days=400)
    UploadFile.objects.update(temp_key="uploads/aa/00")  # as if the job had not come to clear it
    sweep()
    assert stored_files() == kept
    assert upload.files.get().state == FileState.STORED


@pytest.mark.data_folder
def test_strays_go_when_they_are_old(begin: Begin) -> None:
    old, new = (receive_bytes("a.png", b"x").key for _ in range(2))
    age(old)
    half = Path(settings.MEDIA_ROOT) / "fields" / "ab" / ".00ff.png.1234.part"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"x")
    os.utime(half, (0, 0))
    known = begin(("b.png", b"x")).files.get().temp_key
    age(known)
    sweep()
    assert stored_files() == sorted([new, known])


def test_names_of_files_that_became_no_field_are_forgotten(begin: Begin, ingest) -> None:
    good = kit.encoded()
    old, young = (
        ingest(("Doe_Jane_1.png", good), ("Doe_Jane_2.png", good), ("Doe_Jane_3.png", b"no image"))
        for _ in range(2)
    )
    make_old(old)
    sweep()
    states = [FileState.STORED, FileState.DUPLICATE, FileState.FAILED]
    assert [file.state for file in old.files.all()] == states
    assert [file.filename for file in old.files.all()] == ["Doe_Jane_1.png", "", ""]
    assert [str(file) for file in old.files.all()] == ["Doe_Jane_1.png", "file 2", "file 3"]
    assert all(file.filename for file in young.files.all())
    assert not any("Doe" in file.message for file in old.files.all())


def test_an_old_upload_without_files_is_forgotten(begin: Begin) -> None:
    make_old(begin())
    young = begin()
    sweep()
    assert list(Upload.objects.all()) == [young]


def test_the_schedule_runs_it(begin: Begin) -> None:
    make_old(begin())
    schedule.run_due()
    schedule.run_due()
    appointment = Appointment.objects.get(name="slides.sweep-uploads")
    assert (appointment.error, appointment.finished_at is not None) == ("", True)
    assert Upload.objects.count() == 0
