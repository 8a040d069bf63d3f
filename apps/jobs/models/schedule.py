from __future__ import annotations

from typing import ClassVar

from django.db import models


class Appointment(models.Model):
    """When a registered periodic clean-up is due next; a conditional update of ``due_at`` decides who runs it."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, unique=True)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)  # traceback of the last run, empty when it went well

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name
