"""Reads about workers and queues: who is there, what each runs, and whether anybody takes the work that waits."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Min, Q

from apps.jobs import clock, processes
from apps.jobs.conf import times
from apps.jobs.models import ACTIVE_STATES, Job, State, Worker, WorkerRole
from apps.jobs.models.job import Queue
from apps.jobs.selectors.jobs import database_now


class Presence(StrEnum):
    """What can be said of a worker."""

    WORKING = "working"
    IDLE = "idle"
    GONE = "gone"  # its process ended without a word, or it has not been seen for a while


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker as others see it; times in seconds. ``jobs`` are the rows of what it runs now."""

    name: str
    label: str
    role: WorkerRole
    host: str
    pid: int
    queues: dict[str, int]
    device: str
    device_problem: str
    versions: dict[str, str]
    started_at: dt.datetime
    seen_at: dt.datetime
    seen_ago_s: float
    presence: Presence
    jobs: tuple[Job, ...]

    @property
    def alive(self) -> bool:
        """Return whether it was seen just now."""
        return self.presence is not Presence.GONE

    @property
    def role_label(self) -> str:
        """Return its role for people."""
        return str(self.role.label)


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue: what waits and runs, and who takes it; times in seconds.

    Args:
        queue: Its name.
        waiting: Jobs that could run now.
        oldest_wait_s: How long the oldest of them has waited, 0 without any.
        running: Jobs that run.
        workers: Living workers that take its jobs.
        idle: Those of them that run nothing.
    """

    queue: str
    waiting: int
    oldest_wait_s: float
    running: int
    workers: int
    idle: int


def workers(now: dt.datetime | None = None) -> list[WorkerView]:
    """Return every worker that has been seen within a day, with what it runs; two queries, however many there are.

    Args:
        now: The database's time, when it is known already.
    """
    now = now or database_now()
    running: dict[str, list[Job]] = defaultdict(list)
    for job in Job.objects.filter(state=State.RUNNING).select_related("project").order_by("pk"):
        running[processes.worker_of(job.worker)].append(job)
    return [_view(worker, tuple(running[worker.name]), now) for worker in Worker.objects.all()]


def _view(worker: Worker, jobs: tuple[Job, ...], now: dt.datetime) -> WorkerView:
    ago = max(0.0, (now - worker.seen_at).total_seconds())
    if ago > times().worker_fresh or processes.is_gone(worker.name):
        presence = Presence.GONE
    else:
        presence = Presence.WORKING if jobs else Presence.IDLE
    return WorkerView(
        name=worker.name,
        label=worker.label,
        role=WorkerRole(worker.role),
        host=worker.host,
        pid=worker.pid,
        queues={str(queue): int(count) for queue, count in worker.queues.items()},
        device=worker.device,
        device_problem=worker.device_problem,
        versions=worker.versions,
        started_at=worker.started_at,
        seen_at=worker.seen_at,
        seen_ago_s=ago,
        presence=presence,
        jobs=jobs,
    )


def queues(among: list[WorkerView] | None = None, now: dt.datetime | None = None) -> list[QueueView]:
    """Return every queue with what waits in it and who takes it.

    Args:
        among: The workers, when they are known already.
        now: The database's time, when it is known already.
    """
    now = now or database_now()
    alive = [worker for worker in (workers(now) if among is None else among) if worker.alive]
    could_run = Q(state=State.QUEUED) & (Q(not_before=None) | Q(not_before__lte=clock.now()))
    counted: dict[str, tuple[int, dt.datetime | None, int]] = {
        queue: (waiting, oldest, running)
        for queue, waiting, oldest, running in Job.objects.filter(state__in=ACTIVE_STATES)
        .order_by()
        .values_list("queue")
        .annotate(
            waiting=Count("pk", filter=could_run),
            oldest=Min("created_at", filter=could_run),
            running=Count("pk", filter=Q(state=State.RUNNING)),
        )
    }
    found = []
    for queue in Queue.values:
        waiting, oldest, running = counted.get(queue, (0, None, 0))
        takers = [worker for worker in alive if queue in worker.queues]
        found.append(
            QueueView(
                queue=queue,
                waiting=waiting,
                oldest_wait_s=0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
                running=running,
                workers=len(takers),
                idle=sum(_is_free(worker, queue) for worker in takers),
            )
        )
    return found


def _is_free(worker: WorkerView, queue: str) -> bool:
    """Return whether a worker could begin a job of a queue now.

    An embedded worker has a lane for each queue; a Celery worker does one job at a time, whatever its queue.
    """
    mine = [job for job in worker.jobs if worker.role is WorkerRole.CELERY or job.queue == queue]
    return len(mine) < worker.queues[queue]


def reapers(among: list[WorkerView] | None = None) -> int:
    """Return how many reapers live; without one, nothing is taken back from dead workers and no clean-up is done."""
    return sum(
        worker.role is WorkerRole.REAPER and worker.alive
        for worker in (workers() if among is None else among)
    )


def differing_versions(among: list[WorkerView] | None = None) -> dict[str, list[str]]:
    """Return the libraries that living workers have in different versions: the same job may end differently there."""
    found: dict[str, set[str]] = defaultdict(set)
    for worker in workers() if among is None else among:
        if worker.alive and worker.queues:
            for library, version in worker.versions.items():
                found[library].add(version)
    return {library: sorted(versions) for library, versions in sorted(found.items()) if len(versions) > 1}
