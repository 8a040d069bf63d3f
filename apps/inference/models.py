from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import PublicModel
from apps.jobs.models import Job
from apps.registry.models import ModelVersion
from apps.slides.models import Field


class FieldAnalysis(PublicModel):
    """That one field was analysed by one pair of versions, and by which job; the cells found name the same versions.

    ``scale_um_per_px`` is the scale the analysis worked at, micrometres per pixel, empty when unknown.
    """

    field = models.ForeignKey(Field, on_delete=models.PROTECT, related_name="analyses")
    locator_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="located_fields")
    classifier_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="classified_fields"
    )
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="field_analyses"
    )
    scale_um_per_px = models.FloatField(null=True, blank=True)
    scale_estimated = models.BooleanField(default=False)
    cells_found = models.PositiveIntegerField()

    class Meta:
        ordering = ("field", "id")
        verbose_name_plural = "field analyses"
        constraints = (
            models.UniqueConstraint(
                fields=("field", "locator_version", "classifier_version"), name="inference_once_per_versions"
            ),
            models.CheckConstraint(
                condition=Q(scale_um_per_px__isnull=True, scale_estimated=False) | Q(scale_um_per_px__gt=0),
                name="inference_scale_positive",
            ),
        )

    def __str__(self) -> str:
        return f"{self.field_id} by {self.locator_version_id} and {self.classifier_version_id}"
