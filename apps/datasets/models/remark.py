from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.datasets.models.picture import ImportedPicture
from apps.datasets.models.source import Import


class ImportRemark(models.Model):
    """A line of an import's receipt: what was odd, where, and how many boxes it kept out.

    ``picture`` is empty for what the reading of the archive said.
    """

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="remarks")
    picture = models.ForeignKey(
        ImportedPicture, null=True, blank=True, on_delete=models.CASCADE, related_name="remarks"
    )
    path = models.CharField(max_length=400, blank=True)
    place = models.CharField(max_length=500, blank=True)
    odd = models.CharField(max_length=40)
    message = models.CharField(max_length=500)
    boxes = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["source", "id"], name="datasets_remark_of_import"),
        ]

    def __str__(self) -> str:
        return f"{self.odd}: {self.message}"
