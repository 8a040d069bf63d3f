"""Run the work that a test asked for."""

from collections.abc import Callable

import pytest

from apps.jobs.execution import execute
from apps.jobs.models import Job, Outcome


@pytest.fixture
def run_job() -> Callable[[Job], Outcome | None]:
    """Return a function that runs a waiting job here and now, as a worker would."""

    def run(job: Job) -> Outcome | None:
        job.refresh_from_db()
        outcome = execute(job.pk, job.attempt, worker="test")
        job.refresh_from_db()
        return outcome

    return run
