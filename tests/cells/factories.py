"""Slides with cells for tests, as an analysis would have left them."""

from __future__ import annotations

import hashlib
from typing import Any

from apps.accounts.models import Project
from apps.cells.findings import Finding, record
from apps.cells.models import Cell
from apps.registry.models import ModelVersion, Task
from apps.slides.models import Field, Slide, Specimen
from ml import labels
from tests.factories import ProjectFactory
from tests.registry.factories import model_version

_numbers = iter(range(1, 10_000_000))
NAMES = labels.CLASS_LISTS["eight"].names


def make_slide(project: Project | None = None, **values: Any) -> Slide:
    """Return a slide without fields."""
    number = next(_numbers)
    project = project or ProjectFactory()
    specimen = Specimen.objects.create(project=project, pseudonym=f"P-{number}")
    return Slide.objects.create(
        **{"specimen": specimen, "project": project, "title": f"S-{number:04}", **values}
    )


def make_field(slide: Slide, **values: Any) -> Field:
    """Return a further field of the slide; its picture files do not exist."""
    number = next(_numbers)
    return Field.objects.create(
        **{
            "slide": slide,
            "project": slide.project,
            "position": slide.fields.count() + 1,
            "title": f"field-{number}.png",
            "image_key": f"fields/aa/{number:032x}.png",
            "thumbnail_key": f"thumbnails/aa/{number:032x}.jpg",
            "width": 640,
            "height": 480,
            "pixel_sha256": hashlib.sha256(str(number).encode()).hexdigest(),
            **values,
        }
    )


def probabilities(top: str, p: float = 0.9) -> dict[str, float]:
    """Return probabilities over the list *eight* with ``top`` on top."""
    rest = (1 - p) / (len(NAMES) - 1)
    return {name: p if name == top else rest for name in NAMES}


def finding(top: str = "neutrophil", *, at: int = 0, p: float = 0.9, unidentified: bool = False) -> Finding:
    """Return a finding in the ``at``-th of disjoint places of a field."""
    x, y = 60 * (at % 10), 60 * (at // 10)
    return Finding(
        box=(float(x), float(y), x + 50.0, y + 48.5),
        score=0.97,
        crop_key=f"jobs/test/1/aa/{next(_numbers):032x}.png",
        label=top,
        probabilities=probabilities(top, p),
        unidentified=unidentified,
    )


def make_cells(
    field: Field,
    *findings: Finding,
    locator: ModelVersion | None = None,
    classifier: ModelVersion | None = None,
) -> list[Cell]:
    """Write findings on a field as an analysis would; return the cells in their order."""
    record(
        field=field,
        findings=findings,
        locator_version=locator or model_version(task=Task.LOCATE),
        classifier_version=classifier or model_version(task=Task.CLASSIFY),
    )
    return list(Cell.objects.standing().filter(field=field).order_by("pk"))


def make_cell(project: Project | None = None, **values: Any) -> Cell:
    """Return one cell on a slide of its own; see `finding` for the values."""
    return make_cells(make_field(make_slide(project)), finding(**values))[0]
