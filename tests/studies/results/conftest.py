from typing import Any

import pytest

from apps.jobs.models import Job, Outcome
from apps.studies.models import State
from apps.studies.results import handlers
from apps.studies.results.params import ANALYSE
from tests.kits.studies import Kit, make_study


@pytest.fixture
def quick(monkeypatch):
    """Let an analysis resample a few times only."""
    monkeypatch.setattr(handlers, "RESAMPLES", 50)


@pytest.fixture
def unblinded(db, quick, run_job):
    """Return a function that makes an unblinded study whose results are worked out."""

    def make(**values: Any) -> Kit:
        kit = make_study(**{"each": 3, **values})
        for enrolment in kit.enrolments:
            kit.read_all(enrolment)
        kit.to(State.UNBLINDED)
        assert run_job(Job.objects.get(kind=ANALYSE)) is Outcome.SUCCEEDED
        return kit

    return make
