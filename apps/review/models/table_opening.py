from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.accounts.models import User
from apps.review.models.second_reading import SecondReading


class TableOpening(models.Model):
    """Who looked at the table of a reading that says who said what; such a person decides nothing about it any more.

    Never changed, never deleted (a trigger refuses both).
    """

    reading = models.ForeignKey(SecondReading, on_delete=models.PROTECT, related_name="openings")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reading", "actor"], name="review_opened_once_each"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} opened {self.reading_id}"
