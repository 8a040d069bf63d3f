import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.jobs import clock, finish, nodes, resend, services, wake
from apps.jobs.models import Job, State
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member
from tests.jobs.conftest import submit, take
from tests.jobs.work import Nothing, Plain

pytestmark = pytest.mark.django_db


class Broker:
    """Stands in for Celery's application: keeps what is sent, or refuses."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[int], str]] = []
        self.down = False

    def send_task(self, name: str, *, args: list[int], queue: str, **options: Any) -> None:
        assert name == "jobs.run"
        assert options["retry"] is False
        if self.down:
            raise ConnectionError
        self.sent.append((args, queue))


broker = Broker()


@pytest.fixture
def celery(settings: Any) -> Broker:
    broker.sent.clear()
    broker.down = False
    settings.WBCWEB_REDIS_URL = "redis://nowhere"
    settings.JOBS_CELERY_APP = f"{__name__}.broker"
    return broker


def test_a_job_carries_what_it_was_asked_for() -> None:
    project = ProjectFactory()
    person = member(project, Role.REVIEWER)
    job = submit(
        "test-steady", Plain(seconds=2), requester=person, project=project, subject="slide:1", title="Look"
    )
    job.refresh_from_db()
    assert (job.state, job.attempt, job.queue, job.max_attempts) == ("queued", 0, "gpu-short", 3)
    assert job.params == {"seconds": 2.0, "note": ""}
    assert (str(job), job.requester, job.project, job.subject) == ("Look", person, project, "slide:1")
    assert str(submit("test-steady")) == "Steady work"


def test_parameters_of_another_kind_are_refused() -> None:
    with pytest.raises(InvalidInput, match="test-quick takes Plain, not Nothing"):
        services.submit(kind="test-quick", params=Nothing(), requester=None)
    assert not Job.objects.exists()


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
    Job.objects.update(resend_at=clock.ahead(-1))
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
    nodes.seen("one-worker", {"default": 1, "gpu-short": 1})
    busy, waiting, elsewhere = submit(), submit(), submit("test-steady")
    for job in (busy, waiting, elsewhere):
        wake.send_if_due(job_id=job.pk)
    take(busy)
    celery.sent.clear()
    Job.objects.update(resend_at=clock.ahead(-1))
    assert resend.resend_due() == 1
    assert celery.sent == [([elsewhere.pk, 0], "gpu-short")]
    nodes.seen("another-worker", {"default": 1})
    assert resend.resend_due() == 1
    assert celery.sent[1:] == [([waiting.pk, 0], "default")]


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


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked() -> None:
    boss = SiteAdminFactory()
    waiting, runs = submit(), submit()
    held = take(runs)
    assert services.cancel(job=waiting, actor=boss).state == State.CANCELLED
    now = services.cancel(job=runs, actor=boss)
    assert (now.state, now.cancel_requested, now.cancelled_by) == ("running", True, boss)
    assert services.cancel(job=runs, actor=boss).state == State.RUNNING
    finish.confirm_cancelled(held)
    assert services.cancel(job=runs, actor=boss).state == State.CANCELLED


def test_what_has_ended_cannot_be_cancelled() -> None:
    job = submit()
    finish.succeed(take(job))
    with pytest.raises(Conflict) as caught:
        services.cancel(job=job, actor=SiteAdminFactory())
    assert caught.value.detail == {"state": "succeeded"}


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("asker", True),
        ("manager", True),
        ("researcher", False),
        ("viewer", False),
        ("stranger", False),
        ("admin", True),
    ],
)
def test_who_may_cancel(who: str, *, may: bool) -> None:
    project = ProjectFactory()
    asker = member(project, Role.REVIEWER)
    person = {
        "asker": lambda: asker,
        "stranger": UserFactory,
        "admin": SiteAdminFactory,
    }.get(who, lambda: member(project, who))()
    job = submit(requester=asker, project=project)
    assert services.may_cancel(job=job, actor=person) is may
    if may:
        assert services.cancel(job=job, actor=person).state == State.CANCELLED
    else:
        with pytest.raises(NotPermitted):
            services.cancel(job=job, actor=person)
        assert Job.objects.get(pk=job.pk).state == State.QUEUED


def test_an_asker_who_left_the_project_may_neither_see_nor_cancel() -> None:
    project = ProjectFactory()
    asker = member(project, Role.REVIEWER)
    job = submit(requester=asker, project=project)
    project.memberships.all().delete()
    assert not Job.objects.visible_to(asker).exists()
    assert not services.may_cancel(job=job, actor=asker)


def test_people_see_the_jobs_of_their_projects_and_their_own() -> None:
    project, other = ProjectFactory(), ProjectFactory()
    viewer, admin = member(project, Role.VIEWER), SiteAdminFactory()
    seen = {submit(project=project).pk, submit(requester=viewer).pk}
    hidden = {submit(project=other).pk, submit(requester=admin).pk, submit().pk}
    assert set(Job.objects.visible_to(viewer).values_list("pk", flat=True)) == seen
    assert set(Job.objects.visible_to(admin).values_list("pk", flat=True)) == seen | hidden
