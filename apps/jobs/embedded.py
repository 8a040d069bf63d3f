"""The worker of a site without a broker: lanes that look at the table, and the reaper, in one process.

Each queue has its lane, so that none waits for another: an analysis starts at once while a large upload is stored and
while a training runs. The long lane gives each job a child process at lower priority that leaves one core free; the
others run theirs in this process, where a model stays warm.
"""

import logging
import os
import sys
import threading
import time

from django.db import Error, connections
from django.db.models import Q

from apps.jobs import clock, kinds, processes, reaper, roster
from apps.jobs.conf import times
from apps.jobs.execution import OnStuck, execute
from apps.jobs.models import Job, State, WorkerRole

logger = logging.getLogger(__name__)


class Lane:
    """A thread that takes one waiting job of a queue after the other.

    Args:
        queue: Whose jobs.
        worker: Name of the process, see ``processes.own_name``.
        shutdown: Set when it is to end.
        on_stuck: What to do about a handler of this process that does not stop.
    """

    def __init__(
        self, queue: str, *, worker: str, shutdown: threading.Event, on_stuck: OnStuck | None = None
    ) -> None:
        self.queue = queue
        self._worker = worker
        self._shutdown = shutdown
        self._on_stuck = on_stuck
        self.thread = threading.Thread(target=self._run, name=f"lane-{queue}", daemon=True)

    @property
    def grace_s(self) -> float:
        """Return how long its job may take to stop: one in a child is killed in the end, one in a thread cannot be."""
        if self.queue in kinds.SHORT_QUEUES:
            return times().short_stop_grace
        return times().stop_grace + times().kill_grace + 5

    def _run(self) -> None:
        try:
            while not self._shutdown.is_set():
                if not self._once():
                    self._shutdown.wait(times().poll)
        finally:
            connections.close_all()

    def _once(self) -> bool:
        """Take one job; return whether there was one."""
        try:
            found = next_waiting(self.queue)
            if found is None:
                return False
            outcome = execute(*found, worker=self._worker, shutdown=self._shutdown, on_stuck=self._on_stuck)
        except Error:
            logger.warning("The database does not answer; looking again in a second", exc_info=True)
            connections.close_all()
            self._shutdown.wait(1.0)
            return False
        except Exception:
            # A fault of the ledger itself. The job's lease runs out and the reaper takes it back.
            logger.exception("A lane failed")
            self._shutdown.wait(1.0)
            return False
        # None: somebody else was faster. Look again at once, there may be more.
        logger.debug("Job %s ended: %s", found[0], outcome)
        return True


def next_waiting(queue: str) -> tuple[int, int] | None:
    """Return number and attempt of the oldest job of a queue that this process could run now."""
    return (
        Job.objects.filter(state=State.QUEUED, queue=queue, kind__in=kinds.names())
        .filter(Q(not_before=None) | Q(not_before__lte=clock.now()))
        .order_by("pk")
        .values_list("pk", "attempt")
        .first()
    )


class Worker:
    """The lanes and the reaper."""

    def __init__(self) -> None:
        self.name = processes.own_name("worker")
        self._entry = roster.Entry(WorkerRole.EMBEDDED, self.name, queues=dict.fromkeys(kinds.QUEUES, 1))
        self._shutdown = threading.Event()
        self._renewing = False
        self._lanes = [
            Lane(queue, worker=self.name, shutdown=self._shutdown, on_stuck=self.renew)
            for queue in kinds.QUEUES
        ]
        self._reaper = threading.Thread(target=reaper.run, args=(self._shutdown,), name="reaper", daemon=True)

    def stop(self) -> None:
        """Ask for an orderly end: running jobs stop, go back to their queue, and nothing new begins."""
        self._shutdown.set()

    def renew(self) -> None:
        """Ask for an orderly end and a new beginning: the only way to end a thread that does not listen."""
        self._renewing = True
        self._shutdown.set()

    def run(self) -> None:
        """Work until asked to stop, wait as long as the grace allows, and end this process.

        It ends at once, without waiting for threads: one whose handler did not stop would be waited for for ever.
        """
        self._say_alive()
        for thread in (*(lane.thread for lane in self._lanes), self._reaper):
            thread.start()
        logger.info("The worker is ready")
        while not self._shutdown.wait(roster.every_s()):
            self._say_alive()
        asked = time.monotonic()
        for lane in self._lanes:
            lane.thread.join(max(0.0, asked + lane.grace_s - time.monotonic()))
        self._reaper.join(1.0)
        self._leave()
        logging.shutdown()
        if self._renewing:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line
        os._exit(0)

    def _say_alive(self) -> None:
        try:
            self._entry.say_alive()
        except Error:
            logger.warning("The database does not answer", exc_info=True)
            connections.close_all()

    def _leave(self) -> None:
        """Give back what did not stop in time, so that nothing waits for a lease."""
        try:
            give_back_all(self.name)
            roster.leave_all()
        except Error:
            logger.warning("The database does not answer; leases will run out instead", exc_info=True)


def give_back_all(worker: str) -> None:
    """Re-queue, without counting a failure, every job this worker still holds; its handlers are fenced by that."""
    from apps.jobs.claim import Claim
    from apps.jobs.errors import LeaseLost
    from apps.jobs.finish import release

    held = Job.objects.filter(state=State.RUNNING, worker=worker)
    for job in held.only("pk", "public_id", "kind", "queue", "attempt", "lease_token"):
        if job.lease_token is None:
            continue
        claim = Claim(
            job_id=job.pk,
            public_id=job.public_id,
            kind=job.kind,
            queue=job.queue,
            attempt=job.attempt,
            token=job.lease_token,
            worker=worker,
        )
        try:
            release(claim)
        except LeaseLost:
            logger.info("Job %s ended in the last moment", job.pk)
