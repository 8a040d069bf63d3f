"""The one execution function in this process: what a handler does and what becomes of its job."""

import contextlib
import itertools
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings

from apps.jobs import claim as claiming
from apps.jobs import clock, context, execution, files, finish, heartbeat, reap, services
from apps.jobs.context import JobContext
from apps.jobs.errors import JobCancelled, JobInterrupted, LeaseLost, Reason
from apps.jobs.execution import execute
from apps.jobs.models import Attempt, Job, Outcome
from apps.jobs.stopping import StopFlag
from tests.factories import SiteAdminFactory
from tests.jobs import work
from tests.jobs.conftest import expire, submit, take
from tests.jobs.work import Plain

pytestmark = pytest.mark.django_db


def run(job: Job, **more: Any) -> Outcome | None:
    """Let a worker find the job as it stands now."""
    Job.objects.filter(pk=job.pk, state="queued").update(not_before=None)
    job.refresh_from_db()
    outcome = execute(job.pk, job.attempt, worker="w", **more)
    job.refresh_from_db()
    return outcome


def folder(job: Job, attempt: int) -> Path:
    return Path(site_settings.MEDIA_ROOT) / files.prefix(job.public_id, attempt)


def test_results_and_success_are_written_together(effects: None) -> None:
    job = submit("test-quick", Plain(note="here"))
    assert run(job) is Outcome.SUCCEEDED
    assert (job.state, job.attempt, job.failures, job.error) == ("succeeded", 1, 0, "")
    assert work.effects_of(job.public_id) == [(1, "here")]
    assert (folder(job, 1) / "out.txt").exists()
    assert job.finished_at is not None
    assert run(job) is None
    assert work.effects_of(job.public_id) == [(1, "here")]


@pytest.mark.parametrize(
    ("note", "sentence", "failures", "trace"),
    [
        ("failed", "The slide is empty.", 1, "JobFailed"),
        ("domain", "This makes no sense.", 1, "InvalidInput"),
        ("ml", "These weights are damaged.", 1, "MLError"),
        ("failed-retry", "The scanner did not answer.", 2, "JobFailed"),
        ("bug", "Something went wrong inside broken work.", 2, "secret detail"),
        ("effect", "Something went wrong inside broken work.", 2, "ZeroDivisionError"),
    ],
)
def test_a_failure_has_a_sentence_for_the_person_and_a_trace_for_the_log(
    effects: None, note: str, sentence: str, failures: int, trace: str
) -> None:
    job = submit("test-broken", Plain(note=note))
    outcomes = list(itertools.takewhile(lambda outcome: outcome is not None, (run(job) for _ in range(4))))
    assert outcomes == [Outcome.FAILED] * failures
    assert (job.state, job.failures) == ("failed", failures)
    assert job.error.startswith(sentence)
    assert "secret" not in job.error
    assert trace in job.attempts.first().log
    assert work.effects_of(job.public_id) == []
    assert job.progress_stage == "Breaking"


def test_parameters_that_no_longer_fit_fail_the_job_with_their_name() -> None:
    job = submit("test-broken")
    Job.objects.filter(pk=job.pk).update(params={"speed": 3})
    assert run(job) is Outcome.FAILED
    assert job.error == "Plain does not know: speed."


def test_a_durable_effect_stays_and_keeps_the_files_of_its_attempt(effects: None) -> None:
    job = submit("test-stepwise")
    assert run(job) is Outcome.FAILED
    assert run(job) is Outcome.SUCCEEDED
    assert sorted(work.effects_of(job.public_id)) == [(1, "kept"), (2, "finished"), (2, "kept")]
    Attempt.objects.update(ended_at=clock.ahead(-3600))
    assert files.sweep() == 0
    assert (folder(job, 1) / "out.txt").exists()


def test_checkpoints_keep_a_job_alive_and_their_files(effects: None) -> None:
    job = submit("test-checkpointed")
    outcomes = [run(job) for _ in range(4)]
    assert outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.FAILED, Outcome.SUCCEEDED]
    assert work.effects_of(job.public_id) == [(4, "resumed")]


def test_files_of_refused_attempts_are_swept_and_a_needed_checkpoint_is_not() -> None:
    job = submit("test-checkpointed")
    run(job)
    other = submit("test-broken", Plain(note="bug"))
    run(other)
    assert files.sweep(after_s=3600) == 0
    Attempt.objects.update(ended_at=clock.ahead(-3600))
    assert files.sweep() == 1
    assert (folder(job, 1) / "checkpoint").exists()
    assert not folder(other, 1).exists()
    services.cancel(job=job, actor=SiteAdminFactory())
    assert files.sweep() == 1
    assert not folder(job, 1).parent.exists()
    assert files.sweep() == 0


def test_only_folders_of_jobs_are_ever_removed() -> None:
    with pytest.raises(ValueError, match="Not a folder"):
        files.remove("jobs/../../elsewhere/")
    with pytest.raises(ValueError, match="Not a folder"):
        files.remove("jobs/")


def test_beside_files_that_rows_name_the_rest_of_an_attempt_is_swept(effects: None) -> None:
    job = submit("test-naming")
    assert run(job) is Outcome.FAILED
    assert run(job) is Outcome.SUCCEEDED
    Attempt.objects.update(ended_at=clock.ahead(-3600))
    assert files.sweep() == 1
    assert files.sweep() == 0
    assert sorted(path.name for path in folder(job, 1).iterdir()) == ["one.txt"]
    assert sorted(path.name for path in folder(job, 2).iterdir()) == ["one.txt", "two.txt"]


def test_files_of_work_that_this_version_does_not_know_are_left_alone(
    effects: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit("test-naming")
    assert run(job) is Outcome.FAILED
    Attempt.objects.update(ended_at=clock.ahead(-3600))
    with monkeypatch.context() as older:
        older.setattr(files.kinds, "names", tuple)
        assert files.sweep() == 0
    assert len(list(folder(job, 1).iterdir())) == 2
    assert files.sweep() == 1


def in_context(job: Job) -> tuple[JobContext, StopFlag, claiming.Claim]:
    held, stop = take(job), StopFlag()
    return JobContext(held, stop), stop, held


def test_progress_is_written_at_most_once_a_second_and_the_newest_wins(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOBS_TIMES = {}
    clock_now = [100.0]
    monkeypatch.setattr(context.time, "monotonic", lambda: clock_now[0])
    ctx = JobContext(take(submit()), StopFlag())
    writes = []
    real = context.write
    monkeypatch.setattr(context, "write", lambda *args: writes.append(args[1].done) or real(*args))
    for done in range(50):
        ctx.progress(done=done, total=50, stage="Working")
        clock_now[0] += 0.1
    ctx.flush()
    row = Job.objects.get(pk=ctx.job_pk)
    assert writes == [0, *writes[1:-1], 49]
    assert 5 <= len(writes) <= 7
    assert (row.progress_done, row.progress_total, row.progress_stage) == (49, 50, "Working")


def test_a_report_to_a_lost_job_leaves_the_handler() -> None:
    job = submit()
    ctx, stop, _ = in_context(job)
    expire(job)
    reap.reap_expired()
    with pytest.raises(LeaseLost):
        ctx.progress(done=1)
    assert stop.reason is Reason.LOST
    assert ctx.cancelled()
    with pytest.raises(LeaseLost), ctx.transaction():
        pytest.fail("a refused attempt must not write")


def test_a_durable_effect_of_a_lost_or_cancelled_attempt_is_refused(effects: None) -> None:
    job = submit()
    ctx, _, held = in_context(job)
    services.cancel(job=job, actor=SiteAdminFactory())
    with pytest.raises(JobCancelled), ctx.transaction():
        work.mark(held)
    assert work.effects_of(held.job_id) == []


def test_a_stop_passes_through_handlers_that_catch_every_exception() -> None:
    job = submit()
    ctx, stop, _ = in_context(job)
    stop.set(Reason.CANCELLED)

    def tolerant() -> None:
        for _ in range(3):
            with contextlib.suppress(Exception):
                ctx.progress(done=1)

    with pytest.raises(JobCancelled):
        tolerant()


def test_the_first_reason_stays_but_a_lost_lease_is_stronger() -> None:
    shutdown = threading.Event()
    stop = StopFlag(shutdown)
    assert stop.reason is None
    shutdown.set()
    assert stop.reason is Reason.SHUTDOWN
    with pytest.raises(JobInterrupted):
        stop.check()
    stop.set(Reason.CANCELLED)
    stop.set(Reason.OVERRUN)
    assert stop.reason is Reason.CANCELLED
    stop.set(Reason.LOST)
    assert stop.reason is Reason.LOST


def test_a_shutdown_gives_the_job_back_and_what_is_half_done_is_dropped(effects: None) -> None:
    shutdown = threading.Event()
    shutdown.set()
    for kind in ("test-steady", "test-polling"):
        job = submit(kind, Plain(seconds=5))
        assert run(job, shutdown=shutdown) is Outcome.RELEASED
        assert (job.state, job.failures, job.attempt) == ("queued", 0, 1)
        assert work.effects_of(job.public_id) == []


def test_the_heartbeat_hears_of_a_cancel_and_of_a_lost_lease() -> None:
    job = submit()
    held, stop = take(job), StopFlag()
    beat = heartbeat.Heartbeat(held, stop)
    beat._look()
    assert stop.reason is None
    services.cancel(job=job, actor=SiteAdminFactory())
    beat._look()
    assert stop.reason is Reason.CANCELLED
    finish.confirm_cancelled(held)
    beat._look()
    assert stop.reason is Reason.LOST


def test_a_handler_over_its_time_is_fenced_first_and_then_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit("test-deaf", Plain(seconds=0))
    held, stop = take(job), StopFlag()
    ctx = JobContext(held, stop)
    stuck: list[float] = []
    limits = execution.Limits(held, work.KINDS[3], ctx, stop, lambda: stuck.append(time.monotonic()))
    limits.watch()
    assert stop.reason is None
    begun = time.monotonic()
    monkeypatch.setattr(execution.time, "monotonic", lambda: begun + 3)
    limits.watch()
    job.refresh_from_db()
    assert stop.reason is Reason.OVERRUN
    assert (job.state, job.error) == (
        "failed",
        "It ran longer than the 2 s that it may take, and was stopped.",
    )
    assert stuck == []
    monkeypatch.setattr(execution.time, "monotonic", lambda: begun + 3 + 60)
    limits.watch()
    assert len(stuck) == 1
