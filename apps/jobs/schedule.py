"""Periodic clean-ups and reminders. The reaper owns the schedule; rooms register what is to be done.

What is registered here must take seconds at most. Anything longer submits a job instead.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.module_loading import import_string

from apps.jobs import clock
from apps.jobs.models import Appointment

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Periodic:
    """Something to do every so many seconds; ``function`` is a dotted path, called without arguments."""

    name: str
    function: str
    every_s: float

    def __post_init__(self) -> None:
        if self.every_s <= 0:
            raise ValueError(f"{self.name}: the time between two runs must be above zero.")


_REGISTERED: dict[str, Periodic] = {}


def register(periodic: Periodic) -> Periodic:
    """Add something to the schedule; called when Django starts.

    Raises:
        ValueError: when the name is taken.
    """
    if periodic.name in _REGISTERED:
        raise ValueError(f"{periodic.name!r} is in the schedule twice.")
    _REGISTERED[periodic.name] = periodic
    return periodic


def unregister(name: str) -> None:
    """Take something out again; for tests that bring their own."""
    del _REGISTERED[name]


def run_due() -> list[str]:
    """Run all that is due and return its names; of several reapers exactly one runs each."""
    return [periodic.name for periodic in tuple(_REGISTERED.values()) if _run_if_due(periodic)]


def _run_if_due(periodic: Periodic) -> bool:
    mine = Appointment.objects.filter(name=periodic.name)
    taken = mine.filter(due_at__lte=clock.now()).update(
        due_at=clock.ahead(periodic.every_s), started_at=clock.now(), finished_at=None
    )
    if not taken:
        if not mine.exists():
            # The first run comes with the next round. Two reapers may both try to make the row; one does.
            Appointment.objects.bulk_create(
                [Appointment(name=periodic.name, due_at=clock.now())], ignore_conflicts=True
            )
        return False
    error = ""
    try:
        callback: Callable[[], object] = import_string(periodic.function)
        callback()
    except Exception:
        error = traceback.format_exc()
        logger.exception("The scheduled %s failed", periodic.name)
    mine.update(finished_at=clock.now(), error=error)
    return True
