from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Length

from apps.studies.models.study import Study

models.CharField.register_lookup(Length)


class StudyAnalysis(models.Model):
    """What the analysis of a study gave; computed by a job, kept so that a page need not compute.

    ``key`` is the digest of what went in (trials, classes, margin, shape of the result): where it differs from that of
    the trials now, the analysis is of another day. ``content`` is ``Analysis.as_json``.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="analyses")
    key = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["study", "key"], name="studies_analysis_once"),
            models.CheckConstraint(condition=models.Q(key__length=64), name="studies_analysis_key"),
        ]

    def __str__(self) -> str:
        return f"Analysis {self.key[:8]} of study {self.study_id}"
