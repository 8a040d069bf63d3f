"""The reaper: takes jobs back from the dead, sends lost messages, keeps the schedule. Two at once do no harm."""

import logging
import threading
from collections.abc import Callable

from django.db import connections

from apps.jobs import reap, resend, schedule
from apps.jobs.conf import times

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
        try:
            step()
        except Exception:
            logger.exception("A step of the reaper failed: %s", step.__name__)
            connections.close_all()


def run(stop: threading.Event) -> None:
    """Do rounds until told to stop."""
    try:
        while True:
            tick()
            if stop.wait(times().reap):
                return
    finally:
        connections.close_all()
