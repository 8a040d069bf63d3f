"""What an analysis writes about cells: new cells, suggestions, and the retirement of what nobody touched.

Human acts are never changed here. A cell that a person acted on keeps its box, class and version; it only learns
what the newer model suggests, unless a person drew its box: then the model is asked about that one. Where a person
removed a cell none is found again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from django.db.models.functions import Now

from apps.cells.models import Cell, Embedding, Origin, Suggestion
from apps.registry.models import ModelVersion
from apps.slides.models import Field
from ml.contracts import Box, Classification

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
    embedding: bytes = b""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` did, in cells, and the keys of the crops that no cell names."""

    created: int
    updated: int
    retired: int
    unused_crops: list[str] = dataclass_field(default_factory=list)


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
    touched = list(Cell.objects.filter(field=field, retired_at__isnull=True))
    standing = [cell for cell in touched if cell.removed_at is None]
    pairs = match_touched(standing, findings)
    matched = {finding_index for _, finding_index in pairs}
    gone = [cell for cell in touched if cell.removed_at is not None]
    left = [index for index in range(len(findings)) if index not in matched]
    matched |= {left[place] for _, place in match_touched(gone, [findings[index] for index in left])}
    fresh = [finding for index, finding in enumerate(findings) if index not in matched]
    cells = Cell.objects.bulk_create(
        _new_cell(field, finding, locator_version, classifier_version) for finding in fresh
    )
    suggestions = [
        _suggestion(cell, finding, classifier_version) for cell, finding in zip(cells, fresh, strict=True)
    ]
    updated = 0
    for cell_index, finding_index in pairs:
        cell, finding = standing[cell_index], findings[finding_index]
        if cell.classifier_version_id == classifier_version.pk or cell.by_hand:
            continue  # this classifier has spoken about the cell before, or it speaks of another box
        suggestions.append(_suggestion(cell, finding, classifier_version))
        Cell.objects.filter(pk=cell.pk, box_version=1).update(**_copied(finding, classifier_version))
        updated += 1
    Suggestion.objects.bulk_create(suggestions, ignore_conflicts=True)
    embedded = [*zip(cells, fresh, strict=True), *((standing[i], findings[j]) for i, j in pairs)]
    _embed([(cell, said) for cell, said in embedded if not cell.by_hand], classifier_version)
    return Recorded(
        created=len(cells),
        updated=updated,
        retired=retired,
        unused_crops=[findings[index].crop_key for index in sorted(matched)],
    )


def said_of_box(
    *, cell: Cell, classification: Classification, classifier_version: ModelVersion, crop_key: str = ""
) -> bool:
    """Write what a classifier says of a box that a person drew, unless the box is another by now.

    Args:
        cell: As it was read before the classifier was asked.
        classification: What it says.
        classifier_version: Who says it.
        crop_key: Picture of the box, for a cell that has none.

    Returns:
        Whether the cell took it, and with it the crop.
    """
    columns = _copied(classification, classifier_version)
    if crop_key:
        columns["crop_key"] = crop_key
    unchanged = Cell.objects.filter(pk=cell.pk, box_version=cell.box_version, crop_key=cell.crop_key)
    if not unchanged.update(**columns):
        return False
    said = _suggestion(cell, classification, classifier_version)
    Suggestion.objects.bulk_create([said], ignore_conflicts=True)
    _embed([(cell, classification)], classifier_version)
    return True


def _embed(said: Sequence[tuple[Cell, Finding | Classification]], classifier_version: ModelVersion) -> None:
    """Keep the embeddings of cells; the first one of a version stays, as its suggestion does."""
    Embedding.objects.bulk_create(
        (
            Embedding(
                cell=cell,
                model_version=classifier_version,
                box_version=cell.box_version,
                vector=what.embedding,
            )
            for cell, what in said
            if what.embedding
        ),
        ignore_conflicts=True,
    )


def embed_cells(said: Sequence[tuple[Cell, Classification]], classifier_version: ModelVersion) -> None:
    """Keep what a classifier sees of cells, about their boxes as they were read; its suggestion is not written."""
    _embed(said, classifier_version)


def match_touched(cells: Sequence[Cell], findings: Sequence[Finding]) -> list[tuple[int, int]]:
    """Pair cells that people acted on with findings of the same cells, each at most once.

    Boxes that people drew may be wide or tight, so these also match where each holds the other's centre. A removed
    cell matches as one drawn by hand.

    Returns:
        Pairs of (index in ``cells``, index in ``findings``).
    """
    pairs = match([cell.box for cell in cells], [finding.box for finding in findings])
    used_cells, used_findings = {i for i, _ in pairs}, {j for _, j in pairs}
    for i, cell in enumerate(cells):
        if i in used_cells or not (cell.by_hand or cell.removed_at is not None):
            continue
        near = (
            j
            for j, finding in enumerate(findings)
            if j not in used_findings
            and _holds_centre(cell.box, finding.box)
            and _holds_centre(finding.box, cell.box)
        )
        found = next(near, None)
        if found is not None:
            pairs.append((i, found))
            used_findings.add(found)
    return pairs


def _holds_centre(outer: Box, inner: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x < outer[2] and outer[1] <= y < outer[3]


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


def _copied(finding: Finding | Classification, classifier_version: ModelVersion) -> dict[str, object]:
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


def _suggestion(
    cell: Cell, finding: Finding | Classification, classifier_version: ModelVersion
) -> Suggestion:
    """Return an unsaved suggestion row."""
    return Suggestion(
        cell=cell,
        model_version=classifier_version,
        probabilities=dict(finding.probabilities),
        top_class=finding.label,
        unidentified=finding.unidentified,
        box_version=cell.box_version,
    )
