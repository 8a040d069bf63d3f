from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.cells.models.cell import Cell
from apps.core.models import PublicModel


class Comment(PublicModel):
    """What a person wrote about a cell; never changed, never deleted (a trigger refuses both)."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cell_comments")
    text = models.TextField(max_length=2000)
    idempotency_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - unique where present

    class Meta(PublicModel.Meta):
        constraints = (
            models.UniqueConstraint(fields=("author", "idempotency_key"), name="cells_comment_idempotency"),
            models.CheckConstraint(condition=~Q(text=""), name="cells_comment_says_something"),
        )

    def __str__(self) -> str:
        return f"{self.author_id} about {self.cell_id}"
