import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.jobs import clock, finish
from apps.jobs.models import Job
from apps.jobs.progress import view
from apps.jobs.words import duration, rate_in_words
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member
from tests.jobs.conftest import submit, take

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
# Session, person, the page's jobs and, on PostgreSQL, its clock; one query a row would show at once.
LIST_BUDGET = 4


def page(name: str, job: Job) -> str:
    return reverse(f"jobs:{name}", args=[job.public_id])


def running(project: Any = None, requester: Any = None, **progress: Any) -> Job:
    job = submit("test-steady", project=project, requester=requester, title="Analyse S-0231")
    take(job)
    Job.objects.filter(pk=job.pk).update(progress_at=clock.now(), **progress)
    job.refresh_from_db()
    return job


def test_the_list_shows_the_jobs_of_ones_projects_within_its_budget(
    sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    project = ProjectFactory()
    person = member(project, Role.VIEWER)
    jobs = [submit(project=project, requester=person, title=f"Mine {n}") for n in range(30)]
    submit(project=ProjectFactory(), title="Not mine")
    client = sign_in(person)
    with django_assert_max_num_queries(LIST_BUDGET):
        html = client.get("/jobs/").content.decode()
    assert html.count("Mine ") >= 25
    assert "Not mine" not in html
    assert str(jobs[0].public_id) not in html
    assert "Newer" not in html
    (older,) = re.findall(r'rel="next" href="([^"]+)"', html)
    second = client.get(f"/jobs/{older}").content.decode()
    assert str(jobs[0].public_id) in second
    assert str(jobs[-1].public_id) not in second
    assert "Older" not in second
    (newer,) = re.findall(r'rel="prev" href="([^"]+)"', second)
    assert str(jobs[-1].public_id) in client.get(f"/jobs/{newer}").content.decode()


def test_the_list_asks_again_only_while_something_goes_on(sign_in: SignIn) -> None:
    person = UserFactory()
    client = sign_in(person)
    assert "No jobs yet" in client.get("/jobs/").content.decode()
    job = submit(requester=person)
    assert 'hx-trigger="every 2000ms"' in client.get("/jobs/").content.decode()
    finish.succeed(take(job))
    html = client.get("/jobs/").content.decode()
    assert "hx-trigger" not in html
    assert "Done" in html
    assert "No job of your projects is in this state" in client.get("/jobs/?state=failed").content.decode()


def test_a_running_job_shows_stage_rate_and_time_left_in_words(sign_in: SignIn) -> None:
    person = UserFactory()
    job = running(requester=person, progress_done=30, progress_total=120, progress_stage="Finding cells")
    Job.objects.filter(pk=job.pk).update(stage_started_at=clock.ahead(-10), started_at=clock.ahead(-30))
    html = sign_in(person).get(page("progress", job)).content.decode()
    for words in (
        "Running",
        "Finding cells",
        "30 of 120 fields",
        "3.0 fields a second",
        "about 30 s left",
        'value="25"',
    ):
        assert words in html, html
    assert 'hx-trigger="every 2000ms"' in html


def test_the_poll_is_quick_at_first_then_slower_and_ends_with_the_job(sign_in: SignIn) -> None:
    person = UserFactory()
    client = sign_in(person)
    job = running(requester=person)
    first = client.get(page("progress", job))
    assert 'hx-trigger="every 500ms"' in first.content.decode()
    assert "HX-Trigger" not in first.headers
    assert "no-store" in first.headers["Cache-Control"]
    Job.objects.filter(pk=job.pk).update(started_at=clock.ahead(-11))
    assert 'hx-trigger="every 2000ms"' in client.get(page("progress", job)).content.decode()
    Job.objects.filter(pk=job.pk).update(
        state="succeeded", finished_at=clock.now(), lease_token=None, lease_expires_at=None
    )
    last = client.get(page("progress", job))
    html = last.content.decode()
    assert "hx-get" not in html
    assert "<progress" not in html
    assert "Done" in html
    told = json.loads(last.headers["HX-Trigger"])
    assert told == {"job-ended": {"job": str(job.public_id), "state": "succeeded", "subject": ""}}


def test_how_many_go_first_is_said_while_it_waits_and_no_longer(sign_in: SignIn) -> None:
    person = UserFactory()
    client = sign_in(person)
    submit(requester=person)
    job = submit(requester=person)
    for name in ("detail", "progress"):
        assert "1 job of the same kind of worker goes first." in client.get(page(name, job)).content.decode()
    take(job)
    assert "goes first" not in client.get(page("progress", job)).content.decode()


def test_no_page_carries_script_or_style_inline(sign_in: SignIn) -> None:
    admin = SiteAdminFactory()
    job = running(requester=admin, progress_metrics={"loss": 0.25})
    for address in ("/jobs/", page("detail", job), page("progress", job)):
        html = sign_in(admin).get(address).content.decode()
        assert " style=" not in html
        assert " onclick=" not in html
        assert "<script>" not in html


def test_cancel_is_offered_to_whom_it_is_allowed_and_works_without_scripts(sign_in: SignIn) -> None:
    project = ProjectFactory()
    manager, viewer = member(project, Role.MANAGER), member(project, Role.VIEWER)
    job = submit(project=project)
    assert page("cancel", job) not in sign_in(viewer).get(page("detail", job)).content.decode()
    assert sign_in(viewer).post(page("cancel", job)).status_code == 403
    client = sign_in(manager)
    assert page("cancel", job) in client.get(page("detail", job)).content.decode()
    assert client.get(page("cancel", job)).status_code == 405
    answer = client.post(page("cancel", job))
    assert (answer.status_code, answer.headers["Location"]) == (302, page("detail", job))
    job.refresh_from_db()
    assert (job.state, job.cancelled_by) == ("cancelled", manager)


def test_cancel_by_script_answers_with_the_progress(sign_in: SignIn) -> None:
    admin = SiteAdminFactory()
    job = running()
    html = sign_in(admin).post(page("cancel", job), headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith('<div class="job-progress"')
    assert "Cancelling" in html
    assert "It stops as soon as it can." in html
    assert page("cancel", job) not in html


def test_cancel_needs_a_token_against_forgery() -> None:
    person = UserFactory()
    job = submit(requester=person)
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(page("cancel", job)).status_code == 403
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_the_machines_log_is_for_site_administrators_only(sign_in: SignIn) -> None:
    project = ProjectFactory()
    job = submit(project=project, requester=member(project, Role.MANAGER))
    finish.fail(take(job), message="The slide is empty.", log="Traceback: <secret>", retry=False)
    for person, sees in (
        (job.requester, False),
        (member(project, Role.VIEWER), False),
        (SiteAdminFactory(), True),
    ):
        html = sign_in(person).get(page("detail", job)).content.decode()
        assert "The slide is empty." in html
        assert ("Traceback: &lt;secret&gt;" in html) is sees
        assert ("The machine's log" in html) is sees


@pytest.mark.parametrize("name", ["detail", "progress", "cancel"])
def test_jobs_of_other_projects_are_not_there(sign_in: SignIn, name: str) -> None:
    job = submit(project=ProjectFactory())
    client = sign_in(UserFactory())
    ask = client.post if name == "cancel" else client.get
    assert ask(page(name, job)).status_code == 404
    assert ask(page(name, Job(public_id=uuid4()))).status_code == 404
    assert Client().get(page("detail", job)).status_code == 302


def test_programs_see_the_same(sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    project = ProjectFactory()
    person = member(project, Role.REVIEWER)
    job = running(
        project=project, requester=person, progress_done=3, progress_total=12, progress_stage="Finding cells"
    )
    for _ in range(10):
        submit(project=project, requester=person, subject="slide:1")
    submit(project=ProjectFactory())
    client = sign_in(person)
    with django_assert_max_num_queries(LIST_BUDGET):
        listed = client.get("/api/v1/jobs/").json()
    assert len(listed["results"]) == 11
    assert len(client.get("/api/v1/jobs/?subject=slide:1&state=queued").json()["results"]) == 10
    assert client.get("/api/v1/jobs/?state=odd").status_code == 400
    body = client.get(f"/api/v1/jobs/{job.public_id}/").json()
    assert body["id"] == str(job.public_id)
    assert body["project"] == str(project.public_id)
    assert body["progress"]["stage"] == "Finding cells"
    assert (body["progress"]["done"], body["progress"]["total"], body["progress"]["fraction"]) == (
        3,
        12,
        0.25,
    )
    assert body["progress"]["poll_ms"] == 500
    assert "log" not in json.dumps(body)
    cancelled = client.post(f"/api/v1/jobs/{job.public_id}/cancel/").json()
    assert (cancelled["state"], cancelled["progress"]["cancelling"]) == ("running", True)


def test_a_null_character_in_a_subject_reaches_no_database(sign_in: SignIn) -> None:
    user = UserFactory()
    submit("test-steady", requester=user, subject="slide:1")
    assert sign_in(user).get("/api/v1/jobs/", {"subject": "slide\x00:1"}).status_code == 400


def test_programs_get_404_403_and_409(sign_in: SignIn) -> None:
    project = ProjectFactory()
    person = member(project, Role.VIEWER)
    job, hidden = submit(project=project), submit(project=ProjectFactory())
    client = sign_in(person)
    assert client.get(f"/api/v1/jobs/{hidden.public_id}/").status_code == 404
    assert client.post(f"/api/v1/jobs/{job.public_id}/cancel/").status_code == 403
    finish.succeed(take(job))
    answer = sign_in(SiteAdminFactory()).post(f"/api/v1/jobs/{job.public_id}/cancel/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ended")


def test_a_job_that_waits_says_why() -> None:
    job = submit()
    now = job.created_at + dt.timedelta(seconds=90)
    assert view(job, now).time_words == "asked for 2 min ago"
    finish.fail(take(job), message="Once.", log="", retry=True)
    job.refresh_from_db()
    assert job.not_before is not None
    assert view(job, job.not_before - dt.timedelta(seconds=0.01)).state_label == "Waiting to try again"
    assert view(job, job.not_before + dt.timedelta(seconds=1)).state_label == "Waiting"


def test_per_cents_reach_a_hundred_only_at_the_end() -> None:
    job = running(progress_done=120, progress_total=120)
    now = job.started_at
    assert now is not None
    assert view(job, now).percent == 99
    job.state = "succeeded"
    assert view(job, now).percent == 100


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "less than 1 s"),
        (1.4, "1 s"),
        (59.4, "59 s"),
        (61, "1 min"),
        (3599, "1 h"),
        (7500, "2 h 5 min"),
        (3 * 86400, "3 days"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [(24.2, "24 fields a second"), (0.05, "3.0 fields a minute"), (0.001, "3.6 fields an hour")],
)
def test_rates_in_words(rate: float, words: str) -> None:
    assert rate_in_words(rate, "fields") == words
