from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class WorkerRole(models.TextChoices):
    """What a process does for jobs."""

    EMBEDDED = "embedded", "Worker"
    CELERY = "celery", "Celery worker"
    REAPER = "reaper", "Reaper"


class Worker(models.Model):
    """What works on jobs or watches over them: where it is, what it has, and when it was last seen.

    An embedded worker has two lines, one for its lanes and one for its reaper, so that each is known to live.

    Which jobs it runs is not written here: the rows of the jobs name their worker, and they are the truth.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, unique=True)  # of the process, see ``processes.own_name``
    role = models.CharField(max_length=10, choices=WorkerRole)
    label = models.CharField(max_length=200, blank=True)  # what the administrator called it
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    queues = models.JSONField(default=dict)  # queue -> how many jobs of it at once; a reaper takes none
    device = models.CharField(max_length=200, blank=True)  # empty until it is known
    device_problem = models.CharField(max_length=300, blank=True)  # why the configured device cannot be used
    versions = models.JSONField(default=dict)  # library -> version
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["host", "name"]
        constraints = [
            models.CheckConstraint(name="jobs_worker_role", condition=Q(role__in=WorkerRole.values)),
        ]

    def __str__(self) -> str:
        return self.label or self.name
