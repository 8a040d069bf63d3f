"""Run the work that a test asked for."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import override_settings

from apps.jobs.execution import execute
from apps.jobs.models import Job, Outcome


@pytest.fixture
def run_job() -> Callable[[Job], Outcome | None]:
    """Return a function that runs a waiting job here and now, as a worker would.

    Its heartbeat does not look at the row meanwhile: on PostgreSQL a second connection cannot see what the test has
    not committed, and would take a slow job for a lost one. What a heartbeat does is tested in the jobs room.
    """

    def run(job: Job) -> Outcome | None:
        job.refresh_from_db()
        with override_settings(JOBS_TIMES={**getattr(settings, "JOBS_TIMES", {}), "watch": 3600.0}):
            outcome = execute(job.pk, job.attempt, worker="test")
        job.refresh_from_db()
        return outcome

    return run
