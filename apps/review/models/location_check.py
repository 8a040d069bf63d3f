from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.slides.models import DeviceProfile, Field


class LocationCheckQuerySet(models.QuerySet["LocationCheck"]):
    """Reads of location checks."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the checks of the user's projects."""
        return self.filter(project__in=Project.objects.visible_to(user))


class LocationCheck(PublicModel):
    """How many of the white cells on random fields of one stain and device the locator found, judged by a person.

    Closing freezes the counts (a trigger refuses any change after it), so that they outlive the slides they came
    from: ``found`` boxes held a cell, ``missed`` cells had no box, ``false_boxes`` held none. ``stain`` and
    ``device_name`` are as they were when the fields were drawn.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="location_checks")
    stain = models.CharField(max_length=60, blank=True)
    device = models.ForeignKey(
        DeviceProfile, null=True, blank=True, on_delete=models.PROTECT, related_name="location_checks"
    )
    device_name = models.CharField(max_length=120, blank=True)
    wanted = models.PositiveIntegerField()  # white cells to reach
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    fields_read = models.PositiveIntegerField(null=True, blank=True)
    found = models.PositiveIntegerField(null=True, blank=True)
    missed = models.PositiveIntegerField(null=True, blank=True)
    false_boxes = models.PositiveIntegerField(null=True, blank=True)

    objects = LocationCheckQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "-id"], name="review_check_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(wanted__gte=1), name="review_check_wants_cells"),
            models.CheckConstraint(
                condition=Q(
                    closed_at=None,
                    closed_by=None,
                    fields_read=None,
                    found=None,
                    missed=None,
                    false_boxes=None,
                )
                | Q(
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    fields_read__gte=1,
                    found__isnull=False,
                    missed__isnull=False,
                    false_boxes__isnull=False,
                ),
                name="review_check_closed_has_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"location check {self.public_id}"


class LocationCheckField(models.Model):
    """One drawn field of a check, with the boxes that the locator had found there by then. Never changed.

    ``boxes`` is [[x0, y0, x1, y1], ...], half-open in pixels of the field.
    """

    check_of = models.ForeignKey(LocationCheck, on_delete=models.PROTECT, related_name="places")
    number = models.PositiveIntegerField()  # from 1, the order of drawing
    field = models.ForeignKey(Field, on_delete=models.PROTECT, related_name="+")
    boxes = models.JSONField()
    locator = models.CharField(max_length=120, blank=True)  # the version that found them, in words

    class Meta:
        ordering: ClassVar[list[str]] = ["check_of", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["check_of", "number"], name="review_check_numbers_once"),
            models.UniqueConstraint(fields=["check_of", "field"], name="review_check_field_once"),
        ]

    def __str__(self) -> str:
        return f"field {self.number} of check {self.check_of_id}"


class LocationCheckResult(models.Model):
    """What a person said of one drawn field; never changed, the newest of a field is in force.

    ``missed`` is where cells without a box lie, [[x, y], ...] in pixels; ``false_boxes`` are places in the field's list
    of boxes, from 0.
    """

    place = models.ForeignKey(LocationCheckField, on_delete=models.PROTECT, related_name="results")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    missed = models.JSONField()
    false_boxes = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"result of place {self.place_id}"
