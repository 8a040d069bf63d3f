from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.slides.models import Slide


class ReadingState(models.TextChoices):
    """How far a second reading is; it only goes forward."""

    ASSIGNED = "assigned", "Assigned"
    READING = "reading", "Reading"
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN = (ReadingState.ASSIGNED, ReadingState.READING)
"""While a reading is in one of these states, its slide is closed to the reader everywhere else."""


class SecondReadingQuerySet(models.QuerySet["SecondReading"]):
    """Reads of second readings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return one's own, and those of slides that one may see.

        One's own reading closes its slide everywhere else and not here; what else closes a slide closes its reading.
        """
        from apps.review.second_reading.closing import closed_otherwise

        if not user.is_authenticated:
            return self.none()
        of_mine = Q(reader=user, project__in=Project.objects.visible_to(user), slide__trashed_at=None)
        for closed in closed_otherwise(user=user):
            of_mine &= ~Q(slide__in=closed)
        return self.filter(of_mine | Q(slide__in=Slide.objects.visible_to(user)))

    def standing(self) -> Self:
        """Return those that were not withdrawn."""
        return self.exclude(state=ReadingState.WITHDRAWN)


class SecondReading(PublicModel):
    """A slide that a second person labels without knowing what anybody or any model said of its cells.

    ``project`` is a copy of the slide's. ``seen_before`` is how many of the cells the reader had on screen, with their
    suggestions, before the reading was assigned.
    """

    slide = models.ForeignKey(Slide, on_delete=models.PROTECT, related_name="second_readings")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", editable=False)
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="second_readings")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=ReadingState.choices, default=ReadingState.ASSIGNED)
    seen_before = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = SecondReadingQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            # Asked with every look at a slide: what is closed to whom.
            models.Index(
                fields=["reader", "slide"],
                name="review_reading_open",
                condition=Q(state__in=["assigned", "reading"]),
            ),
            models.Index(fields=["project", "-id"], name="review_reading_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=ReadingState.values), name="review_reading_state_known"
            ),
            models.UniqueConstraint(
                fields=["slide"], condition=~Q(state="withdrawn"), name="review_one_reading_of_a_slide"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="review_done_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | (~Q(state="withdrawn") & Q(withdrawn_at__isnull=True)),
                name="review_withdrawn_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} reading of {self.slide_id} by {self.reader_id}"

    @property
    def is_open(self) -> bool:
        """Return whether the reader is still to label."""
        return self.state in OPEN
