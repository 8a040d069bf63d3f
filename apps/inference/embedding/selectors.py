"""Which cells the classifier in use has not embedded."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Project
from apps.cells.models import Cell, Embedding
from apps.inference.selectors import versions_in_use
from apps.registry.models import ModelVersion


def unembedded(project: Project, classifier: ModelVersion) -> QuerySet[Cell]:
    """Return the standing cells on the slides of a project whose present box this classifier has not embedded."""
    embedded = Embedding.objects.filter(
        cell=OuterRef("pk"), model_version=classifier, box_version=OuterRef("box_version")
    )
    cells = Cell.objects.standing().filter(project=project, field__slide__trashed_at=None)
    return cells.filter(~Exists(embedded), field__isnull=False)


def lacks_features(project: Project) -> bool:
    """Return whether a job would find cells to embed."""
    versions = versions_in_use(project)
    return versions is not None and unembedded(project, versions.classifier).exists()
