import pytest

from apps.accounts.models import Role
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.jobs import finish, services
from apps.jobs.models import Job, State
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member
from tests.jobs.conftest import submit, take
from tests.jobs.work import Nothing, Plain

pytestmark = pytest.mark.django_db


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
