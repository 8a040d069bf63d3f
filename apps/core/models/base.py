from typing import ClassVar
from uuid import uuid4

from django.db import models


class PublicModel(models.Model):
    """A row with a public name: addresses and the API show ``public_id``, never the number of the row."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["id"]
