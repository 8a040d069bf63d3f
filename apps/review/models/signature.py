from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.review.models.report import Report


class Signature(models.Model):
    """That a person signed a report, after proving anew who it is; never changed, never deleted.

    ``digest`` is that of what the person had before the eyes. ``idempotency_key`` comes from the drawn form, so that
    a second click finds the signature of the first.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    position = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    idempotency_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - unique where present
    signed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["report", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["report", "position"], name="review_signature_position_once"),
            models.UniqueConstraint(fields=["report", "signer"], name="review_signature_signer_once"),
            models.UniqueConstraint(
                fields=["signer", "idempotency_key"], name="review_signature_idempotency"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=2), name="review_signature_one_or_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signer_id} signed {self.report_id}"
