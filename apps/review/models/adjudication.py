from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.review.models.second_item import SecondItem


class Adjudication(models.Model):
    """One decision about a cell that two people class differently, or its withdrawal ("" as class).

    Never changed, never deleted (a trigger refuses both): the newest of an item is in force. ``cell_version`` is the
    version that the label event of the decision left on the cell.
    """

    item = models.ForeignKey(SecondItem, on_delete=models.PROTECT, related_name="adjudications")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="adjudications")
    number = models.PositiveIntegerField()  # from 1, without a gap
    to_class = models.CharField(max_length=40, blank=True)
    cell_version = models.PositiveIntegerField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - unique where present
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["item", "number"], name="review_decisions_in_one_line"),
            models.UniqueConstraint(
                fields=["actor", "item", "idempotency_key"], name="review_decision_idempotency"
            ),
            models.CheckConstraint(
                condition=Q(idempotency_key__isnull=True) | ~Q(idempotency_key=""),
                name="review_decision_key_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(to_class="") | Q(cell_version__isnull=False),
                name="review_decision_is_a_label",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to_class or 'withdrawn'} for {self.item_id}"
