"""The site's figures in the text format of Prometheus: requests of this server, and what the database knows."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from apps.core import disk
from apps.jobs import selectors as jobs
from apps.operations import figures
from apps.operations.measuring import requests
from apps.operations.readiness import FINE, readiness

logger = logging.getLogger(__name__)

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
# Counting all that ever was takes a while; every process must tell the same number, or a counter seems to go back.
SLOW_FOR_S: Final = 60


def exposition() -> bytes:
    """Return every figure; where the database does not answer, those that need none."""
    registry = CollectorRegistry()
    registry.register(requests().collector())
    registry.register(SiteCollector())
    return generate_latest(registry)


class SiteCollector:
    """Figures of the whole site, read when asked."""

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of each part; a part that fails is left out and logged."""
        yield _gauge(
            "wbcweb_info", "The software that answers.", ["version"], [((settings.WBCWEB_VERSION,), 1)]
        )
        parts = readiness().parts.items()
        yield _gauge(
            "wbcweb_ready",
            "Whether a part does its work.",
            ["part"],
            [((part,), int(word in FINE)) for part, word in parts],
        )
        for family in (_disks, _jobs, _queues, _labels, _database):
            try:
                yield from family()
            except Error:
                logger.warning("Figures are missing: %s", family.__name__.strip("_"), exc_info=True)
                connection.close()


def _disks() -> Iterator[Metric]:
    rooms = disk.rooms()
    samples = [((str(place),), room.free) for place, room in enumerate(rooms)]
    yield _gauge("wbcweb_disk_free_bytes", "Free space on the disks of the site.", ["disk"], samples)
    samples = [((str(place),), room.total) for place, room in enumerate(rooms)]
    yield _gauge("wbcweb_disk_size_bytes", "Size of the disks of the site.", ["disk"], samples)


def _jobs() -> Iterator[Metric]:
    counts = dict(figures.open_jobs()) | dict(_slow("jobs", figures.ended_jobs))
    yield _gauge("wbcweb_jobs", "Jobs in the ledger.", ["kind", "state"], sorted(counts.items()))


def _queues() -> Iterator[Metric]:
    workers = jobs.workers()
    queues = jobs.queues(workers)
    for name, text, values in (
        ("jobs_waiting", "Jobs that could run now.", [queue.waiting for queue in queues]),
        ("jobs_running", "Jobs that run.", [queue.running for queue in queues]),
        (
            "jobs_oldest_waiting_seconds",
            "How long the oldest job that could run now has waited for a worker.",
            [queue.oldest_wait_s for queue in queues],
        ),
        ("workers", "Workers of the queue that were seen just now.", [queue.workers for queue in queues]),
        ("workers_idle", "Those of them that run nothing.", [queue.idle for queue in queues]),
    ):
        samples = [((queue.queue,), value) for queue, value in zip(queues, values, strict=True)]
        yield _gauge(f"wbcweb_{name}", text, ["queue"], samples)
    yield _gauge("wbcweb_reapers", "Reapers that were seen just now.", [], [((), jobs.reapers(workers))])


def _labels() -> Iterator[Metric]:
    labels = CounterMetricFamily("wbcweb_labels", "Label events ever recorded.")
    labels.add_metric([], _slow("labels", figures.labels))
    yield labels


def _database() -> Iterator[Metric]:
    yield _gauge("wbcweb_database_bytes", "Size of the database.", [], [((), figures.database_bytes())])


def _gauge(
    name: str, text: str, names: list[str], samples: Sequence[tuple[tuple[str, ...], float]]
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=names)
    for labels, value in samples:
        family.add_metric(list(labels), value)
    return family


def _slow(name: str, read: Callable[[], Any]) -> Any:
    """Return a figure that is costly to read, at most a minute old and the same in every process."""
    key = f"operations.figures.{name}"
    try:
        kept = cache.get(key)
    except Exception:
        logger.warning("The cache does not answer", exc_info=True)
        return read()
    if kept is None:
        kept = read()
        cache.set(key, kept, SLOW_FOR_S)
    return kept
