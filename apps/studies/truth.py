"""The key of a study: which cell a case shows, where it comes from, what it is meant to be.

The only door to it. `draw`, `normalise`, `visibility`, `audit` and `results` may import this module, and nothing else
may (a contract of import-linter); a case has no way to its key.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.cells.models import Cell
from apps.studies.models.case import StudyCase
from apps.studies.models.study import Study


class Arm(models.TextChoices):
    """Which of the two kinds of cells."""

    REAL = "real", "Real"
    SYNTHETIC = "synthetic", "Synthetic"


class CaseKey(models.Model):
    """What is hidden of a case until its study is unblinded.

    ``study`` and ``replicate`` are copies of the case's (a trigger refuses others), so that a crop is shown once
    for each replicate. ``crop`` is null once its slide was removed for good. ``first`` is the first showing of a
    repeat. ``arm`` is the name of the protocol's arm, ``stratum`` arm and class together. ``intended_class`` is
    the label under which the cell was drawn; for a synthetic image a label of the condition, not truth.
    """

    case = models.OneToOneField(StudyCase, on_delete=models.CASCADE, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="+")
    replicate = models.PositiveSmallIntegerField(default=0)
    crop = models.ForeignKey(Cell, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    first = models.ForeignKey(StudyCase, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    arm = models.CharField(max_length=60)
    stratum = models.CharField(max_length=120)
    origin = models.CharField(max_length=10, choices=Arm)
    generator_version = models.CharField(max_length=120, blank=True)
    intended_class = models.CharField(max_length=40)

    class Meta:
        app_label = "studies"
        ordering: ClassVar[list[str]] = ["case__code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["study", "crop", "replicate"], name="studies_crop_once_for_each_replicate"
            ),
            models.CheckConstraint(condition=Q(origin__in=Arm.values), name="studies_key_origin_known"),
            models.CheckConstraint(condition=~Q(intended_class=""), name="studies_key_has_class"),
            models.CheckConstraint(
                condition=Q(replicate=0, first__isnull=True) | Q(replicate__gte=1, first__isnull=False),
                name="studies_repeat_has_a_first",
            ),
        ]

    def __str__(self) -> str:
        return f"key of case {self.case_id}"
