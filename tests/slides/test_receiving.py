"""Receiving files: counted while they come, kept only when entered, refused with a sentence."""

from __future__ import annotations

import errno
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Project, User
from apps.core import storage
from apps.core.errors import Conflict, InvalidInput, NotFound, NotPermitted
from apps.jobs.models import Job
from apps.slides import limits, receiving, services
from apps.slides.models import FileState, Slide, Upload
from apps.slides.receiving import clean_filename
from tests.factories import ProjectFactory, member
from tests.kits import images as kit
from tests.kits.stored import stored_files

pytestmark = pytest.mark.django_db
Begin = Callable[..., Upload]


@pytest.fixture
def client(reviewer: User) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(reviewer)
    return client


def sent(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def received_files() -> list[str]:
    return stored_files("uploads/", "scratch/")


def post_file(client: Client, upload: Upload, name: str, data: bytes) -> tuple[int, dict]:
    answer = client.post(f"/api/v1/uploads/{upload.public_id}/files/", {"file": sent(name, data)})
    return answer.status_code, answer.json()


def test_an_upload_from_beginning_to_end(client: Client, project: Project, run_job) -> None:
    begun = client.post(
        f"/api/v1/projects/{project.public_id}/uploads/",
        {"mode": "one-slide", "title": "Smear"},
        content_type="application/json",
    )
    assert begun.status_code == 201
    url = f"/api/v1/uploads/{begun.json()['id']}/"
    names = []
    for name, data in [("a.png", kit.encoded()), ("b.txt", b"words"), ("c.png", kit.encoded())]:
        answer = client.post(f"{url}files/", {"file": sent(name, data)})
        assert answer.status_code == 201
        names.append(answer.json()["filename"])
    assert names == ["a.png", "b.txt", "c.png"]
    assert client.get(url).json()["state"] == "open"
    done = client.post(f"{url}complete/")
    assert done.status_code == 202
    assert client.post(f"{url}complete/").json() == done.json()
    job = Job.objects.get()
    assert done.json() == {"job": str(job.public_id)}
    waiting = client.get(url).json()
    assert (waiting["state"], waiting["job"], waiting["job_state"]) == (
        "queued",
        str(job.public_id),
        "queued",
    )
    run_job(job)
    report = client.get(url).json()
    slide = Slide.objects.get()
    assert (report["state"], report["slide"]) == ("done", str(slide.public_id))
    stored, failed, duplicate = report["files"]
    assert stored["state"] == "stored"
    assert stored["slide"] == str(slide.public_id)
    assert stored["field"] == str(slide.fields.get().public_id)
    assert (failed["state"], failed["field"]) == ("failed", None)
    assert failed["message"].startswith("This is a text file")
    assert (duplicate["state"], duplicate["field"]) == ("duplicate", stored["field"])
    assert received_files() == []


def test_a_file_above_the_cap_is_refused_while_it_comes(
    client: Client, begin: Begin, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WBCWEB_MAX_UPLOAD_MB = 1
    upload = begin()
    written = 0

    def begun(prefix: str) -> storage.Incoming:
        coming = usual(prefix)
        write = coming.write

        def count(data: bytes) -> None:
            nonlocal written
            written += len(data)
            write(data)

        monkeypatch.setattr(coming, "write", count)
        return coming

    usual = receiving._begin
    monkeypatch.setattr(receiving, "_begin", begun)
    status, answer = post_file(client, upload, "big.png", b"\x89PNG\r\n\x1a\n" + b"x" * 3 * limits.MEBI)
    assert status == 413
    assert answer["error"]["message"].startswith("The file is larger than the 1 MB that one file may have.")
    assert answer["error"]["detail"]["filename"] == "big.png"
    assert 0 < written <= limits.MEBI
    assert received_files() == []
    file = upload.files.get()
    assert (file.state, str(file.public_id)) == (FileState.FAILED, answer["error"]["detail"]["id"])
    assert post_file(client, upload, "small.png", kit.encoded())[0] == 201


def test_a_length_that_no_file_could_have_is_refused_unread(
    client: Client, begin: Begin, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WBCWEB_MAX_UPLOAD_MB = 1
    monkeypatch.setattr(receiving.Receiver, "new_file", lambda *_, **__: pytest.fail("read"))
    status, _ = post_file(client, begin(), "huge.png", b"x" * 5 * limits.MEBI)
    assert status == 413


def test_a_request_without_a_file_is_refused(client: Client, begin: Begin) -> None:
    upload = begin()
    url = f"/api/v1/uploads/{upload.public_id}/files/"
    assert client.post(url, {"file": "text"}).status_code == 400
    assert client.post(url, {"other": sent("a.png", kit.encoded())}).status_code == 400
    assert client.post(url, b"{}", content_type="application/json").status_code == 415
    assert client.post(url, b"--x--", content_type="multipart/form-data; boundary=y").status_code == 400
    assert upload.files.count() == 0
    assert received_files() == []


def test_only_the_file_that_is_entered_is_kept(client: Client, begin: Begin) -> None:
    upload = begin()
    both = {"file": sent("a.png", kit.encoded()), "other": sent("b.png", kit.encoded())}
    assert client.post(f"/api/v1/uploads/{upload.public_id}/files/", both).status_code == 201
    assert len(received_files()) == 1


def test_a_complete_upload_takes_no_more_files(client: Client, begin: Begin) -> None:
    upload = begin(("a.png", kit.encoded()))
    services.complete(upload=upload)
    status, answer = post_file(client, upload, "b.png", kit.encoded())
    assert (status, answer["error"]["code"]) == (409, "complete")
    assert len(received_files()) == 1


def test_an_empty_upload_cannot_be_completed(client: Client, begin: Begin) -> None:
    answer = client.post(f"/api/v1/uploads/{begin().public_id}/complete/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no-files")
    assert Job.objects.count() == 0


def test_an_upload_takes_a_limited_number_of_files(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILES_PER_UPLOAD", 2)
    with pytest.raises(InvalidInput, match="at most 2 files"):
        begin(*((f"{n}.png", b"x") for n in range(3)))


def test_a_forged_request_is_refused_and_leaves_nothing(reviewer: User, begin: Begin) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    upload = begin()
    assert post_file(client, upload, "a.png", kit.encoded())[0] == 403
    form = {"mode": "one-slide", "files": sent("a.png", kit.encoded())}
    assert client.post(f"/projects/{upload.project.public_id}/upload/", form).status_code == 403
    assert received_files() == []
    assert upload.files.count() == 0


def test_a_token_in_header_or_form_lets_the_file_pass(reviewer: User, begin: Begin) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    upload = begin()
    page = client.get(f"/projects/{upload.project.public_id}/")
    token = page.content.decode().split('name="csrf-token" content="')[1].split('"')[0]
    answer = client.post(
        f"/api/v1/uploads/{upload.public_id}/files/",
        {"file": sent("a.png", kit.encoded())},
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 201
    form = {"mode": "one-slide", "files": sent("a.png", kit.encoded()), "csrfmiddlewaretoken": token}
    assert client.post(f"/projects/{upload.project.public_id}/upload/", form).status_code == 302


def test_nobody_sends_a_byte_without_the_right_to(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = begin()
    monkeypatch.setattr(receiving.Receiver, "new_file", lambda *_, **__: pytest.fail("read"))
    for person, status in [
        (None, 401),
        (member(ProjectFactory(), "manager"), 404),
        (member(upload.project, "viewer"), 403),
        (member(upload.project, "manager"), 403),  # may upload, but not into another person's upload
    ]:
        client = Client()
        if person:
            client.force_login(person)
        assert post_file(client, upload, "a.png", kit.encoded())[0] == status


def test_a_full_disk_is_a_sentence(client: Client, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def begun(prefix: str) -> storage.Incoming:
        coming = usual(prefix)
        monkeypatch.setattr(coming, "write", full)
        return coming

    usual = receiving._begin
    monkeypatch.setattr(receiving, "_begin", begun)
    upload = begin()
    status, answer = post_file(client, upload, "a.png", kit.encoded())
    assert (status, answer["error"]["code"]) == (503, "disk-full")
    assert answer["error"]["message"].startswith("The server's disk is full")
    assert received_files() == []
    assert upload.files.count() == 0


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_sender_who_goes_away_leaves_nothing(client: Client, begin: Begin) -> None:
    upload = begin()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    answer = client.post(
        f"/api/v1/uploads/{upload.public_id}/files/",
        head + b"\x89PNG half of it",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code in {201, 400}
    assert len(received_files()) == upload.files.count()


def test_the_plain_form_does_the_same(client: Client, project: Project, run_job, settings: Settings) -> None:
    settings.WBCWEB_MAX_UPLOAD_MB = 1
    form = {
        "mode": "slide-per-file",
        "title": "not used",
        "files": [
            sent("a.png", kit.encoded()),
            sent("big.png", b"x" * 2 * limits.MEBI),
            sent("b.png", b"<html>"),
        ],
    }
    answer = client.post(f"/projects/{project.public_id}/upload/", form)
    upload = Upload.objects.get()
    assert answer.headers["Location"] == f"/uploads/{upload.public_id}/"
    run_job(upload.job)
    page = client.get(answer.headers["Location"]).content.decode()
    assert "1 of 3 stored, 2 not stored" in page
    assert "larger than the 1 MB" in page
    assert "web page (HTML)" in page
    assert received_files() == []


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"mode": "one-slide"}, "Choose at least one file."),
        ({"mode": "nonsense", "files": True}, "Select a valid choice"),
        ({"mode": "add-to-slide", "files": True}, "Name the slide to add to"),
        ({"mode": "one-slide", "title": "x" * 300, "files": True}, "at most 200 characters"),
    ],
)
def test_the_plain_form_says_what_is_wrong(client: Client, project: Project, form: dict, words: str) -> None:
    if "files" in form:
        form = {**form, "files": sent("a.png", kit.encoded())}
    answer = client.post(f"/projects/{project.public_id}/upload/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert received_files() == []
    assert Upload.objects.count() == 0


def test_the_slide_to_add_to_must_be_of_the_project(
    client: Client, project: Project, begin: Begin, ingest
) -> None:
    other = ProjectFactory()
    elsewhere = ingest(("a.png", kit.encoded()), project=other, requester=member(other, "reviewer")).slide
    for slide in (str(elsewhere.public_id), str(uuid4())):
        answer = client.post(
            f"/api/v1/projects/{project.public_id}/uploads/",
            {"mode": "add-to-slide", "slide": slide},
            content_type="application/json",
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "slide")


def test_who_may_open_an_upload(project: Project) -> None:
    with pytest.raises(NotPermitted):
        services.open_upload(requester=member(project, "viewer"), project=project, mode="one-slide")
    with pytest.raises(NotFound):
        services.open_upload(requester=member(ProjectFactory(), "manager"), project=project, mode="one-slide")


def test_an_upload_is_completed_once_even_when_the_row_is_stale(begin: Begin) -> None:
    upload = begin(("a.png", kit.encoded()))
    stale = Upload.objects.get(pk=upload.pk)
    assert services.complete(upload=upload) == services.complete(upload=stale)
    with pytest.raises(Conflict):
        services.add_refused(upload=stale, refused=receiving.Refused("x", 1, "Too large."))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("a.png", "a.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a b.png", "a b.png"),
        ("a\x00\n\u202eb.png", "ab.png"),
        ("", "unnamed"),
        ("   ", "unnamed"),
        ("x" * 300 + ".tiff", "x" * 250 + ".tiff"),
        ("ü" * 300, "ü" * 255),
    ],
)
def test_names_are_for_people_and_harmless(name: str, clean: str) -> None:
    assert clean_filename(name) == clean
    assert len(clean_filename(name)) <= 255
