"""What the database knows, as numbers."""

import datetime as dt
from pathlib import Path

from django.db import connection
from django.db.models import Count, Min, Q

from apps.cells.models import LabelEvent
from apps.jobs import clock
from apps.jobs.conf import times
from apps.jobs.models import ACTIVE_STATES, ENDED_STATES, Job, State, Worker
from apps.jobs.models.job import Queue

Counts = list[tuple[tuple[str, str], int]]


def open_jobs() -> Counts:
    """Return how many jobs wait or run, by kind and state."""
    return _counts(Q(state__in=ACTIVE_STATES))


def ended_jobs() -> Counts:
    """Return how many jobs have ended, by kind and state; reads the whole ledger."""
    return _counts(Q(state__in=ENDED_STATES))


def _counts(which: Q) -> Counts:
    rows = Job.objects.filter(which).order_by().values_list("kind", "state").annotate(n=Count("pk"))
    return [((kind, str(state)), n) for kind, state, n in rows]


def oldest_waiting(now: dt.datetime) -> dict[str, float]:
    """Return for each queue how many seconds its oldest job has waited that could run now; 0 when none waits."""
    waiting = Job.objects.filter(state=State.QUEUED).exclude(not_before__gt=clock.now())
    oldest = waiting.order_by().values_list("queue").annotate(oldest=Min("created_at"))
    ages = {queue: max(0.0, (now - since).total_seconds()) for queue, since in oldest}
    return {queue: ages.get(queue, 0.0) for queue in Queue.values}


def workers_alive() -> dict[str, int]:
    """Return how many workers take jobs of each queue and were seen just now."""
    fresh = Worker.objects.filter(seen_at__gt=clock.ahead(-times().worker_fresh))
    alive = dict.fromkeys(Queue.values, 0)
    for queues in fresh.values_list("queues", flat=True):
        for queue in queues:
            alive[queue] = alive.get(queue, 0) + 1
    return alive


def labels() -> int:
    """Return how many label events there are."""
    return LabelEvent.objects.count()


def database_bytes() -> int:
    """Return the size of the database; of SQLite with its journal."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    name = str(connection.settings_dict["NAME"])
    paths = [Path(name), Path(f"{name}-wal")]
    return sum(path.stat().st_size for path in paths if path.exists())
