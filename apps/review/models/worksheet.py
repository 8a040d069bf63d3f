from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.slides.models import Slide

LARGEST_WBC = 2000.0
"""Above any count that blood can have, in 10^9/L: what is larger was typed in another unit."""


class Quality(models.TextChoices):
    """Whether a smear serves for a differential, as the one who signs it says."""

    GOOD = "good", "Good"
    LIMITED = "limited", "Usable, with a remark"
    UNUSABLE = "unusable", "Not usable"


class Worksheet(models.Model):
    """What people enter about a slide before it is signed: the leukocyte count, and whether the smear serves.

    ``wbc`` in 10^9/L, from an analyser or a chamber; ``wbc_with_nrbc`` that it counted nucleated red cells along.
    ``all_counted`` that the slide holds no more leukocytes, so that fewer than the rule asks for will do.
    """

    slide = models.OneToOneField(Slide, primary_key=True, on_delete=models.PROTECT, related_name="worksheet")
    wbc = models.FloatField(null=True, blank=True)
    wbc_with_nrbc = models.BooleanField(default=False)
    quality = models.CharField(max_length=10, choices=Quality.choices, blank=True, default="")
    remark = models.CharField(max_length=500, blank=True, default="")
    all_counted = models.BooleanField(default=False)
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(wbc__isnull=True) | Q(wbc__gt=0, wbc__lte=LARGEST_WBC),
                name="review_worksheet_wbc",
            ),
            models.CheckConstraint(
                condition=Q(quality__in=["", *Quality.values]), name="review_worksheet_quality_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Worksheet of {self.slide_id}"
