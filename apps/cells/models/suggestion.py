from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from apps.cells.models.cell import Cell
from apps.registry.models import ModelVersion


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    """Reads of suggestions."""

    def in_force(self) -> Self:
        """Return those that cells show: by the model that speaks of them now, about their present boxes."""
        return self.filter(
            model_version_id=F("cell__classifier_version_id"), box_version=F("cell__box_version")
        ).order_by()


class Suggestion(models.Model):
    """What one version of a classifier said of a cell: all probabilities, the class on top, and whether it was sure.

    It speaks of the box that the cell had at ``box_version``; see `Cell`.
    """

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="suggestions")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="suggestions")
    probabilities = models.JSONField(help_text="Class name to probability; they sum to 1.")
    top_class = models.CharField(max_length=40)
    unidentified = models.BooleanField()
    box_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ("cell", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("cell", "model_version", "box_version"), name="cells_one_suggestion_per_version"
            ),
            models.CheckConstraint(condition=~Q(top_class=""), name="cells_suggestion_names_a_class"),
        )

    def __str__(self) -> str:
        return f"{self.top_class} by {self.model_version_id} for {self.cell_id}"
