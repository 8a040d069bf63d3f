from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Project
from apps.cells.models import Cell
from apps.core.storage import new_key
from apps.datasets.models.source import Import
from apps.slides.models import Field


class PictureState(models.TextChoices):
    """What became of one picture of an archive."""

    WAITING = "waiting", "Waiting"
    STORED = "stored", "Stored"
    DUPLICATE = "duplicate", "In the project already"
    MERGED = "merged", "In the project already, its annotations merged"
    LEFT_OUT = "left-out", "Left out by the mapping"
    FAILED = "failed", "Not stored"


def new_image_key() -> str:
    """Return a key for a field's pixels."""
    return new_key("fields", ".png")


def new_thumbnail_key() -> str:
    """Return a key for a field's small picture."""
    return new_key("thumbnails", ".jpg")


class ImportedPicture(models.Model):
    """One picture of an archive: what its boxes are until it is stored, and what became of it.

    The keys of its field are drawn when the archive is read: whatever attempt of the job stores it writes to the same
    place. ``path`` is its name in the archive, forgotten some days after the import; ``label`` the class of a picture
    that is one cell, None for a field. ``shapes`` is emptied when the picture is stored.
    """

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveIntegerField()  # in the order of the archive, from 1
    path = models.CharField(max_length=400, blank=True)
    label = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - "" is a picture without a class
    shapes = models.JSONField(default=list)
    more = models.JSONField(default=dict)  # what only a bundle says of a picture
    width = models.PositiveIntegerField(null=True, blank=True)  # as the annotations claim
    height = models.PositiveIntegerField(null=True, blank=True)
    boxes = models.PositiveIntegerField(default=0)  # in the archive, those that could not be read among them
    unread = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)  # by the mapping
    cells = models.PositiveIntegerField(default=0)  # that came of them
    state = models.CharField(max_length=10, choices=PictureState, default=PictureState.WAITING)
    image_key = models.CharField(max_length=200, default=new_image_key, editable=False)
    thumbnail_key = models.CharField(max_length=200, default=new_thumbnail_key, editable=False)
    field = models.ForeignKey(Field, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["source", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "position"], name="datasets_picture_position_once"),
            models.CheckConstraint(
                condition=Q(state__in=PictureState.values), name="datasets_picture_state_known"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["source", "state", "position"], name="datasets_picture_waiting"),
        ]

    def __str__(self) -> str:
        return self.path or f"picture {self.position}"


class CropDigest(models.Model):
    """Which pixels an imported picture of a single cell has, so that the same one is not taken twice."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    cell = models.OneToOneField(Cell, on_delete=models.PROTECT, related_name="+")
    pixel_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "pixel_sha256"], name="datasets_crop_pixels_once"),
        ]

    def __str__(self) -> str:
        return self.pixel_sha256[:12]


class Provenance(models.Model):
    """What a bundle told of an imported cell: its history, suggestions and models at the site it came from.

    It is kept as it came, shown in the cell's biography and handed on by the next bundle; nothing here is counted.
    """

    cell = models.OneToOneField(Cell, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Import, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    told = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"provenance of cell {self.cell_id}"
