from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Project
from apps.review.models.laboratory import Laboratory

CELLS_NEEDED = 100


class SigningRules(models.Model):
    """What a project asks for before a differential is signed; a project without a row has the defaults.

    ``cells_needed`` counts leukocytes. ``two_signers``: a second person signs the same frozen count.
    ``fields_complete``: every field must be marked as boxed completely.
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

    class Meta:
        verbose_name_plural = "signing rules"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(cells_needed__gte=1, cells_needed__lte=100_000), name="review_rules_cells_needed"
            ),
        ]

    def __str__(self) -> str:
        return f"Signing in {self.project_id}"
