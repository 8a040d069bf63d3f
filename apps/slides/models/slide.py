from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.core.registries import visibility_rules
from apps.slides.models.device import DeviceProfile
from apps.slides.models.specimen import Specimen


class SlideQuerySet(models.QuerySet["Slide"]):
    """Reads of slides."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the slides of the user's projects that are not in the trash, nor closed to the user by a rule."""
        found = self.of_projects_of(user).filter(trashed_at=None)
        for closed in visibility_rules.run(user=user):
            found = found.exclude(pk__in=closed)
        return found

    def of_projects_of(self, user: User | AnonymousUser) -> Self:
        """Return the slides of the user's projects, those in the trash as well: for restoring them."""
        return self.filter(project__in=Project.objects.visible_to(user))


class Slide(PublicModel):
    """One smear of a specimen. ``project`` is a copy of the specimen's, sealed like ``simulated``."""

    specimen = models.ForeignKey(Specimen, on_delete=models.PROTECT, related_name="slides")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="slides", editable=False)
    title = models.CharField(max_length=200)
    device = models.ForeignKey(
        DeviceProfile, null=True, blank=True, on_delete=models.PROTECT, related_name="slides"
    )
    simulated = models.BooleanField(default=False, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = SlideQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["project", "-id"], name="slides_slide_of_project", condition=Q(trashed_at=None)
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(title=""), name="slides_slide_has_title"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def leaves_trash_at(self) -> datetime | None:
        """Return when a slide in the trash is removed for good, None when it is not in the trash."""
        if self.trashed_at is None:
            return None
        return self.trashed_at + timedelta(days=settings.WBCWEB_TRASH_DAYS)
