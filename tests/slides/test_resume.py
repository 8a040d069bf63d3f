"""A job that ends in the middle goes on where it was: each file stored once, nothing half-stored, nothing left over."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest

from apps.core import storage
from apps.core.registries import after_ingest
from apps.jobs import claim as claiming
from apps.jobs import services as jobs
from apps.jobs.context import JobContext
from apps.jobs.errors import JobCancelled, LeaseLost
from apps.jobs.execution import execute
from apps.jobs.models import Job, Outcome, State
from apps.jobs.stopping import StopFlag
from apps.slides import selectors, services
from apps.slides.models import Field, FileState, Slide, Upload, UploadState
from apps.slides.services import ingest as storing
from tests.kits import images as kit
from tests.kits.stored import stored_files

pytestmark = pytest.mark.django_db
Begin = Callable[..., Upload]


def files(count: int) -> list[tuple[str, bytes]]:
    return [(f"{n}.png", kit.encoded(kit.picture(seed=n))) for n in range(count)]


def keys_in_use() -> list[str]:
    return sorted(key for field in Field.objects.all() for key in (field.image_key, field.thumbnail_key))


class Killed(BaseException):
    """The process ends here, as by SIGKILL: nothing of ours runs after it."""


def kill_at(monkeypatch: pytest.MonkeyPatch, name: str, call: int, *, after: bool = False) -> None:
    """Let a function of the ingest service end the process at its n-th call, before or after its work."""
    usual = getattr(storing, name)
    calls = iter(range(1, 1000))

    def deadly(*args: object, **kwargs: object) -> object:
        last = next(calls) == call
        if last and not after:
            raise Killed
        result = usual(*args, **kwargs)
        if last:
            raise Killed
        return result

    monkeypatch.setattr(storing, name, deadly)


def reaped(job: Job) -> None:
    """Put a job whose process is gone back into its queue, as the reaper does."""
    Job.objects.filter(pk=job.pk).update(state=State.QUEUED, lease_token=None, lease_expires_at=None)


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("_decode", False),
        ("write_pictures", False),
        ("write_pictures", True),
        ("_record", False),
        ("_record", True),
        ("_mark", True),
    ],
)
@pytest.mark.parametrize("call", [1, 3])
def test_a_killed_job_goes_on_with_what_is_left(
    name: str,
    after: bool,  # noqa: FBT001 - a parameter of the test
    call: int,
    begin: Begin,
    run_job,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = begin(*files(4), ("bad.png", b"not an image"))
    job = services.complete(upload=upload)
    with monkeypatch.context() as patch:
        kill_at(patch, name, call, after=after)
        with pytest.raises(Killed):
            execute(job.pk, 0, worker="first")
    reaped(job)
    assert run_job(job) is Outcome.SUCCEEDED
    assert [file.state for file in upload.files.all()] == ["stored"] * 4 + ["failed"]
    assert list(Field.objects.values_list("title", "position")) == [(f"{n}.png", n + 1) for n in range(4)]
    assert Slide.objects.count() == 1
    assert stored_files() == keys_in_use()


def test_a_kill_after_the_commit_stores_nothing_twice(
    begin: Begin, run_job, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(*files(3))
    job = services.complete(upload=upload)
    with monkeypatch.context() as patch:
        patch.setattr(storing.storage, "delete_key", lambda _: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            execute(job.pk, 0, worker="first")
    assert Field.objects.count() == 1
    reaped(job)
    run_job(job)
    assert Field.objects.count() == 3
    assert stored_files() == keys_in_use()


def test_a_process_that_lost_its_job_stores_nothing_more_and_removes_nothing(
    begin: Begin, run_job, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(*files(2))
    job = services.complete(upload=upload)
    held = claiming.claim(job_id=job.pk, attempt=0, worker="zombie")
    assert held is not None
    zombie = JobContext(held, StopFlag(None))
    usual = storing.write_pictures

    def stopped_here(*args: Any, **named: Any) -> None:
        usual(*args, **named)
        monkeypatch.setattr(storing, "write_pictures", usual)
        reaped(job)
        assert run_job(job) is Outcome.SUCCEEDED  # another process does the whole job meanwhile

    monkeypatch.setattr(storing, "write_pictures", stopped_here)
    with pytest.raises(LeaseLost):
        storing.ingest_waiting(upload=upload, ctx=zombie)
    assert Field.objects.count() == 2
    assert stored_files() == keys_in_use()


def test_a_cancelled_upload_keeps_what_is_stored_and_can_go_on(
    begin: Begin, run_job, reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(*files(3))
    job = services.complete(upload=upload)
    usual = storing._record

    def cancel_after_first(*args: object) -> FileState:
        state = usual(*args)
        Job.objects.filter(pk=job.pk).update(cancel_requested=True, cancelled_by=reviewer)
        return state

    with monkeypatch.context() as patch:
        patch.setattr(storing, "_record", cancel_after_first)
        assert run_job(job) is Outcome.CANCELLED
    upload.refresh_from_db()
    report = selectors.upload_report(upload=selectors.get_upload(user=reviewer, public_id=upload.public_id))
    assert (report.state, report.can_retry, report.ended) == ("stopped", True, True)
    assert report.counts["stored"] == 1
    assert "It was cancelled. Files that still wait: 2" in report.message
    again = services.complete(upload=upload)
    assert again != job
    assert run_job(again) is Outcome.SUCCEEDED
    assert Field.objects.count() == 3
    upload.refresh_from_db()
    assert upload.state == UploadState.DONE


def test_a_job_cancelled_before_it_starts_stores_nothing(begin: Begin, run_job, reviewer) -> None:
    upload = begin(*files(2))
    job = services.complete(upload=upload)
    jobs.cancel(job=job, actor=reviewer)
    assert run_job(job) is None
    assert Field.objects.count() == 0


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_a_sentence_and_what_is_stored_stays(
    begin: Begin, run_job, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(*files(3))
    job = services.complete(upload=upload)
    usual = storage.save_bytes
    calls = iter(range(100))

    def nearly_full(key: str, data: bytes) -> None:
        usual(key, data) if next(calls) < 3 else full_disk()

    with monkeypatch.context() as patch:
        patch.setattr(storage, "save_bytes", nearly_full)
        assert run_job(job) is Outcome.FAILED
    assert job.error.startswith(
        "The server's disk is full, so this was not saved. What was saved before is safe."
    )
    assert Field.objects.count() == 1
    assert stored_files("fields", "thumbnails") == keys_in_use()
    Job.objects.filter(pk=job.pk).update(not_before=None)
    assert run_job(job) is Outcome.SUCCEEDED  # tried again once there is room
    assert Field.objects.count() == 3
    assert stored_files() == keys_in_use()


def test_a_fault_in_another_room_undoes_the_file_and_only_it(
    begin: Begin, run_job, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(*files(3))
    job = services.complete(upload=upload)

    def fails_on_second(*, field: Field, **_: object) -> None:
        if field.title == "1.png":
            raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(after_ingest, "_hooks", {"x": fails_on_second})
        assert run_job(job) is Outcome.FAILED
    assert list(Field.objects.values_list("title", flat=True)) == ["0.png"]
    assert [file.state for file in upload.files.all()] == ["stored", "waiting", "waiting"]
    Job.objects.filter(pk=job.pk).update(not_before=None)
    assert run_job(job) is Outcome.SUCCEEDED
    assert Field.objects.count() == 3
    assert stored_files() == keys_in_use()


def test_cancelled_is_raised_through_the_loop_over_bad_files(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(("bad.png", b"x"))
    job = services.complete(upload=upload)
    held = claiming.claim(job_id=job.pk, attempt=0, worker="w")
    assert held is not None
    context = JobContext(held, StopFlag(None))
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    with pytest.raises(JobCancelled):
        storing.ingest_waiting(upload=upload, ctx=context)
    assert upload.files.get().state == FileState.WAITING
