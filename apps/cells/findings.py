"""What an analysis writes about cells: new cells, suggestions, and the retirement of what nobody touched.

Human labels are never changed here. A cell that a person acted on keeps its box, class and version; it only learns
what the newer model suggests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models.functions import Now

from apps.cells.models import Cell, Origin, Suggestion
from apps.registry.models import ModelVersion
from apps.slides.models import Field
from ml.contracts import Box

SAME_CELL_IOU = 0.5
"""Boxes that overlap at least this much (intersection over union) are the same cell: the usual detection threshold."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One white cell an analysis found on a field; its crop is stored already."""

    box: Box
    score: float
    crop_key: str
    label: str
    probabilities: Mapping[str, float]
    unidentified: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` did, in cells."""

    created: int
    updated: int
    retired: int


def record(
    *,
    field: Field,
    findings: Sequence[Finding],
    locator_version: ModelVersion,
    classifier_version: ModelVersion,
) -> Recorded:
    """Write the findings of one field; call it inside the transaction that finishes the analysis.

    Cells without a label event are retired and found anew. A finding on top of a cell that a person touched becomes
    a further suggestion of that cell instead of a second cell.
    """
    retired = Cell.objects.filter(field=field, version=1, retired_at__isnull=True).update(retired_at=Now())
    touched = list(Cell.objects.standing().filter(field=field))
    pairs = match([cell.box for cell in touched], [finding.box for finding in findings])
    matched = {finding_index for _, finding_index in pairs}
    cells = Cell.objects.bulk_create(
        _new_cell(field, finding, locator_version, classifier_version)
        for index, finding in enumerate(findings)
        if index not in matched
    )
    fresh = [finding for index, finding in enumerate(findings) if index not in matched]
    suggestions = [
        _suggestion(cell, finding, classifier_version) for cell, finding in zip(cells, fresh, strict=True)
    ]
    updated = 0
    for cell_index, finding_index in pairs:
        cell, finding = touched[cell_index], findings[finding_index]
        if cell.classifier_version_id == classifier_version.pk:
            continue  # the same classifier has spoken about this cell before
        suggestions.append(_suggestion(cell, finding, classifier_version))
        Cell.objects.filter(pk=cell.pk).update(**_copied(finding, classifier_version))
        updated += 1
    Suggestion.objects.bulk_create(suggestions, ignore_conflicts=True)
    return Recorded(created=len(cells), updated=updated, retired=retired)


def match(old: Sequence[Box], new: Sequence[Box]) -> list[tuple[int, int]]:
    """Pair boxes that mean the same cell, best overlap first, each box at most once.

    Returns:
        Pairs of (index in ``old``, index in ``new``).
    """
    overlaps = sorted(((iou(a, b), i, j) for i, a in enumerate(old) for j, b in enumerate(new)), reverse=True)
    pairs: list[tuple[int, int]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for overlap, i, j in overlaps:
        if overlap < SAME_CELL_IOU:
            break
        if i not in used_old and j not in used_new:
            pairs.append((i, j))
            used_old.add(i)
            used_new.add(j)
    return pairs


def iou(a: Box, b: Box) -> float:
    """Return the intersection over union of two half-open boxes, 0 when they do not meet."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def _copied(finding: Finding, classifier_version: ModelVersion) -> dict[str, object]:
    """Return the suggestion columns of a cell."""
    return {
        "suggested_class": finding.label,
        "suggested_probability": finding.probabilities[finding.label],
        "unidentified": finding.unidentified,
        "classifier_version": classifier_version,
    }


def _new_cell(
    field: Field, finding: Finding, locator_version: ModelVersion, classifier_version: ModelVersion
) -> Cell:
    """Return an unsaved cell for a finding."""
    x0, y0, x1, y1 = finding.box
    return Cell(
        project_id=field.project_id,
        field=field,
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        score=finding.score,
        origin=Origin.FIELD,
        crop_key=finding.crop_key,
        locator_version=locator_version,
        **_copied(finding, classifier_version),
    )


def _suggestion(cell: Cell, finding: Finding, classifier_version: ModelVersion) -> Suggestion:
    """Return an unsaved suggestion row."""
    return Suggestion(
        cell=cell,
        model_version=classifier_version,
        probabilities=dict(finding.probabilities),
        top_class=finding.label,
        unidentified=finding.unidentified,
    )
