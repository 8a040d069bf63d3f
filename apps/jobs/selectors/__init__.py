"""Reads of jobs, and of the workers that run them."""

from apps.jobs.selectors.jobs import (
    ahead_of,
    attempts_of,
    database_now,
    job_for,
    jobs_for,
    somebody_waits,
)
from apps.jobs.selectors.workers import (
    Presence,
    QueueView,
    WorkerView,
    differing_versions,
    queues,
    reapers,
    workers,
)

__all__ = [
    "Presence",
    "QueueView",
    "WorkerView",
    "ahead_of",
    "attempts_of",
    "database_now",
    "differing_versions",
    "job_for",
    "jobs_for",
    "queues",
    "reapers",
    "somebody_waits",
    "workers",
]
