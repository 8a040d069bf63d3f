from __future__ import annotations

from typing import ClassVar

from django.db import models


class WorkerNode(models.Model):
    """A process that works on jobs, and when it was last seen alive."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, unique=True)
    queues = models.JSONField(default=dict)  # queue -> how many jobs of it at once
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name
