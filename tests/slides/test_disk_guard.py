"""Uploads and jobs that would fill the disk are refused before anything is sent, and leave nothing behind."""

import errno
import io
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError

from apps.accounts.models import Role
from apps.core import disk, storage
from apps.jobs import kinds, services
from apps.jobs.models import Job
from apps.slides.models import Field, FileState, Upload, UploadFile
from apps.slides.params import KIND, IngestParams
from apps.slides.room import stored_bytes
from apps.slides.services import complete
from tests.factories import ProjectFactory, member
from tests.kits.images import encoded

pytestmark = pytest.mark.django_db
GIB = 1024 * disk.MEBI


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def anna(project, sign_in):
    return sign_in(member(project, Role.REVIEWER))


@pytest.fixture
def room(monkeypatch, settings):
    """Return a function that says how much the site's disk has free; half a gigabyte is to be kept."""
    settings.WBCWEB_MIN_FREE_MB = 512

    def give(free_mb):
        monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage(int(free_mb * disk.MEBI)))

    return give


def usage(free):
    return SimpleNamespace(total=100 * GIB, used=100 * GIB - free, free=free)


def files_in_the_store(settings):
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def open_upload(anna, project):
    return anna.post(
        f"/api/v1/projects/{project.public_id}/uploads/",
        {"mode": "one-slide"},
        content_type="application/json",
    )


def send(anna, upload_id, data=None):
    picture = SimpleUploadedFile("field.png", data or encoded())
    return anna.post(f"/api/v1/uploads/{upload_id}/files/", {"file": picture})


def test_an_upload_is_not_even_begun(anna, project, room, settings):
    room(400)
    answer = open_upload(anna, project)
    assert answer.status_code == 503
    error = answer.json()["error"]
    assert error["code"] == "disk-full"
    assert "has 400 MB free, of which 512 MB are kept free" in error["message"]
    assert not Upload.objects.exists()


def test_a_file_that_would_not_fit_is_refused_before_it_is_read(anna, project, room, settings):
    upload = open_upload(anna, project).json()["id"]
    room(513)
    answer = send(anna, upload, b"x" * 3 * disk.MEBI)
    assert answer.status_code == 503
    assert "and this needs about 3.0 MB" in answer.json()["error"]["message"]
    assert files_in_the_store(settings) == []
    assert not UploadFile.objects.exists()
    room(2000)
    assert send(anna, upload).status_code == 201


def test_a_disk_that_runs_full_while_a_file_comes_leaves_nothing_of_it(
    anna, project, room, settings, monkeypatch
):
    upload = open_upload(anna, project).json()["id"]
    asked = []

    def dwindling(_):
        asked.append(1)
        return usage(GIB if len(asked) < 4 else 0)

    settings.WBCWEB_MIN_FREE_MB = 512
    monkeypatch.setattr(disk.shutil, "disk_usage", dwindling)
    answer = send(anna, upload, b"x" * 9 * disk.MEBI)
    assert answer.status_code == 503
    assert files_in_the_store(settings) == []
    assert not UploadFile.objects.exists()


def test_what_is_stored_losslessly_needs_more_than_what_was_sent(anna, project, room, settings):
    upload = Upload.objects.get(public_id=open_upload(anna, project).json()["id"])
    file = UploadFile.objects.create(
        upload=upload,
        position=1,
        filename="a.JPG",
        size=20 * disk.MEBI,
        temp_key=storage.new_key("uploads", ""),
    )
    room(512 + 239)
    with pytest.raises(disk.DiskFull) as caught:
        complete(upload=upload)
    assert "needs about 240 MB" in caught.value.message
    assert not Job.objects.exists()
    room(512 + 241)
    assert complete(upload=upload).kind == KIND
    # Called again on a disk that has run full meanwhile, the same job comes back.
    room(0)
    assert complete(upload=upload) == Job.objects.get()
    assert stored_bytes("a.png", 10) == 20
    assert file.state == FileState.WAITING


def test_a_job_that_needs_more_room_than_there_is_is_not_begun(room, monkeypatch):
    monkeypatch.setitem(kinds._KINDS, KIND, kinds.dataclasses.replace(kinds.get(KIND), disk_mb=1000))
    room(1400)
    with pytest.raises(disk.DiskFull, match=r"needs about 1\.0 GB"):
        services.submit(kind=KIND, params=IngestParams(upload_id="x"), requester=None)
    room(1600)
    services.submit(kind=KIND, params=IngestParams(upload_id="x"), requester=None)


def test_an_ingest_on_a_disk_that_runs_full_says_so_and_goes_on_later(
    anna, project, room, run_job, settings, monkeypatch
):
    upload = open_upload(anna, project).json()["id"]
    assert send(anna, upload).status_code == 201
    job = Job.objects.get(public_id=anna.post(f"/api/v1/uploads/{upload}/complete/").json()["job"])
    room(100)
    run_job(job)
    assert (job.state, job.failures) == ("queued", 1)
    assert "has 100 MB free" in job.error
    assert not Field.objects.exists()
    assert len(files_in_the_store(settings)) == 1  # what was received waits
    room(3000)
    Job.objects.update(not_before=None)
    run_job(job)
    assert job.state == "succeeded"
    assert Field.objects.count() == 1


def test_a_write_that_the_disk_itself_refuses_leaves_no_picture_without_its_thumbnail(
    anna, project, run_job, settings, monkeypatch
):
    upload = open_upload(anna, project).json()["id"]
    send(anna, upload)
    job = Job.objects.get(public_id=anna.post(f"/api/v1/uploads/{upload}/complete/").json()["job"])
    usual = storage.save_bytes

    def full_at_the_second(key, data):
        if key.startswith("thumbnails"):
            raise OSError(errno.ENOSPC, "No space left on device")
        usual(key, data)

    monkeypatch.setattr("apps.slides.services.ingest.storage.save_bytes", full_at_the_second)
    run_job(job)
    assert "The server's disk is full" in job.error
    assert [path.parent.parent.name for path in files_in_the_store(settings)] == ["uploads"]


def test_the_command_says_it_in_one_sentence(project, room, tmp_path):
    (tmp_path / "a.png").write_bytes(encoded())
    room(10)
    with pytest.raises(CommandError, match="has 10 MB free"):
        call_command("ingest", str(tmp_path), project=project.name, stdout=io.StringIO())


@pytest.mark.parametrize("address", ["/jobs/", "/api/v1/jobs/"])
def test_a_database_without_room_is_one_sentence_on_pages_and_in_the_api(anna, address, monkeypatch):
    def full(*_: object, **__: object):
        error = OperationalError("database or disk is full")
        error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
        raise error

    monkeypatch.setattr("apps.jobs.selectors.jobs_for", full)
    monkeypatch.setattr("apps.jobs.api.views.selectors.jobs_for", full)
    answer = anna.get(address)
    assert answer.status_code == 503
    assert "disk is full, so this was not saved" in answer.content.decode().replace("&#x27;", "'")


def test_labels_are_saved_while_the_disk_is_low(anna, room):
    room(10)
    assert anna.get("/").status_code == 200
    assert anna.post("/theme/", {"theme": "dark"}).status_code == 302
