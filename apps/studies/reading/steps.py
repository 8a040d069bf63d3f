"""Where a reader stands on the way through a study."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.studies.models import Enrolment, State
from apps.studies.services import has_consented
from apps.studies.services import reading as services


class Step(StrEnum):
    """What the reader's page asks for; in this order."""

    CONSENT = "consent"
    ABOUT = "about"
    WAIT = "wait"
    READ = "read"
    LATER = "later"
    FINISHED = "finished"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Standing:
    """A step with what is to be said of it: images answered of how many in this part, and when a sitting opens."""

    step: Step
    practice: bool = False
    answered: int = 0
    total: int = 0
    opens_at: datetime | None = None


def standing_of(enrolment: Enrolment) -> Standing:
    """Return where a reader stands now."""
    step = _before_reading(enrolment)
    if step is not None:
        return Standing(step)
    found = services.serve(enrolment=enrolment)
    if found is None:
        return Standing(Step.FINISHED)
    step = Step.READ if found.opens_at is None else Step.LATER
    return Standing(step, found.practice, found.answered, found.n, found.opens_at)


def _before_reading(enrolment: Enrolment) -> Step | None:
    """Return the step of a reader who has nothing to read now; None when the images decide."""
    state = enrolment.study.state
    if enrolment.withdrawn_at is not None:
        return Step.WITHDRAWN
    if state in (State.CLOSED, State.UNBLINDED):
        return Step.CLOSED
    if not has_consented(enrolment):
        return Step.CONSENT
    if not enrolment.experience:
        return Step.ABOUT
    return None if state == State.OPEN else Step.WAIT
