from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.studies.models.case import StudyCase
from apps.studies.models.enrolment import Enrolment


class Slot(models.Model):
    """A place in a reader's order, and the case that stands there; written once, never recomputed.

    Practice has the lowest positions and block 0. A second sitting shows the counted cases once more, in an order
    of its own, behind the first.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="slots")
    position = models.PositiveIntegerField()  # from 1, over practice and sittings
    block = models.PositiveIntegerField()
    sitting = models.PositiveSmallIntegerField(default=1)
    case = models.ForeignKey(StudyCase, on_delete=models.PROTECT, related_name="slots")

    class Meta:
        ordering: ClassVar[list[str]] = ["enrolment", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["enrolment", "position"], name="studies_slot_place_once"),
            models.UniqueConstraint(fields=["enrolment", "sitting", "case"], name="studies_slot_case_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="studies_slot_position_from_1"),
            models.CheckConstraint(condition=Q(sitting__in=[1, 2]), name="studies_slot_sitting_known"),
        ]

    def __str__(self) -> str:
        return f"{self.position} of {self.enrolment_id}"
