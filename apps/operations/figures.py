"""What the database knows, as numbers."""

from pathlib import Path

from django.db import connection
from django.db.models import Count, Q

from apps.cells.models import LabelEvent
from apps.jobs.models import ACTIVE_STATES, ENDED_STATES, Job

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
