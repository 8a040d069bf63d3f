"""Which workers are alive."""

import datetime as dt

from apps.jobs import clock
from apps.jobs.conf import times
from apps.jobs.models import WorkerNode

_FORGET_AFTER_S = 24 * 3600


def seen(name: str, queues: dict[str, int]) -> None:
    """Record that a worker is alive and how many jobs of which queue it takes at once."""
    if not WorkerNode.objects.filter(name=name).update(seen_at=clock.now(), queues=queues):
        WorkerNode.objects.bulk_create(
            [WorkerNode(name=name, queues=queues, started_at=clock.now(), seen_at=clock.now())],
            ignore_conflicts=True,
        )


def gone(name: str) -> None:
    """Record that a worker ended in order."""
    WorkerNode.objects.filter(name=name).delete()


def alive() -> list[WorkerNode]:
    """Return the workers that were seen a short while ago."""
    return list(WorkerNode.objects.filter(seen_at__gt=clock.ahead(-times().worker_fresh)))


def last_seen() -> dt.datetime | None:
    """Return when any worker was seen last, or None when there never was one."""
    return WorkerNode.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()


def forget_old() -> None:
    """Drop workers that have not been seen for a day."""
    WorkerNode.objects.filter(seen_at__lt=clock.ahead(-_FORGET_AFTER_S)).delete()
