"""The reaper: takes jobs back from the dead, sends lost messages, keeps the schedule. Two at once do no harm."""

import logging
import threading
from collections.abc import Callable

from django.db import Error, connections

from apps.jobs import processes, reap, resend, roster, schedule
from apps.jobs.conf import times
from apps.jobs.models import WorkerRole

logger = logging.getLogger(__name__)


class Reaper:
    """One reaper and what it remembers from round to round."""

    def __init__(self) -> None:
        self._entry = roster.Entry(WorkerRole.REAPER, processes.own_name("reaper"))
        self._watch = reap.Watch()
        self.steps: tuple[Callable[[], object], ...] = (
            reap.reap_dead_neighbours,
            reap.shorten_leases,
            self._reap_expired,
            resend.resend_due,
            schedule.run_due,
        )

    def run(self, stop: threading.Event) -> None:
        """Do rounds until told to stop."""
        try:
            while not stop.is_set():
                self.tick()
                stop.wait(times().reap)
            self._entry.leave()
        except Error:
            logger.warning("The database does not answer", exc_info=True)
        finally:
            connections.close_all()

    def tick(self) -> None:
        """Do one round. A step that fails is logged, and the others are done all the same."""
        if not self._do(self._entry.say_alive):
            self._watch.was_broken()
            return
        self._do(self._watch.round_begins)
        for step in self.steps:
            self._do(step)
        if not self._do(self._watch.round_ends):
            self._watch.was_broken()

    def _reap_expired(self) -> None:
        if self._watch.may_judge():
            reap.reap_expired()

    @staticmethod
    def _do(step: Callable[[], object]) -> bool:
        """Do a step; return whether it went well."""
        try:
            step()
        except Exception:
            logger.exception("A step of the reaper failed: %s", step.__name__)
            connections.close_all()
            return False
        return True


def run(stop: threading.Event) -> None:
    """Be a reaper until told to stop."""
    Reaper().run(stop)
