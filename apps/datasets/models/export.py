from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.datasets.models.source import Format
from apps.jobs.models import Job


class Labels(models.TextChoices):
    """Whose word on a cell's class is taken out."""

    HUMAN = "human", "Only cells that a person has classed"
    WITH_SUGGESTIONS = "with-suggestions", "All cells, with the model's class where no person gave one"


class ExportState(models.TextChoices):
    """Where an export stands."""

    WRITING = "writing", "Being written"
    READY = "ready", "Ready"
    EXPIRED = "expired", "Removed"


class ExportQuerySet(models.QuerySet["Export"]):
    """Reads of exports."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the exports that a person asked for, in projects that the person still belongs to.

        Others' are not shown: what may be seen of a slide can differ from person to person.
        """
        if not user.is_authenticated:
            return self.none()
        return self.filter(project__in=Project.objects.visible_to(user), requester=user)


class Export(PublicModel):
    """What somebody takes out of a project: the choice, and the archive until it is removed.

    ``slides`` lists public ids, all slides when empty; ``counts`` is the receipt; ``file_key`` names the archive.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="exports")
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=20, choices=Format)
    slides = models.JSONField(default=list)
    only_complete = models.BooleanField(default=False)
    labels = models.CharField(max_length=20, choices=Labels, default=Labels.HUMAN)
    names = models.BooleanField(default=False)  # titles, which are file names at first
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.WRITING)
    counts = models.JSONField(default=dict)
    file_key = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    sha256 = models.CharField(max_length=64, blank=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "-id"], name="datasets_export_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(format__in=Format.values), name="datasets_export_format_known"
            ),
            models.CheckConstraint(
                condition=Q(labels__in=Labels.values), name="datasets_export_labels_known"
            ),
            models.CheckConstraint(
                condition=Q(state="ready", expires_at__isnull=False) & ~Q(file_key="")
                | Q(state__in=["writing", "expired"], file_key=""),
                name="datasets_export_ready_has_file",
            ),
        ]

    def __str__(self) -> str:
        return f"Export of {self.created_at:%Y-%m-%d %H:%M}"
