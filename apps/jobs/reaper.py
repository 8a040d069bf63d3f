"""The reaper: takes jobs back from the dead, sends lost messages, keeps the schedule. Two at once do no harm."""

import logging
import threading
from collections.abc import Callable

from django.db import Error, connections

from apps.jobs import processes, reap, resend, roster, schedule
from apps.jobs.conf import times
from apps.jobs.models import WorkerRole

logger = logging.getLogger(__name__)

STEPS: tuple[Callable[[], object], ...] = (
    reap.reap_dead_neighbours,
    reap.reap_expired,
    resend.resend_due,
    schedule.run_due,
)


def tick() -> None:
    """Do one round. A step that fails is logged, and the others are done all the same."""
    for step in STEPS:
        _do(step)


def _do(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        logger.exception("A step of the reaper failed: %s", step.__name__)
        connections.close_all()


def run(stop: threading.Event) -> None:
    """Do rounds until told to stop."""
    entry = roster.Entry(WorkerRole.REAPER, processes.own_name("reaper"))
    try:
        while True:
            _do(entry.say_alive)
            tick()
            if stop.wait(times().reap):
                break
        try:
            entry.leave()
        except Error:
            logger.warning("The database does not answer", exc_info=True)
    finally:
        connections.close_all()
