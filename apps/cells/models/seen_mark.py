from __future__ import annotations

from django.db import models

from apps.accounts.models import User
from apps.cells.models.cell import Cell


class SeenMark(models.Model):
    """When a person first had a cell on screen; never changed, never deleted (a trigger refuses both)."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="seen_marks")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="seen_marks")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("cell", "created_at")
        constraints = (models.UniqueConstraint(fields=("cell", "actor"), name="cells_seen_once_each"),)

    def __str__(self) -> str:
        return f"{self.actor_id} saw {self.cell_id}"
