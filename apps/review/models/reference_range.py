from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import User
from apps.core.models import PublicModel
from apps.review.models.laboratory import Laboratory
from apps.slides.models import Sex

OLDEST = 150.0
"""The end of an age band that has none, in years."""


class Unit(models.TextChoices):
    """What the limits of a range are in."""

    PERCENT = "percent", "per cent of leukocytes"
    ABSOLUTE = "10^9/L", "10\N{SUPERSCRIPT NINE}/L"
    PER_100 = "per-100", "per 100 leukocytes"


class ReferenceRange(PublicModel):
    """What a laboratory calls usual for one class, in one unit, for an age band and a sex; with its source.

    Ages in years, from ``age_low`` up to, not including, ``age_high``. ``cell_class`` is a name of the class list;
    ``sex`` empty means both. A row is never changed: what replaces it is a new row, and the old one is ended
    (triggers refuse all else). Which ranges a report was judged by is frozen in the report itself.
    """

    laboratory = models.ForeignKey(Laboratory, on_delete=models.PROTECT, related_name="ranges")
    cell_class = models.CharField(max_length=40)
    unit = models.CharField(max_length=10, choices=Unit.choices)
    sex = models.CharField(max_length=10, choices=Sex.choices, blank=True, default="")
    age_low = models.FloatField(default=0.0)
    age_high = models.FloatField(default=OLDEST)
    low = models.FloatField()
    high = models.FloatField()
    source = models.CharField(max_length=300)
    valid_from = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = [
            "laboratory",
            "cell_class",
            "unit",
            "sex",
            "age_low",
            "valid_from",
            "id",
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["laboratory", "cell_class", "unit", "sex", "age_low", "age_high", "valid_from"],
                condition=Q(ended_at__isnull=True),
                name="review_range_once",
            ),
            models.CheckConstraint(condition=Q(low__gte=0, high__gt=F("low")), name="review_range_limits"),
            models.CheckConstraint(
                condition=Q(age_low__gte=0, age_high__gt=F("age_low"), age_high__lte=OLDEST),
                name="review_range_ages",
            ),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="review_range_unit_known"),
            models.CheckConstraint(condition=Q(sex__in=Sex.values), name="review_range_sex_known"),
            models.CheckConstraint(
                condition=~Q(unit="percent") | Q(high__lte=100), name="review_range_percent"
            ),
            models.CheckConstraint(
                condition=~Q(cell_class="") & ~Q(source=""), name="review_range_has_class_and_source"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="review_range_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cell_class} {self.low:g}-{self.high:g} {self.get_unit_display()}"
