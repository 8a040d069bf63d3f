from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.accounts.models import User
from apps.studies.models.slot import Slot


class Viewing(models.Model):
    """That a slot's image was handed to its reader: when, which bytes, on what screen; append-only.

    ``screen`` becomes null when the reader is erased.
    """

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="viewings")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    served_at = models.DateTimeField(auto_now_add=True)
    image_digest = models.CharField(max_length=64)
    screen = models.JSONField(null=True, blank=True, default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"viewing of slot {self.slot_id}"
