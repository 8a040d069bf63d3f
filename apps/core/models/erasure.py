from typing import ClassVar

from django.db import models


class ErasureKind(models.TextChoices):
    """What can be erased for good."""

    PERSON = "person", "Person"
    SPECIMEN = "specimen", "Specimen"
    SLIDE = "slide", "Slide"


class Erasure(models.Model):
    """That something was erased for good, and nothing of what it was; a trigger refuses to change or delete one.

    This is also the only key to append-only tables: their triggers let go of rows that belong to what is named
    here, and of nothing else. ``row`` is the primary key, which is never given again; ``target`` the name in the
    audit, such as "slide:<public id>".
    """

    kind = models.CharField(max_length=10, choices=ErasureKind)
    row = models.BigIntegerField()
    target = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "row"], name="core_erasure_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=ErasureKind.values), name="core_erasure_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.target
