from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.core.models import PublicModel
from apps.studies.models.study import Study


class Enrolment(PublicModel):
    """One reader of one study, called ``pseudonym`` ("R1") in everything that leaves it.

    ``experience`` and ``screen`` are what the reader told of the own experience, colour vision and screen.
    ``seen_before`` is how many of the study's cells the reader had labelled or read elsewhere when enrolled. ``digest``
    names the stored order; "" before there is one. Who withdraws keeps the readings under the pseudonym; results
    leave them out.
    """

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="enrolments")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="study_enrolments")
    pseudonym = models.CharField(max_length=8, editable=False)
    experience = models.JSONField(default=dict)
    screen = models.JSONField(default=dict)
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_digest = models.CharField(max_length=64, blank=True)
    practised_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    seen_before = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta(PublicModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["study", "reader"], name="studies_reader_once"),
            models.UniqueConstraint(fields=["study", "pseudonym"], name="studies_pseudonym_once"),
            models.CheckConstraint(condition=~Q(pseudonym=""), name="studies_reader_has_pseudonym"),
            models.CheckConstraint(
                condition=Q(consent_at__isnull=True, consent_digest="")
                | (Q(consent_at__isnull=False) & ~Q(consent_digest="")),
                name="studies_consent_to_a_text",
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym
