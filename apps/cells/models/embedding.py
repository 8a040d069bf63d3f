from __future__ import annotations

from django.db import models

from apps.cells.models.cell import Cell
from apps.registry.models import ModelVersion


class Embedding(models.Model):
    """The penultimate features of one version of a classifier for a box of a cell, as little-endian float16.

    Made with the suggestion; like that it speaks of the box that the cell had at ``box_version``.
    """

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="embeddings")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    box_version = models.PositiveIntegerField(default=1)
    vector = models.BinaryField()

    class Meta:
        ordering = ("cell", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("cell", "model_version", "box_version"), name="cells_one_embedding_per_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.cell_id} by {self.model_version_id}"
