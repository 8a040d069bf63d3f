"""A store that goes away in the middle: the job is tried again later and stores each file once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core import storage
from apps.jobs.models import Job, Outcome, State
from apps.slides import receiving, services
from apps.slides.models import Field, FileState, Upload
from tests.kits import images as kit
from tests.kits.stored import stored_files

pytestmark = pytest.mark.django_db
Begin = Callable[..., Upload]


def away(*_: object, **__: object) -> None:
    raise storage.StoreAway("nobody listens there")


@pytest.mark.parametrize("act", ["local_copy", "save_bytes"])
def test_the_job_goes_on_when_the_store_is_back(
    act: str, begin: Begin, run_job: Callable[[Job], Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(*((f"{n}.png", kit.encoded(kit.picture(seed=n))) for n in range(3)))
    job = services.complete(upload=upload)
    with monkeypatch.context() as patch:
        patch.setattr(storage, act, away)
        assert run_job(job) is Outcome.FAILED
    assert (job.state, Field.objects.count()) == (State.QUEUED, 0)
    assert [file.state for file in upload.files.all()] == [FileState.WAITING] * 3
    Job.objects.filter(pk=job.pk).update(not_before=None)
    assert run_job(job) is Outcome.SUCCEEDED
    assert Field.objects.count() == 3
    assert len(stored_files()) == 6


def test_the_person_who_uploads_is_told(
    begin: Begin, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin()
    client = Client()
    client.force_login(reviewer)

    def begun(prefix: str) -> storage.Incoming:
        coming = usual(prefix)
        monkeypatch.setattr(coming, "finish", away)
        return coming

    usual = receiving._begin
    monkeypatch.setattr(receiving, "_begin", begun)
    answer = client.post(f"/api/v1/uploads/{upload.public_id}/files/", {"file": kit_file()})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "store-away"
    assert "nobody listens" not in answer.content.decode()
    assert stored_files() == []
    assert upload.files.count() == 0


def kit_file() -> object:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("a.png", kit.encoded())
