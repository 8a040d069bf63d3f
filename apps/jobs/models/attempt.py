from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Outcome(models.TextChoices):
    """How one attempt ended."""

    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    CRASHED = "crashed", "Its process ended"
    LOST = "lost", "Its lease ran out"
    RELEASED = "released", "Given back in order"
    CANCELLED = "cancelled", "Cancelled"


class Attempt(models.Model):
    """One claim of a job: who ran it, how it ended, and what the machine has to say about that."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=200)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    log = models.TextField(blank=True)  # for site administrators only
    # Rows made by an intermediate effect may point at this attempt's files, so they outlive a bad end.
    keeps_files = models.BooleanField(default=False)
    swept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        indexes = [
            models.Index(
                fields=["ended_at"],
                name="jobs_attempt_unswept",
                condition=Q(swept_at__isnull=True) & ~Q(outcome="succeeded"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="jobs_attempt_once"),
            models.UniqueConstraint(
                fields=["job"], name="jobs_attempt_one_success", condition=Q(outcome="succeeded")
            ),
            models.CheckConstraint(name="jobs_attempt_outcome", condition=Q(outcome__in=Outcome.values)),
            models.CheckConstraint(
                name="jobs_attempt_ended",
                condition=Q(outcome="running", ended_at__isnull=True)
                | (~Q(outcome="running") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of job {self.job_id}"
