"""The ledger: jobs, their attempts, the schedule, and the workers that were seen."""

from apps.jobs.models.attempt import Attempt, Outcome
from apps.jobs.models.job import ACTIVE_STATES, ENDED_STATES, Job, JobQuerySet, Queue, State
from apps.jobs.models.schedule import Appointment
from apps.jobs.models.worker import Worker, WorkerRole

__all__ = [
    "ACTIVE_STATES",
    "ENDED_STATES",
    "Appointment",
    "Attempt",
    "Job",
    "JobQuerySet",
    "Outcome",
    "Queue",
    "State",
    "Worker",
    "WorkerRole",
]
