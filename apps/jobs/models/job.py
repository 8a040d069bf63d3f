from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Project
from apps.core.models import PublicModel


class State(models.TextChoices):
    """Where a job stands; the last three never change again."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ACTIVE_STATES = (State.QUEUED, State.RUNNING)
ENDED_STATES = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


class Queue(models.TextChoices):
    """Which workers take a job."""

    DEFAULT = "default", "Default"
    GPU_SHORT = "gpu-short", "Short, with a warm model"
    GPU_LONG = "gpu-long", "Long, in a process of its own"


class JobQuerySet(models.QuerySet["Job"]):
    """Reads of jobs."""

    def visible_to(self, user: Any) -> Self:
        """Return the jobs of the user's projects and the user's own jobs that belong to no project."""
        if isinstance(user, AnonymousUser) or not user.is_authenticated:
            return self.none()
        projects = Project.objects.visible_to(user)
        own = Q(project=None) if user.is_superuser else Q(project=None, requester=user)
        return self.filter(Q(project__in=projects) | own)

    def active(self) -> Self:
        """Return the jobs that have not ended."""
        return self.filter(state__in=ACTIVE_STATES)


class Job(PublicModel):
    """One piece of work. This row is the truth about it; a broker only wakes workers."""

    kind = models.CharField(max_length=80)
    queue = models.CharField(max_length=20, choices=Queue)
    params = models.JSONField(default=dict)
    title = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=100, blank=True, db_index=True)
    project = models.ForeignKey(
        "accounts.Project", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )

    # Of the web request that asked, for the logs. Nullable, because SQLite adds no other column without making the
    # table anew, and the table's triggers would be lost.
    request_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=0)  # claims so far; never goes down
    failures = models.PositiveIntegerField(default=0)  # claims that ended badly since the newest checkpoint
    max_attempts = models.PositiveIntegerField()  # how many failures end the job

    lease_token = models.UUIDField(null=True, blank=True, unique=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=200, blank=True)  # who holds, or last held, the lease

    progress_done = models.PositiveIntegerField(null=True, blank=True)
    progress_total = models.PositiveIntegerField(null=True, blank=True)
    progress_stage = models.CharField(max_length=80, blank=True)
    progress_message = models.CharField(max_length=300, blank=True)
    progress_metrics = models.JSONField(default=dict)
    progress_at = models.DateTimeField(null=True, blank=True)
    stage_started_at = models.DateTimeField(null=True, blank=True)
    stage_started_done = models.PositiveIntegerField(default=0)  # what was done already when the stage began

    cancel_requested = models.BooleanField(default=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    checkpoint = models.CharField(max_length=300, blank=True)  # storage key of the newest checkpoint
    checkpoint_at = models.DateTimeField(null=True, blank=True)

    error = models.CharField(max_length=500, blank=True)  # one sentence for the person
    sent = models.PositiveIntegerField(default=0)  # messages sent for the present attempt number
    sent_at = models.DateTimeField(null=True, blank=True)  # when the newest of them went out
    resend_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)  # of the newest attempt
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = [
            models.Index(fields=["queue", "id"], name="jobs_job_waiting", condition=Q(state="queued")),
            models.Index(fields=["lease_expires_at"], name="jobs_job_leased", condition=Q(state="running")),
            models.Index(fields=["project", "-id"], name="jobs_job_of_project"),
            models.Index(fields=["state", "-id"], name="jobs_job_of_state"),
        ]
        constraints = [
            models.CheckConstraint(name="jobs_job_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="jobs_job_queue", condition=Q(queue__in=Queue.values)),
            models.CheckConstraint(
                name="jobs_job_lease_while_running",
                condition=Q(state="running", lease_token__isnull=False, lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True, lease_expires_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="jobs_job_finished_when_ended",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["succeeded", "failed", "cancelled"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                # What nobody runs is cancelled at once, so a claim need not look at the flag.
                name="jobs_job_cancel_of_queued_is_done",
                condition=~Q(state="queued", cancel_requested=True),
            ),
            models.CheckConstraint(
                name="jobs_job_succeeded_uncancelled",
                condition=~Q(state="succeeded", cancel_requested=True),
            ),
            models.CheckConstraint(name="jobs_job_max_attempts", condition=Q(max_attempts__gte=1)),
            models.CheckConstraint(name="jobs_job_failures", condition=Q(failures__lte=F("attempt"))),
        ]

    def __str__(self) -> str:
        return self.title or self.kind

    @property
    def ended(self) -> bool:
        """Return whether the job's state can still change."""
        return self.state in ENDED_STATES
