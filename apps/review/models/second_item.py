from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.core.models import PublicModel
from apps.review.models.second_reading import SecondReading


class SecondItem(PublicModel):
    """One cell of a second reading, in a place that was drawn once; ``public_id`` is all that the reader learns of it.

    ``current_class`` is what the reader says now ("" for nothing) and ``version`` 1 plus the number of the reader's
    acts. The ``first_`` columns are what another person's label was when the two were laid side by side; they are
    filled once, after the reading is done. ``decided_class`` is what was decided where the two differ, ``decisions``
    how many decisions and withdrawals there were.
    """

    reading = models.ForeignKey(SecondReading, on_delete=models.PROTECT, related_name="items")
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="second_items")
    position = models.PositiveIntegerField()  # from 1
    current_class = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)
    first_class = models.CharField(max_length=40, blank=True)
    first_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    first_version = models.PositiveIntegerField(null=True, blank=True)
    decided_class = models.CharField(max_length=40, blank=True)
    decisions = models.PositiveIntegerField(default=0)

    class Meta(PublicModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reading", "cell"], name="review_item_cell_once"),
            models.UniqueConstraint(fields=["reading", "position"], name="review_item_place_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="review_item_version_from_one"),
            models.CheckConstraint(
                condition=Q(first_class="", first_by__isnull=True, first_version__isnull=True)
                | (~Q(first_class="") & Q(first_by__isnull=False, first_version__isnull=False)),
                name="review_item_pair_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_class="")
                | (~Q(first_class="") & ~Q(current_class="") & ~Q(first_class=F("current_class"))),
                name="review_only_disagreements_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} of {self.reading_id}"
