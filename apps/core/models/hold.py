from typing import ClassVar
from uuid import uuid4

from django.db import models


class Hold(models.Model):
    """While one stands, no stored file is removed: a backup copies what its database names. It runs out by itself."""

    token = models.UUIDField(default=uuid4, unique=True, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"Hold until {self.expires_at:%Y-%m-%d %H:%M:%S}"
