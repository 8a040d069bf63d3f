"""Which workers there are: each says for itself that it lives, and what it has."""

import os
import socket
import time

from apps.jobs import clock, machine, processes
from apps.jobs.conf import times
from apps.jobs.models import Worker, WorkerRole

# How long a worker that ended without a word is still listed as gone.
FORGET_AFTER_S = 24 * 3600


class Entry:
    """This process's line in the list of workers.

    Args:
        role: What it does.
        name: Its name, see ``processes.own_name``.
        label: What the administrator called it.
        queues: How many jobs of which queue it takes at once.
    """

    def __init__(
        self, role: WorkerRole, name: str, *, label: str = "", queues: dict[str, int] | None = None
    ) -> None:
        self.name = name
        self._values = {
            "role": role,
            "label": label[:200],
            "host": socket.gethostname()[:200],
            "pid": os.getpid(),
            "queues": queues or {},
            "versions": machine.versions(),
        }
        self._began = time.monotonic()
        # A reaper computes nothing.
        self._device = machine.Device() if queues else None

    def say_alive(self) -> None:
        """Write that this process lives; to be called every ``every_s()`` seconds."""
        values = dict(self._values)
        if self._device is not None:
            self._device.look()
            values |= {"device": self._device.name, "device_problem": self._device.problem}
        if not Worker.objects.filter(name=self.name).update(seen_at=clock.now(), **values):
            # Perhaps struck out meanwhile, as one that was stopped for a day.
            began = clock.ahead(self._began - time.monotonic())
            fresh = Worker(name=self.name, started_at=began, seen_at=clock.now(), **values)
            Worker.objects.bulk_create([fresh], ignore_conflicts=True)

    def leave(self) -> None:
        """Strike this process out, because it ends in order."""
        Worker.objects.filter(name=self.name).delete()


def leave_all() -> None:
    """Strike out every line of this process, as it ends in order."""
    Worker.objects.filter(name__startswith=processes.own_name("")).delete()


def every_s() -> float:
    """Return after how many seconds a process should say again that it lives: two of three may come late."""
    return times().worker_fresh / 3


def sweep() -> int:
    """Strike out workers that have not been seen for a day; return how many."""
    return Worker.objects.filter(seen_at__lt=clock.ahead(-FORGET_AFTER_S)).delete()[0]
