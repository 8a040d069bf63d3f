"""The page of a job while it runs: it renews itself, in place, and is quiet once the job has ended."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.site import ROOT, BrowsedSite
from tests.e2e.test_accessibility import violations

# A job that a worker elsewhere holds, so that the site's own leaves it alone. `beating` renews its lease.
BEGIN = """
import django; django.setup()
from uuid import uuid4
from apps.accounts.models import Project, User
from apps.jobs import clock
from apps.jobs.models import Attempt, Job
from django.db import transaction
transaction.set_autocommit(False)
job = Job.objects.create(
    kind="analyse", queue="gpu-short", title="Analyse S-0231", max_attempts=3, state="running", attempt=1,
    project=Project.objects.get(name="Haematology"), requester=User.objects.get(email="reviewer@example.org"),
    lease_token=uuid4(), lease_expires_at=clock.ahead(90), started_at=clock.now(), worker="elsewhere",
    progress_done=3, progress_total=12, progress_stage="Finding cells", progress_at=clock.now(),
)
Attempt.objects.create(job=job, number=1, worker="elsewhere", started_at=clock.now())
transaction.commit()
print(job.public_id)
"""


@pytest.fixture
def job(site: BrowsedSite) -> Iterator[str]:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN], env=site.env, cwd=ROOT, capture_output=True, text=True, check=True
    )
    key = done.stdout.strip()
    over = Event()
    worker = Thread(target=beating, args=(site, key, over))
    worker.start()
    yield key
    over.set()
    worker.join()


def beating(site: BrowsedSite, job: str, over: Event) -> None:
    """Renew the job's lease as its worker would; the site of the tests cuts it to a few seconds."""
    while not over.wait(0.5):
        renewed = "lease_expires_at = datetime('now', '+90 seconds')"
        change(site, job, renewed, where="AND state = 'running'")


def change(site: BrowsedSite, job: str, assignments: str, where: str = "") -> None:
    """Change the job's row, as its worker would."""
    with closing(sqlite3.connect(Path(site.folder) / "db.sqlite3", timeout=20)) as line:
        key = job.replace("-", "")
        line.execute(f"UPDATE jobs_job SET {assignments} WHERE public_id = ? {where}", [key])
        line.commit()


def end(site: BrowsedSite, job: str, state: str) -> None:
    unleased = "lease_token = NULL, lease_expires_at = NULL, finished_at = started_at"
    change(site, job, f"state = '{state}', {unleased}")


def test_progress_renews_itself_in_place_and_ends_with_the_job(
    site: BrowsedSite, sign_in: Callable[..., Page], job: str
) -> None:
    page = sign_in("reviewer")
    page.goto(f"/jobs/{job}/")
    progress = page.locator(f"#job-{job}")
    expect(progress).to_contain_text("Finding cells")
    expect(progress).to_contain_text("3 of 12 fields")
    change(site, job, "progress_done = 9, progress_stage = 'Saving'")
    expect(progress).to_contain_text("9 of 12 fields")
    expect(progress.get_by_role("progressbar")).to_have_attribute("value", "75")
    expect(page.get_by_role("heading", name="About this job")).to_be_visible()
    assert violations(page) == []
    end(site, job, "succeeded")
    expect(progress).to_contain_text("Done")
    # The whole page has followed: what can only be said at the end is there, and nothing asks any more.
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert asked == []


def test_cancel_keeps_the_place_and_says_what_happens(
    site: BrowsedSite, sign_in: Callable[..., Page], job: str
) -> None:
    page = sign_in("reviewer")
    page.goto(f"/jobs/{job}/")
    page.get_by_role("button", name="Cancel").click()
    progress = page.locator(f"#job-{job}")
    expect(progress).to_contain_text("Cancelling")
    expect(progress).to_contain_text("It stops as soon as it can.")
    expect(page).to_have_url(f"{site.address}/jobs/{job}/")
    end(site, job, "cancelled")
    expect(progress).to_contain_text("Cancelled")


def test_the_list_renews_itself_and_keeps_the_focus(
    site: BrowsedSite, sign_in: Callable[..., Page], job: str
) -> None:
    page = sign_in("reviewer")
    page.goto("/jobs/")
    link = page.locator(f"#open-{job}")
    link.focus()
    change(site, job, "progress_done = 11")
    expect(page.get_by_text("11 of 12 fields")).to_be_visible()
    expect(link).to_be_focused()
    end(site, job, "succeeded")
    expect(page.locator("tr", has=link)).to_contain_text("Done")
