from typing import ClassVar

from django.db import models


class DoomedObject(models.Model):
    """A stored file that is to be removed: entered with the rows that named it, gone when the file is.

    So a process that ends between the two leaves nothing behind for ever. See ``apps.core.disposal``.
    """

    key = models.CharField(max_length=300, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.key
