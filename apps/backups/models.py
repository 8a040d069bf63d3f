from typing import ClassVar

from django.db import models


class BackupRun(models.Model):
    """That a backup was made: when, how large, and whether files that the database names were missing already."""

    name = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(auto_now_add=True)
    bytes = models.PositiveBigIntegerField()
    objects_stored = models.PositiveBigIntegerField()
    objects_missing = models.PositiveBigIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return self.name
