"""Reads of imports and exports; each begins with who asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from apps.accounts.models import Project
from apps.accounts.permissions import Action, Person, require
from apps.cells.models import Cell
from apps.core.csv import lines
from apps.core.errors import NotFound
from apps.datasets.models import Export, Import, ImportRemark, ImportState
from apps.datasets.services.crops import CLOSED, crops_of_import, partly_closed
from apps.datasets.services.storing import receipt
from apps.jobs.models import State
from apps.registry.selectors import classes_for

NOTHING_HERE = "There is nothing here, or it belongs to a project that you are not a member of."
LINES_SHOWN = 200
LISTED = 50


def get_import(*, user: Person, public_id: UUID) -> Import:
    """Return an import that the person may see: what was in it is for those who may import.

    Raises:
        NotFound, NotPermitted: otherwise.
    """
    imports = Import.objects.visible_to(user).select_related("project", "requester", "job")
    found = imports.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(NOTHING_HERE)
    require(user, Action.IMPORT, found.project)
    return found


def get_export(*, user: Person, public_id: UUID) -> Export:
    """Return an export that the person asked for.

    Raises:
        NotFound, NotPermitted: otherwise.
    """
    exports = Export.objects.visible_to(user).select_related("project", "requester", "job")
    found = exports.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(NOTHING_HERE)
    require(user, Action.EXPORT, found.project)
    return found


def imports_of(*, user: Person, project: Project) -> QuerySet[Import]:
    """Return a project's imports, the newest first."""
    found = Import.objects.visible_to(user).filter(project=project)
    return found.select_related("requester", "job").order_by("-id")


def exports_of(*, user: Person, project: Project) -> QuerySet[Export]:
    """Return the exports that a person asked for in a project, the newest first."""
    found = Export.objects.visible_to(user).filter(project=project)
    return found.select_related("requester", "job").order_by("-id")


@dataclass(frozen=True, slots=True)
class Tally:
    """One line of "counts in = counts out": ``parts`` as (words, number), which sum to ``total`` when ``agrees``."""

    what: str
    total: int
    parts: tuple[tuple[str, int], ...]

    @property
    def agrees(self) -> bool:
        """Return whether nothing is missing and nothing was doubled."""
        return self.total == sum(number for _, number in self.parts)


@dataclass(frozen=True, slots=True)
class Kind:
    """How often something was odd, and how many boxes that kept out."""

    odd: str
    count: int
    boxes: int


@dataclass(frozen=True, slots=True)
class Report:
    """Where an import stands. ``state`` is its own, or "stopped" when its job ended without success."""

    source: Import
    state: str
    message: str
    counts: dict[str, int]
    sums: tuple[Tally, ...]
    kinds: list[Kind]
    lines: list[ImportRemark]
    more_lines: int
    slides: list[tuple[UUID, str]]

    @property
    def agrees(self) -> bool:
        """Return whether all counts agree."""
        return all(one.agrees for one in self.sums)


def report(source: Import) -> Report:
    """Return what is known of an import; the caller has asked who may see it."""
    job = source.job
    state, message = str(source.state), ""
    if (
        state in {ImportState.READING, ImportState.STORING}
        and job is not None
        and job.state in {State.FAILED, State.CANCELLED}
    ):
        state = "stopped"
        message = "It was cancelled." if job.state == State.CANCELLED else job.error
    counts = source.counts or (receipt(source) if source.state == ImportState.STORING else {})
    kinds = [
        Kind(odd, count, boxes or 0)
        for odd, count, boxes in source.remarks.order_by()
        .values_list("odd")
        .annotate(n=Count("pk"), b=Sum("boxes"))
    ]
    total = sum(kind.count for kind in kinds)
    return Report(
        source=source,
        state=state,
        message=message,
        counts=counts,
        sums=sums_of(counts) if counts and source.state == ImportState.DONE else (),
        kinds=sorted(kinds, key=lambda kind: kind.odd),
        lines=list(source.remarks.order_by("id")[:LINES_SHOWN]),
        more_lines=max(0, total - LINES_SHOWN),
        slides=_slides(source),
    )


def _slides(source: Import) -> list[tuple[UUID, str]]:
    of = source.pictures.filter(field__slide__trashed_at=None).order_by("field__slide_id")
    found = of.values_list("field__slide__public_id", "field__slide__title").distinct()
    return list(found[:LISTED])


def crops_count(source: Import, user: Person) -> dict[str, Any]:
    """Return how many pictures of single cells of an import stand and how many were removed; why that is not told."""
    if partly_closed(source, user):
        return {"closed": CLOSED}
    cells = crops_of_import(source, user).order_by()
    return cells.aggregate(
        standing=Count("pk", filter=Q(removed_at=None)), removed=Count("pk", filter=~Q(removed_at=None))
    )


def sums_of(counts: dict[str, int]) -> tuple[Tally, ...]:
    """Return the sums of a receipt: pictures, and boxes."""
    pictures = Tally(
        "Pictures in the archive",
        counts["pictures"],
        (
            ("stored", counts["stored"]),
            ("in the project already, their boxes merged", counts.get("merged_pictures", 0)),
            ("in the project already", counts["duplicate"]),
            ("left out by the mapping", counts["pictures_left_out"]),
            ("not stored", counts["failed"]),
        ),
    )
    boxes = Tally(
        "Boxes in the archive",
        counts["boxes"] + counts["orphans"],
        (
            ("became cells", counts["cells"] - counts["crops"]),
            ("of cells that were there already", counts.get("merged", 0)),
            ("left out by the mapping", counts["left_out"]),
            ("of no size or outside the picture", counts["refused"]),
            ("not readable", counts["unread"]),
            ("on pictures in the project already or not stored", counts["boxes_of_others"]),
            ("without a picture", counts["orphans"]),
        ),
    )
    return pictures, boxes


def receipt_csv(source: Import) -> Iterator[str]:
    """Yield the whole receipt as lines of a CSV file: the counts, then every line."""
    report_ = report(source)
    rows: list[tuple[Any, ...]] = [("", "", str(one.what), one.total, "") for one in report_.sums]
    rows += [("", "", f"{one.what}: {words}", n, "") for one in report_.sums for words, n in one.parts]
    remarks = source.remarks.order_by("id").values_list("path", "place", "odd", "boxes", "message")
    yield from lines(
        header=("picture or file", "place", "what", "boxes", "message"), rows=_chain(rows, remarks.iterator())
    )


def _chain(first: list[tuple[Any, ...]], second: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    yield from first
    yield from second


def import_json(found: Report) -> dict[str, Any]:
    """Return an import as the API shows it."""
    source = found.source
    return {
        "id": str(source.public_id),
        "project": str(source.project.public_id),
        "state": found.state,
        "message": found.message,
        "format": source.format,
        "grouping": source.grouping,
        "title": source.title,
        "origin": source.origin,
        "analyse": source.analyse,
        "created_at": source.created_at,
        "finished_at": source.finished_at,
        "job": str(source.job.public_id) if source.job is not None else None,
        "classes": [
            {"name": name, "count": count, "becomes": source.mapping.get(name, "")}
            for name, count in source.found.get("classes", [])
        ],
        "counts": found.counts,
        "agrees": found.agrees if found.sums else None,
        "odd": [{"what": kind.odd, "lines": kind.count, "boxes": kind.boxes} for kind in found.kinds],
        "slides": [str(slide) for slide, _ in found.slides],
    }


def export_json(export: Export) -> dict[str, Any]:
    """Return an export as the API shows it."""
    state, message = export_state(export)
    return {
        "id": str(export.public_id),
        "project": str(export.project.public_id),
        "state": state,
        "message": message,
        "format": export.format,
        "slides": export.slides,
        "only_complete": export.only_complete,
        "labels": export.labels,
        "names": export.names,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
        "job": str(export.job.public_id) if export.job is not None else None,
        "counts": export.counts,
        "size": export.size,
        "sha256": export.sha256,
    }


def export_state(export: Export) -> tuple[str, str]:
    """Return where an export stands, "stopped" when its job ended without success, and why."""
    job = export.job
    if export.state == "writing" and job is not None and job.state in {State.FAILED, State.CANCELLED}:
        return "stopped", "It was cancelled." if job.state == State.CANCELLED else job.error
    return str(export.state), ""


def choices_for(source: Import) -> list[tuple[str, str]]:
    """Return what a class of an archive may become: (value, words)."""
    return [
        *((one.name, one.title) for one in classes_for(source.project)),
        (Import.NO_CLASS, "A cell without a class"),
        (Import.LEAVE_OUT, "Leave out"),
    ]


def named_crops(*, job_pk: int, prefix: str) -> set[str]:  # noqa: ARG001 - the hook's signature
    """Return the crops below a folder of a job that cells point at."""
    return set(Cell.objects.filter(crop_key__startswith=prefix).values_list("crop_key", flat=True))
