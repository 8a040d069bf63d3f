from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.jobs.models import Job


class Format(models.TextChoices):
    """How pictures and annotations are laid out in an archive."""

    VOC = "voc", "Pascal VOC"
    YOLO = "yolo", "YOLO"
    COCO = "coco", "COCO"
    CSV = "csv", "CSV"
    IMAGEFOLDER = "imagefolder", "A folder of cells for each class"
    GEOJSON = "geojson", "QuPath GeoJSON"
    BUNDLE = "bundle", "wbcweb bundle"


class Grouping(models.TextChoices):
    """Which slides the pictures of an import become."""

    ONE_SLIDE = "one-slide", "One slide with all pictures as its fields"
    SLIDE_PER_PICTURE = "slide-per-picture", "One slide for each picture"


class Declared(models.TextChoices):
    """What whoever imports declares the pictures to be; sealed when the import begins."""

    REAL = "real", "Photographs of real cells"
    SYNTHETIC = "synthetic", "Synthetic: made by a generator or simulator"


class ImportState(models.TextChoices):
    """Where an import stands."""

    READING = "reading", "Being read"
    MAPPING = "mapping", "Waiting for its classes"
    STORING = "storing", "Being stored"
    DONE = "done", "Done"


class ImportQuerySet(models.QuerySet["Import"]):
    """Reads of imports."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the imports of the user's projects."""
        return self.filter(project__in=Project.objects.visible_to(user))


class Import(PublicModel):
    """An archive of pictures with annotations that somebody brings into a project.

    ``found`` is what reading it found: {"classes": [[name, boxes or pictures], ...], "pictures": n, "boxes": n}.
    ``mapping`` says what each of those names becomes: a class of the list, ``NO_CLASS`` or ``LEAVE_OUT``. ``counts``
    is the receipt: numbers by word. What the archive was called is not kept. ``origin`` is what the pictures were
    declared to be; the cells of a synthetic import are synthetic for good.
    """

    NO_CLASS: ClassVar[str] = ":no-class"
    LEAVE_OUT: ClassVar[str] = ":leave-out"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=20, choices=Format, blank=True)  # empty until it is recognised
    grouping = models.CharField(max_length=20, choices=Grouping, default=Grouping.ONE_SLIDE)
    title = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=10, choices=Declared, default=Declared.REAL, editable=False)
    analyse = models.BooleanField(default=False)
    source_key = models.CharField(max_length=200, blank=True)  # empty once the archive is gone
    size = models.PositiveBigIntegerField(default=0)  # bytes
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.READING)
    found = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "-id"], name="datasets_import_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(format="") | Q(format__in=Format.values), name="datasets_import_format_known"
            ),
            models.CheckConstraint(
                condition=Q(grouping__in=Grouping.values), name="datasets_import_grouping_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="datasets_import_state_known"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=Declared.values), name="datasets_import_origin_known"
            ),
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False)
                | (~Q(state="done") & Q(finished_at__isnull=True)),
                name="datasets_import_done_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Import of {self.created_at:%Y-%m-%d %H:%M}"
