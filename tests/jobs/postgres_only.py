"""What only a database with row locks can show; ``test_postgres`` runs this file beside the other ledger tests."""

import contextlib
import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.jobs import claim as claiming
from apps.jobs import finish, reap, services
from apps.jobs.claim import Claim
from apps.jobs.errors import JobStopped
from apps.jobs.models import Job, State
from tests.jobs import work
from tests.jobs.conftest import expire, submit, take

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(*acts: Callable[[], object]) -> list[object]:
    """Run functions at the same moment, each with a connection of its own; return what each returned or raised."""
    start = threading.Barrier(len(acts))
    answers: list[object] = [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        try:
            answers[place] = acts[place]()
        except (DomainError, JobStopped) as refusal:
            answers[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_this_runs_on_postgres() -> None:
    assert connection.vendor == "postgresql"


def test_of_many_workers_with_one_message_exactly_one_gets_the_job() -> None:
    for _ in range(10):
        job = submit()
        got = all_at_once(
            *[lambda job=job: claiming.claim(job_id=job.pk, attempt=0, worker="w") for _ in range(6)]
        )
        assert sum(isinstance(held, Claim) for held in got) == 1
        assert Job.objects.get(pk=job.pk).attempt == 1


def test_finish_reap_cancel_and_failure_at_the_same_moment_have_one_outcome(effects: None) -> None:
    boss = User.objects.create_superuser(email="boss@example.org", password="x" * 12)
    for _ in range(15):
        job = submit()
        held = take(job)
        expire(job)
        all_at_once(
            lambda held=held: finish.succeed(held, lambda: work.mark(held)),
            lambda held=held: finish.fail(held, message="No.", log="", retry=True),
            reap.reap_expired,
            reap.reap_expired,
            lambda job=job: services.cancel(job=job, actor=boss),
        )
        job.refresh_from_db()
        assert len(work.effects_of(held.job_id)) == (1 if job.state == State.SUCCEEDED else 0)
        assert job.state in {"succeeded", "queued", "cancelled"}
        assert job.attempts.get().outcome != "running"
        Job.objects.filter(pk=job.pk).delete()


def test_a_worker_that_stands_still_inside_a_transaction_does_not_hold_up_the_reaper() -> None:
    stuck, lost = submit(), submit()
    held = take(stuck)
    take(lost)
    for job in (stuck, lost):
        expire(job)
    locked, go_on = threading.Event(), threading.Event()

    def stand_still() -> None:
        with contextlib.suppress(JobStopped), claiming.holding(held):
            locked.set()
            go_on.wait(30)
        connections.close_all()

    thread = threading.Thread(target=stand_still)
    thread.start()
    assert locked.wait(30)
    try:
        assert reap.reap_expired() == 1
    finally:
        go_on.set()
        thread.join()
    assert Job.objects.get(pk=lost.pk).state == State.QUEUED
    assert reap.reap_expired() == 1
    assert Job.objects.get(pk=stuck.pk).state == State.QUEUED
