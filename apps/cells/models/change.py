from __future__ import annotations

from django.db import models
from django.utils import timezone

from apps.cells.models.cell import Cell
from apps.slides.models import Field, Slide


class Change(models.Model):
    """That something changed on a slide, for the pages that show it: an act, an analysed field, or a single cell.

    One row for each act and slide, however many cells it was about. What the change was stands elsewhere.
    """

    slide = models.ForeignKey(Slide, on_delete=models.PROTECT, related_name="+", db_index=False)
    act = models.UUIDField(null=True, blank=True)
    field = models.ForeignKey(
        Field, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cell = models.ForeignKey(
        Cell, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("slide", "id"), name="cells_change_of_slide"),)

    def __str__(self) -> str:
        return f"change {self.pk} of slide {self.slide_id}"
