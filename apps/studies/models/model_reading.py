from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.core.models import PublicModel
from apps.jobs.models import Job
from apps.registry.models import ModelVersion
from apps.studies.models.study import Study


class ModelReading(PublicModel):
    """A registered classifier as a reader beside the experts: what it says of the very images they saw.

    ``answers`` maps a case's code to ``{"answer": class, "probability": 0 to 1}``, empty until its job has ended.
    ``pseudonym`` is how results call it ("M1"). No Reading: those are written by people, and held to be.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="model_readings")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="study_readings")
    pseudonym = models.CharField(max_length=8)
    answers = models.JSONField(default=dict)
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(PublicModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["study", "model_version"], name="studies_model_reads_once"),
            models.UniqueConstraint(fields=["study", "pseudonym"], name="studies_model_pseudonym"),
            models.CheckConstraint(condition=~Q(pseudonym=""), name="studies_model_has_pseudonym"),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} in study {self.study_id}"
