from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.slides.models import Slide


class ReportQuerySet(models.QuerySet["Report"]):
    """Reads of reports."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the reports of slides that the user may see, and those whose slide was removed for good.

        What lies in the trash is hidden with its reports; what was erased has left only its counts.
        """
        of_slides = Q(slide__in=Slide.objects.visible_to(user))
        of_removed = Q(slide__isnull=True, project__in=Project.objects.visible_to(user))
        return self.filter(of_slides | of_removed)


class Report(PublicModel):
    """A differential as it was signed: frozen, never changed, never deleted (triggers refuse both).

    ``content`` holds the count and what it rests on, without a word of who it is from. ``about`` (the specimen, what
    was typed) and ``cells`` (each with its class, version and box) are what a removed slide takes along: then, and
    only then, they and ``slide`` become null. ``digest`` is the SHA-256 of ``content``, which names the digests of
    ``about`` and ``cells``.

    Reports of a slide are numbered; a later one ``supersedes`` the one before it. A report is signed when it has
    ``signatures_needed`` signatures. ``stamp`` and ``basis`` tell whether anything changed since.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports")
    slide = models.ForeignKey(Slide, null=True, on_delete=models.PROTECT, related_name="reports")
    slide_row = models.BigIntegerField(editable=False)  # the slide's key, which stays when the slide is gone
    number = models.PositiveIntegerField()
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    signatures_needed = models.PositiveSmallIntegerField()
    content = models.JSONField()
    about = models.JSONField(null=True)
    cells = models.JSONField(null=True)
    digest = models.CharField(max_length=64)
    stamp = models.CharField(max_length=80)
    basis = models.CharField(max_length=64)

    objects = ReportQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "id"], name="review_report_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["slide_row", "number"], name="review_report_number_once"),
            models.CheckConstraint(
                condition=Q(number=1, supersedes__isnull=True) | Q(number__gte=2, supersedes__isnull=False),
                name="review_report_in_one_line",
            ),
            models.CheckConstraint(
                condition=Q(signatures_needed__gte=1, signatures_needed__lte=2),
                name="review_report_one_or_two_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"Report {self.number} of {self.slide_row}"

    @property
    def short_id(self) -> str:
        """Return the beginning of the public id, by which people name the report."""
        return self.public_id.hex[:8].upper()
