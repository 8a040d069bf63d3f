from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.accounts.models import User
from apps.slides.models.field import Field


class FieldMark(models.Model):
    """That a person said "all cells on this field are boxed", or took it back.

    Never changed, never deleted (a trigger refuses both) but with the slide. The newest of a field is in force;
    ``Field.complete`` is a copy of it for filters.
    """

    field = models.ForeignKey(Field, on_delete=models.PROTECT, related_name="marks", db_index=False)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="field_marks")
    complete = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["field", "id"], name="slides_mark_of_field"),
        ]

    def __str__(self) -> str:
        return f"field {self.field_id} {'complete' if self.complete else 'not complete'}"
