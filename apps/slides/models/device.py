from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Project
from apps.core.models import PublicModel


class DeviceProfile(PublicModel):
    """A camera or scanner of a project, remembered so that its scale need not be typed again."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="devices")
    name = models.CharField(max_length=120)
    objective = models.CharField(max_length=40, blank=True, help_text="Such as 100x oil.")
    um_per_px = models.FloatField(null=True, blank=True, help_text="Micrometres per pixel of its pictures.")

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = ["project", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "name"], name="slides_device_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="slides_device_has_name"),
            models.CheckConstraint(
                condition=Q(um_per_px=None) | Q(um_per_px__gt=0), name="slides_device_scale"
            ),
        ]

    def __str__(self) -> str:
        return self.name
