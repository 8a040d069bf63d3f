"""The data layer: what the database itself refuses, and every step of a claim. Runs on both databases."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from apps.jobs import claim as claiming
from apps.jobs import clock, finish, heartbeat, processes, reap
from apps.jobs.claim import Claim
from apps.jobs.conf import Times, problems, times
from apps.jobs.errors import JobCancelled, LeaseLost
from apps.jobs.models import Attempt, Job, Outcome, State
from tests.jobs import work
from tests.jobs.conftest import expire, submit, take

pytestmark = pytest.mark.django_db

IMPOSSIBLE = [
    {"state": "paused"},
    {"queue": "fastest"},
    {"max_attempts": 0},
    {"failures": 1},
    {"lease_token": uuid.UUID(int=1)},
    {"lease_expires_at": Now()},
    {"finished_at": Now()},
    {"cancel_requested": True},
    {"state": "cancelled"},
    {"state": "running"},
    {"attempt": 1},
    {"state": "succeeded", "finished_at": Now()},
]


@pytest.mark.parametrize("change", IMPOSSIBLE, ids=str)
def test_the_database_refuses_what_cannot_be_true_of_a_waiting_job(change: dict[str, Any]) -> None:
    job = submit()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**change)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("queued", 0)


def test_the_attempt_never_goes_down() -> None:
    job = submit()
    finish.release(take(job))
    with pytest.raises(IntegrityError, match="attempt"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(attempt=0)
    assert Job.objects.get(pk=job.pk).attempt == 1


@pytest.mark.parametrize("state", ["queued", "running", "failed", "cancelled"])
def test_an_ended_job_never_changes_its_state(state: str) -> None:
    job = submit()
    finish.succeed(take(job))
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=state)
    assert Job.objects.get(pk=job.pk).state == State.SUCCEEDED


def test_a_lease_is_never_passed_on_while_it_runs() -> None:
    job = submit()
    take(job)
    with pytest.raises(IntegrityError, match="lease"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())


def test_how_an_attempt_ended_never_changes() -> None:
    job = submit()
    finish.succeed(take(job))
    with pytest.raises(IntegrityError, match="attempt"), transaction.atomic():
        Attempt.objects.filter(job=job).update(outcome="failed")


def test_the_rules_are_triggers_of_the_database() -> None:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'jobs_%'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'jobs_%'"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found = {name for (name,) in cursor.fetchall()}
    assert found == {
        "jobs_attempt_ended_stays_ended",
        "jobs_job_attempt_counts_claims",
        "jobs_job_attempt_never_goes_down",
        "jobs_job_ended_stays_ended",
        "jobs_job_lease_token_is_never_passed_on",
        "jobs_job_results_need_a_lease",
    }


def test_a_claim_needs_the_attempt_of_the_message() -> None:
    job = submit()
    assert claiming.claim(job_id=job.pk, attempt=1, worker="w") is None
    held = claiming.claim(job_id=job.pk, attempt=0, worker="w")
    assert held is not None
    assert held.attempt == 1
    assert claiming.claim(job_id=job.pk, attempt=0, worker="w") is None
    assert claiming.claim(job_id=job.pk, attempt=1, worker="w") is None
    finish.release(held)
    assert claiming.claim(job_id=job.pk, attempt=0, worker="w") is None
    again = claiming.claim(job_id=job.pk, attempt=1, worker="w")
    assert again is not None
    assert again.token != held.token


def test_a_claim_waits_for_its_time_and_for_a_worker_that_knows_the_kind() -> None:
    job = submit(not_before=None)
    Job.objects.filter(pk=job.pk).update(not_before=clock.ahead(60))
    assert claiming.claim(job_id=job.pk, attempt=0, worker="w") is None
    Job.objects.filter(pk=job.pk).update(not_before=clock.ahead(-1), kind="of-a-newer-release")
    assert claiming.claim(job_id=job.pk, attempt=0, worker="w") is None
    Job.objects.filter(pk=job.pk).update(kind="test-quick")
    assert claiming.claim(job_id=job.pk, attempt=0, worker="w") is not None


def test_a_claim_travels_to_a_child_as_one_line() -> None:
    held = take(submit())
    line = held.to_json()
    assert "\n" not in line
    assert Claim.from_json(line) == held


def test_beats_extend_the_lease_and_carry_the_cancel_flag() -> None:
    job = submit()
    held = take(job)
    expire(job)
    assert heartbeat.beat(held) is False
    assert reap.reap_expired() == 0
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    assert heartbeat.beat(held) is True
    assert heartbeat.watch(held) is True
    finish.confirm_cancelled(held)
    assert heartbeat.beat(held) is None
    assert heartbeat.watch(held) is None


def test_a_refused_finish_does_not_even_begin_its_effect(effects: None) -> None:
    job = submit()
    held = take(job)
    expire(job)
    assert reap.reap_expired() == 1
    with pytest.raises(LeaseLost):
        finish.succeed(held, lambda: pytest.fail("the effect was begun"))
    job.refresh_from_db()
    assert (job.state, job.failures) == ("queued", 1)


def test_a_cancelled_job_does_not_finish(effects: None) -> None:
    job = submit()
    held = take(job)
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    with pytest.raises(JobCancelled):
        finish.succeed(held, lambda: pytest.fail("the effect was begun"))
    finish.confirm_cancelled(held)
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED


def test_an_effect_that_fails_takes_its_success_with_it(effects: None) -> None:
    job = submit()
    held = take(job)

    def effect() -> None:
        work.mark(held)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        finish.succeed(held, effect)
    job.refresh_from_db()
    assert (job.state, job.attempts.get().outcome) == ("running", "running")
    assert work.effects_of(held.job_id) == []


ZOMBIE_ACTS = {
    "succeed": lambda held: finish.succeed(held, lambda: pytest.fail("the effect was begun")),
    "fail": lambda held: finish.fail(held, message="No.", log="", retry=False),
    "release": finish.release,
    "confirm_cancelled": finish.confirm_cancelled,
    "save_checkpoint": lambda held: finish.save_checkpoint(held, "k"),
}


@pytest.mark.parametrize("act", ZOMBIE_ACTS)
def test_a_zombie_can_do_nothing_to_the_job_that_its_successor_runs(act: str) -> None:
    job = submit()
    zombie = take(job)
    expire(job)
    reap.reap_expired()
    Job.objects.filter(pk=job.pk).update(not_before=None)
    successor = take(job, worker="worker-b")
    with pytest.raises(LeaseLost):
        ZOMBIE_ACTS[act](zombie)
    assert heartbeat.beat(zombie) is None
    job.refresh_from_db()
    assert (job.state, job.lease_token, job.checkpoint) == ("running", successor.token, "")
    finish.succeed(successor)


def test_a_beat_that_comes_before_the_reaper_keeps_the_job() -> None:
    job = submit()
    held = take(job)
    expire(job)
    # The reaper has seen the lease run out, and then the beat arrives after all.
    assert heartbeat.beat(held) is False
    late = {"outcome": Outcome.LOST, "log": "", "sentence": ""}
    assert reap._take_back(job.pk, held.token, **late) is False
    assert heartbeat.watch(held) is False
    expire(job)
    assert reap._take_back(job.pk, held.token, **late) is True
    assert reap._take_back(job.pk, held.token, **late) is False
    assert Job.objects.get(pk=job.pk).failures == 1


def test_leases_that_run_out_use_up_the_attempts_with_a_reason() -> None:
    job = submit("test-steady")
    for failures in (1, 2, 3):
        Job.objects.filter(pk=job.pk).update(not_before=None)
        take(job)
        expire(job)
        assert reap.reap_expired() == 1
        job.refresh_from_db()
        assert job.failures == failures
    assert job.state == State.FAILED
    assert "tried 3 times" in job.error
    assert [attempt.outcome for attempt in job.attempts.all()] == ["lost"] * 3


def test_a_reaped_job_whose_cancel_was_asked_for_is_cancelled() -> None:
    job = submit()
    take(job)
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    expire(job)
    reap.reap_expired()
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED


def test_a_retry_waits_longer_each_time_and_no_retry_fails_at_once() -> None:
    job = submit()
    finish.fail(take(job), message="Once.", log="trace", retry=True)
    first = Job.objects.annotate(now=Now()).get(pk=job.pk)
    Job.objects.filter(pk=job.pk).update(not_before=None)
    finish.fail(take(job), message="Twice.", log="trace", retry=True)
    second = Job.objects.annotate(now=Now()).get(pk=job.pk)
    assert 0 < (first.not_before - first.now).total_seconds() <= times().retry_first
    assert (second.not_before - second.now).total_seconds() > (first.not_before - first.now).total_seconds()
    Job.objects.filter(pk=job.pk).update(not_before=None)
    finish.fail(take(job), message="For good.", log="trace", retry=False)
    job.refresh_from_db()
    assert (job.state, job.error, job.failures) == ("failed", "For good.", 3)


def test_an_orderly_release_counts_no_failure_and_a_checkpoint_forgets_them() -> None:
    job = submit()
    finish.fail(take(job), message="Once.", log="", retry=True)
    Job.objects.filter(pk=job.pk).update(not_before=None)
    held = take(job)
    assert finish.release(held) == State.QUEUED
    assert Job.objects.get(pk=job.pk).failures == 1
    held = take(job)
    finish.save_checkpoint(held, "jobs/x/3/checkpoint")
    job.refresh_from_db()
    assert (job.failures, job.checkpoint) == (0, "jobs/x/3/checkpoint")


def test_a_job_of_a_process_that_is_gone_comes_back_at_once() -> None:
    here = processes.own_name("worker")
    place, _, _ = here.rpartition("/")
    place = place.rpartition("/")[0]
    workers = {
        "mine": here,
        "gone": f"{place}/999999999.1/worker",
        "of another container": f"{place}99/1.1/worker",
        "before the computer was started anew": "another-host/abc.def/1.1/worker",
        "of another system": "another-host/-/1.1/worker",
    }
    jobs = {what: submit() for what in workers}
    for what, worker in workers.items():
        take(jobs[what], worker=worker)
    # A database in a file belongs to one computer, so a worker of another boot is a thing of the past.
    back = {"gone"} | ({"before the computer was started anew"} if connection.vendor == "sqlite" else set())
    assert reap.reap_dead_neighbours() == len(back)
    found = {what for what, job in jobs.items() if Job.objects.get(pk=job.pk).state == "queued"}
    assert found == back
    assert jobs["gone"].attempts.get().outcome == "crashed"


def test_the_times_hold_a_late_beat() -> None:
    assert problems() == []
    usual = Times()
    assert usual.lease > 2 * 20, "a beat may wait for SQLite's lock"
    assert usual.beat * 2 < usual.lease


def test_impossible_times_are_named(settings: Any) -> None:
    settings.JOBS_TIMES = {"lease": 10, "beat": 9, "poll": 0}
    said = " ".join(problems())
    assert "poll" in said
    assert "two beats" in said
