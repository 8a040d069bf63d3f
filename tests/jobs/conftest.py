from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from apps.jobs import claim as claiming
from apps.jobs import clock, kinds, services
from apps.jobs.claim import Claim
from apps.jobs.models import Job
from tests.jobs import work
from tests.jobs.site import Site


@pytest.fixture(autouse=True)
def test_kinds() -> Iterator[None]:
    """Make the tests' kinds of work known while a test runs."""
    already = "test-quick" in kinds.names()
    if not already:
        work.register_all()
    yield
    if not already:
        work.unregister_all()


@pytest.fixture
def effects(request: pytest.FixtureRequest) -> Iterator[None]:
    """Bring the table of effects; a transactional test has to take it away itself."""
    marker = request.node.get_closest_marker("django_db")
    request.getfixturevalue("transactional_db" if marker and marker.kwargs.get("transaction") else "db")
    work.make_effects_table()
    yield
    if not connection.in_atomic_block:
        work.drop_effects_table()


@pytest.fixture(scope="session")
def prepared_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a small site that has a database and nothing else; to be copied."""
    site = Site(tmp_path_factory.mktemp("prepared") / "site").prepare()
    site.close()
    return site


@pytest.fixture
def site(prepared_site: Site, tmp_path: Path) -> Iterator[Site]:
    """Return a small site of this test's own."""
    site = prepared_site.copy_to(tmp_path / "site")
    yield site
    site.close()


def submit(kind: str = "test-quick", params: Any = None, **more: Any) -> Job:
    """Ask for a piece of test work."""
    wanted = params if params is not None else kinds.get(kind).params()
    return services.submit(kind=kind, params=wanted, requester=more.pop("requester", None), **more)


def take(job: Job, worker: str = "worker-a") -> Claim:
    """Claim a job as it stands now."""
    job.refresh_from_db()
    held = claiming.claim(job_id=job.pk, attempt=job.attempt, worker=worker)
    assert held is not None
    return held


def expire(job: Job) -> None:
    """Let the job's lease run out."""
    Job.objects.filter(pk=job.pk, state="running").update(lease_expires_at=clock.ahead(-1))
