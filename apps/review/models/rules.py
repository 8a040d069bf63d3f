from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Project
from apps.review.models.laboratory import Laboratory

CELLS_NEEDED = 100


class BorderRule(models.TextChoices):
    """Which of the cells that the border of their field cuts a laboratory counts.

    ``TWO_SIDES`` is the unbiased frame of H. J. G. Gundersen (J Microsc 1977;111:219): cells at the left and upper
    border count, those at the right and lower one do not, so that no cell of adjoining fields is counted twice.
    """

    ALL = "all", "Count every cell"
    TWO_SIDES = "two-sides", "Count those cut at the left and upper border"
    NONE = "none", "Leave out every cell that is cut"


class SigningRules(models.Model):
    """What a project asks for before a differential is signed; a project without a row has the defaults.

    ``cells_needed`` counts leukocytes. ``two_signers``: a second person signs the same frozen count.
    ``fields_complete``: every field must be marked as boxed completely. ``border``: which cut cells the differential
    counts; gallery and slide page show and count them all.
    """

    project = models.OneToOneField(
        Project, primary_key=True, on_delete=models.CASCADE, related_name="signing_rules"
    )
    laboratory = models.ForeignKey(
        Laboratory, null=True, blank=True, on_delete=models.PROTECT, related_name="rules"
    )
    cells_needed = models.PositiveIntegerField(default=CELLS_NEEDED)
    two_signers = models.BooleanField(default=False)
    fields_complete = models.BooleanField(default=False)
    border = models.CharField(max_length=10, choices=BorderRule.choices, default=BorderRule.ALL)

    class Meta:
        verbose_name_plural = "signing rules"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(cells_needed__gte=1, cells_needed__lte=100_000), name="review_rules_cells_needed"
            ),
            models.CheckConstraint(
                condition=Q(border__in=BorderRule.values), name="review_rules_border_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Signing in {self.project_id}"
