from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.accounts.models import User
from apps.studies.models.study import State, Study


class Transition(models.Model):
    """One step of a study: from where, to where, who, when, why; never changed (a trigger refuses).

    The first has no ``from_state``: the study was made. A step from a state to itself is a longer time to read.
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="transitions")
    from_state = models.CharField(max_length=10, choices=State, blank=True)
    to_state = models.CharField(max_length=10, choices=State)
    # Null for the site itself, whose job prepared the study for somebody who is named where it was asked for.
    who = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["study", "id"], name="studies_step_of_study"),
        ]

    def __str__(self) -> str:
        return f"{self.from_state or 'nothing'} to {self.to_state}"


class UnblindRequest(models.Model):
    """What the first of two persons asked for where it takes two to unblind."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="unblind_request")
    who = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"request to unblind study {self.study_id}"
