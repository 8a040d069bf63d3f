"""Which workers are alive."""

from apps.jobs import clock
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


def forget_old() -> None:
    """Drop workers that have not been seen for a day."""
    WorkerNode.objects.filter(seen_at__lt=clock.ahead(-_FORGET_AFTER_S)).delete()
