from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.core.registries import visibility_rules
from apps.slides.models.slide import Slide


class ScaleSource(models.TextChoices):
    """Where the micrometres per pixel of a field come from."""

    UNKNOWN = "", "Unknown"
    FILE = "file", "The picture file"
    DEVICE = "device", "The device profile"
    ESTIMATED = "estimated", "Estimated from the red cells"


class FieldQuerySet(models.QuerySet["Field"]):
    """Reads of fields."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the fields of slides that the user may see; not those of slides in the trash, or closed by a rule."""
        found = self.filter(slide__trashed_at=None, project__in=Project.objects.visible_to(user))
        for closed in visibility_rules.run(user=user):
            found = found.exclude(slide__in=closed)
        return found


class Field(PublicModel):
    """One image of a slide: lossless sRGB pixels under an opaque key, nothing else of the uploaded file.

    ``width`` and ``height`` in pixels; ``pixel_sha256`` over size and RGB bytes (``ml.images.pixel_sha256``).
    What describes the pixels is sealed; ``project`` is a copy of the slide's.
    """

    slide = models.ForeignKey(Slide, on_delete=models.PROTECT, related_name="fields", editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="fields", editable=False)
    position = models.PositiveIntegerField()  # from 1
    title = models.CharField(max_length=255)  # the file's name at first: personal data, editable
    image_key = models.CharField(max_length=200, unique=True, editable=False)
    thumbnail_key = models.CharField(max_length=200, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    pixel_sha256 = models.CharField(max_length=64, editable=False)
    um_per_px = models.FloatField(null=True, blank=True)
    scale_source = models.CharField(
        max_length=10, choices=ScaleSource, blank=True, default=ScaleSource.UNKNOWN
    )
    notices = models.JSONField(default=list, editable=False)  # sentences on what was changed while reading
    complete = models.BooleanField(default=False)  # a reviewer says: all cells on this field are boxed
    # What `ml.images.quality` says of the pixels; null for fields older than it, until an analysis looks at them.
    quality = models.JSONField(null=True, blank=True, editable=False)

    objects = FieldQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = ["slide", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["slide", "position"], name="slides_field_position_once"),
            models.UniqueConstraint(fields=["project", "pixel_sha256"], name="slides_field_pixels_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="slides_field_position_from_1"),
            models.CheckConstraint(condition=Q(width__gte=1, height__gte=1), name="slides_field_has_pixels"),
            models.CheckConstraint(
                # "Known" and "from where" come together. Not null by name: a check that comes out as null passes.
                condition=Q(um_per_px=None, scale_source="")
                | (Q(um_per_px__isnull=False, um_per_px__gt=0) & ~Q(scale_source="")),
                name="slides_field_scale_has_source",
            ),
            models.CheckConstraint(
                condition=Q(scale_source__in=ScaleSource.values), name="slides_field_scale_source_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title
