from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.studies.models.slot import Slot


class Reading(models.Model):
    """What a reader said of the image in a slot; append-only, and written by nobody but the slot's reader.

    ``answer`` is a class of the protocol, `OTHER` or `CANNOT_TELL`, and "" where only realism was asked;
    ``realism`` goes from 1 (surely real) to 6 (surely synthetic). The first is revision 0; later ones exist only
    where the protocol allows going back. ``times`` are what the page measured, in milliseconds.
    """

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="readings")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=40, blank=True)
    realism = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    submitted_at = models.DateTimeField(auto_now_add=True)
    times = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["slot", "revision"], name="studies_reading_revision_once"),
            models.UniqueConstraint(fields=["author", "idempotency_key"], name="studies_reading_idempotency"),
            models.CheckConstraint(
                condition=Q(realism__isnull=True) | Q(realism__gte=1, realism__lte=6),
                name="studies_realism_in_range",
            ),
            models.CheckConstraint(
                condition=~Q(answer="") | Q(realism__isnull=False), name="studies_reading_says_something"
            ),
            models.CheckConstraint(condition=~Q(idempotency_key=""), name="studies_reading_has_key"),
        ]

    def __str__(self) -> str:
        return f"reading {self.revision} of slot {self.slot_id}"
