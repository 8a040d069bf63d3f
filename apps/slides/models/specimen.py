from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Project
from apps.core.models import PublicModel


class Sex(models.TextChoices):
    """Sex of the donor as far as the laboratory gave it."""

    UNKNOWN = "", "Not given"
    FEMALE = "female", "Female"
    MALE = "male", "Male"


class Specimen(PublicModel):
    """One blood sample under a pseudonym; who it is from, only the laboratory knows."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="specimens")
    pseudonym = models.CharField(max_length=40)
    age_band = models.CharField(max_length=20, blank=True, help_text="Such as 40-49; never a date of birth.")
    sex = models.CharField(max_length=10, choices=Sex, blank=True, default=Sex.UNKNOWN)
    species = models.CharField(max_length=60, blank=True)
    stain = models.CharField(max_length=60, blank=True)
    anticoagulant = models.CharField(max_length=60, blank=True)
    collected_at = models.DateTimeField(null=True, blank=True)

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = ["project", "pseudonym"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "pseudonym"], name="slides_specimen_pseudonym_once"),
            models.CheckConstraint(condition=~Q(pseudonym=""), name="slides_specimen_has_pseudonym"),
        ]

    def __str__(self) -> str:
        return self.pseudonym
