"""Messages to workers: when they go out, when they go out again, and a broker that is down, slow or forgetful."""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.jobs import clock, finish, resend, roster, wake
from apps.jobs.models import Attempt, Job, WorkerRole
from tests.jobs.conftest import submit, take

pytestmark = pytest.mark.django_db


class Broker:
    """Stands in for Celery's application: keeps what is sent, or refuses."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[int], str]] = []
        self.asked = 0
        self.down = False

    def send_task(self, name: str, *, args: list[int], queue: str, **options: Any) -> None:
        assert name == "jobs.run"
        assert options["retry_policy"]["max_retries"] == 1
        self.asked += 1
        if self.down:
            raise ConnectionError
        self.sent.append((args, queue))


broker = Broker()


@pytest.fixture
def celery(settings: Any) -> Iterator[Broker]:
    broker.__init__()  # type: ignore[misc] - as new for each test
    wake._resting.until = 0.0
    settings.WBCWEB_REDIS_URL = "redis://nowhere"
    settings.JOBS_CELERY_APP = f"{__name__}.broker"
    yield broker
    wake._resting.until = 0.0


def begun_a_while_ago() -> None:
    Attempt.objects.update(started_at=clock.ahead(-60))


def a_worker(name: str, *queues: str) -> roster.Entry:
    entry = roster.Entry(WorkerRole.CELERY, f"here/{name}/celery-worker", queues=dict.fromkeys(queues, 1))
    entry.say_alive()
    return entry


def test_the_message_goes_out_on_commit_with_number_and_attempt(
    celery: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = submit("test-steady")
        assert celery.sent == []
    assert celery.sent == [([job.pk, 0], "gpu-short")]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_sends_nothing_and_leaves_nothing(celery: Broker) -> None:
    with transaction.atomic():
        submit()
        transaction.set_rollback(True)
    assert celery.sent == []
    assert not Job.objects.exists()
    with transaction.atomic():
        submit()
    assert len(celery.sent) == 1


def test_without_a_broker_nothing_is_sent(
    celery: Broker, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.WBCWEB_REDIS_URL = None
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        submit()
    assert callbacks == []
    assert resend.resend_due() == 0


def test_a_dead_broker_does_not_fail_the_request(
    celery: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    celery.down = True
    with django_capture_on_commit_callbacks(execute=True):
        job = submit()
    job.refresh_from_db()
    assert job.state == "queued"
    assert seconds_to_resend(job) <= 10
    celery.down = False
    assert resend.resend_due() == 0  # it is left alone for a moment
    wake._resting.until = 0.0
    assert resend.resend_due() == 1
    assert celery.sent == [([job.pk, 0], "default")]


def seconds_to_resend(job: Job) -> float:
    from django.db.models.functions import Now

    row = Job.objects.annotate(now=Now()).get(pk=job.pk)
    assert row.resend_at is not None
    return (row.resend_at - row.now).total_seconds()


def test_lost_messages_go_again_after_a_minute_then_two_then_four(celery: Broker, settings: Any) -> None:
    settings.JOBS_TIMES = {}
    job = submit()
    wake.send_if_due(job_id=job.pk)
    for wanted in (60, 120, 240, 480, 900, 900):
        assert wanted - 5 < seconds_to_resend(job) <= wanted
        assert resend.resend_due() == 0
        Job.objects.update(resend_at=clock.ahead(-1))
        assert resend.resend_due() == 1
    assert len(celery.sent) == 7


def test_nothing_is_sent_again_behind_a_backlog(celery: Broker) -> None:
    a_worker("1.1", "default")
    a_worker("2.2", "gpu-short")
    busy, waiting, elsewhere = submit(), submit(), submit("test-steady")
    for job in (busy, waiting, elsewhere):
        wake.send_if_due(job_id=job.pk)
    take(busy, worker="here/8.8/celery/1.1")
    celery.sent.clear()
    Job.objects.update(resend_at=clock.ahead(-1))
    assert resend.resend_due() == 1
    assert celery.sent == [([elsewhere.pk, 0], "gpu-short")]
    a_worker("3.3", "default")
    begun_a_while_ago()
    assert resend.resend_due() == 1
    assert celery.sent[1:] == [([waiting.pk, 0], "default")]


def test_nothing_is_sent_again_while_the_queue_moves(celery: Broker) -> None:
    a_worker("1.1", "default")
    done, waiting = submit(), submit()
    for job in (done, waiting):
        wake.send_if_due(job_id=job.pk)
    held = take(done, worker="here/8.8/celery/1.1")
    finish.succeed(held)
    Job.objects.filter(pk=waiting.pk).update(resend_at=clock.ahead(-1))
    # The worker runs nothing at this moment, and will have the next message in the next.
    assert resend.busy_queues() == set()
    assert resend.resend_due() == 0
    begun_a_while_ago()
    assert resend.resend_due() == 1


def test_a_worker_that_does_one_job_is_busy_for_all_its_queues(celery: Broker) -> None:
    a_worker("1.1", "default", "gpu-short")
    busy, waiting = submit("test-steady"), submit()
    for job in (busy, waiting):
        wake.send_if_due(job_id=job.pk)
    take(busy, worker="here/8.8/celery/1.1")
    begun_a_while_ago()
    Job.objects.update(resend_at=clock.ahead(-1))
    assert resend.resend_due() == 0


def test_who_was_overtaken_has_lost_its_message_however_busy_the_workers_are(celery: Broker) -> None:
    a_worker("1.1", "default")
    lost, later, latest = submit(), submit(), submit()
    for job in (lost, later, latest):
        wake.send_if_due(job_id=job.pk)
    Job.objects.filter(pk=lost.pk).update(sent_at=clock.ahead(-60))
    Job.objects.update(resend_at=clock.ahead(-1))
    take(later, worker="here/8.8/celery/1.1")
    celery.sent.clear()
    assert resend.resend_due() == 1
    assert celery.sent == [([lost.pk, 0], "default")]


def test_a_backlog_of_one_queue_does_not_keep_another_from_its_messages(
    celery: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend, "_AT_ONCE", 3)
    a_worker("1.1", "default")
    a_worker("2.2", "gpu-short")
    busy = submit()
    backlog = [submit() for _ in range(4)]
    elsewhere = submit("test-steady")
    for job in (busy, *backlog, elsewhere):
        wake.send_if_due(job_id=job.pk)
    take(busy, worker="here/8.8/celery/1.1")
    celery.sent.clear()
    Job.objects.update(resend_at=clock.ahead(-1))
    assert resend.resend_due() == 1
    assert celery.sent == [([elsewhere.pk, 0], "gpu-short")]


def test_a_broker_that_is_away_is_asked_once_and_then_left_alone_for_a_while(
    celery: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = [submit() for _ in range(5)]
    celery.down = True
    with caplog.at_level(logging.ERROR):
        for job in jobs:
            wake.send_if_due(job_id=job.pk)
        assert resend.resend_due() == 0
    assert celery.asked == 1
    celery.down = False
    wake._resting.until = 0.0
    Job.objects.update(resend_at=clock.ahead(-1))
    assert resend.resend_due() == 5
    assert [args for args, _ in celery.sent] == [[job.pk, 0] for job in jobs]


def test_a_refused_message_does_not_count_as_one_that_was_sent(celery: Broker, settings: Any) -> None:
    settings.JOBS_TIMES = {}
    job = submit()
    celery.down = True
    for _ in range(5):
        wake._resting.until = 0.0
        Job.objects.update(resend_at=clock.ahead(-1))
        assert resend.resend_due() == 0
        assert seconds_to_resend(job) <= 10
    celery.down = False
    wake._resting.until = 0.0
    assert resend.resend_due() == 1
    assert 55 < seconds_to_resend(job) <= 60


def test_a_job_given_back_and_one_whose_time_has_come_are_sent_at_once(
    celery: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    later = timezone.now() + dt.timedelta(hours=1)
    timed = submit(not_before=later)
    job = submit()
    held = take(job)
    with django_capture_on_commit_callbacks(execute=True):
        finish.release(held)
    assert celery.sent == [([job.pk, 1], "default")]
    assert resend.resend_due() == 0
    Job.objects.filter(pk=timed.pk).update(not_before=clock.ahead(-1))
    assert resend.resend_due() == 1
    assert celery.sent[1:] == [([timed.pk, 0], "default")]
