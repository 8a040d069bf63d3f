from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.review.models.second_item import SecondItem


class SecondLabelKind(models.TextChoices):
    """What a second reader did."""

    LABEL = "label", "Labelled"
    UNDO = "undo", "Undid the last act"


class SecondLabel(models.Model):
    """One act of a second reader on one cell; never changed, never deleted (a trigger refuses both).

    The person is the reader of the item's reading. ``to_class`` is "" for no label. The acts on an item are numbered
    without a gap by ``version_after`` (2, 3, ...).
    """

    item = models.ForeignKey(SecondItem, on_delete=models.PROTECT, related_name="labels")
    kind = models.CharField(max_length=8, choices=SecondLabelKind.choices)
    from_class = models.CharField(max_length=40, blank=True)
    to_class = models.CharField(max_length=40, blank=True)
    version_after = models.PositiveIntegerField()
    reverts = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reverted_by"
    )
    idempotency_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - unique where present
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["item", "version_after"], name="review_second_labels_in_one_line"
            ),
            models.UniqueConstraint(
                fields=["item", "idempotency_key"], name="review_second_label_idempotency"
            ),
            models.CheckConstraint(
                condition=Q(kind="undo", reverts__isnull=False) | Q(kind="label", reverts__isnull=True),
                name="review_second_undo_names_its_act",
            ),
            models.CheckConstraint(condition=Q(version_after__gte=2), name="review_second_label_version"),
            models.CheckConstraint(
                condition=Q(idempotency_key__isnull=True) | ~Q(idempotency_key=""),
                name="review_second_label_key_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.from_class or 'none'} to {self.to_class or 'none'}"
