"""Storing an import picture by picture, each all or nothing under the job's lease, and none twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db.models import Count, Q, Sum
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Project
from apps.cells.crops import save_crop
from apps.cells.importing import ImportedCell, write_imported
from apps.cells.models import Cell
from apps.core import disk, storage
from apps.core.errors import NotFound
from apps.core.storage import scratch
from apps.datasets.archive import Archive, BadMember, open_archive
from apps.datasets.models import (
    CropDigest,
    Declared,
    Import,
    ImportedPicture,
    ImportRemark,
    ImportState,
    PictureState,
    Provenance,
)
from apps.datasets.services.boxes import Accepted, judge
from apps.datasets.services.digests import digest_of
from apps.datasets.services.reading import GONE
from apps.datasets.services.remarks import as_row
from apps.datasets.services.slides import slide_for, take_over
from apps.datasets.values import FormatProblem, Odd, Remark, Shape
from apps.jobs.errors import JobFailed
from apps.slides import limits
from apps.slides.models import Field
from apps.slides.services.ingest import duplicate_message
from apps.slides.services.storing import measure_quality, new_field, write_pictures
from ml.crops import cut
from ml.errors import ImageError
from ml.images import DecodedImage, decode_in_child, pixel_sha256

if TYPE_CHECKING:
    from apps.jobs.context import JobContext

_LINES = 50
_SAME_CROP = "The same picture of a cell is in this project already."


class _Refused(Exception):  # noqa: N818 - read at the place that raises it
    """A picture cannot be stored."""

    def __init__(self, odd: Odd, message: str) -> None:
        super().__init__(message)
        self.odd = odd
        self.message = message


@dataclass(slots=True)
class _Ready:
    """A decoded picture and what is to be written for it."""

    image: DecodedImage
    digest: str
    accepted: list[tuple[Accepted, str]] = field(default_factory=list)  # with the key of its crop
    remarks: list[Remark] = field(default_factory=list)
    left_out: int = 0
    crop_key: str = ""
    quality: dict[str, float | None] | None = None


def store_waiting(*, source: Import, ctx: JobContext) -> None:
    """Store every picture of the import that still waits.

    Raises:
        JobStopped: the job must stop.
        JobFailed: the archive is gone, or the disk is full; what is stored stays.
    """
    total = source.pictures.count()
    done = source.pictures.exclude(state=PictureState.WAITING).count()
    try:
        with storage.open_key(source.source_key) as stream, open_archive(stream, lambda _: None) as archive:
            while batch := list(
                source.pictures.filter(state=PictureState.WAITING).order_by("position")[:200]
            ):
                for picture in batch:
                    ctx.progress(
                        done=done, total=total, stage="Storing", message=f"Picture {done + 1} of {total}"
                    )
                    _store_one(source, picture, archive, ctx)
                    done += 1
    except NotFound as gone:
        raise JobFailed(GONE, retry=False) from gone
    except FormatProblem as problem:
        raise JobFailed(problem.message, retry=False) from problem
    ctx.progress(done=total, total=total, stage="Storing")


def close(*, source: Import) -> None:
    """Write the receipt; runs with the job's success, in one transaction."""
    counts = receipt(source)
    moved = Import.objects.filter(pk=source.pk, state=ImportState.STORING).update(
        state=ImportState.DONE, counts=counts, finished_at=timezone.now(), source_key=""
    )
    if moved:
        audit.record(
            actor=source.requester,
            verb="imported",
            project=source.project,
            target=f"import:{source.public_id}",
            detail={
                "format": source.format,
                "origin": source.origin,
                "pictures": counts["stored"],
                "cells": counts["cells"],
            },
        )


def receipt(source: Import) -> dict[str, int]:
    """Return the counts of an import: what came in, what came of it, and everything that did not."""
    counts: Counter[str] = Counter()
    sums = {f"sum_{name}": Sum(name) for name in ("boxes", "unread", "left_out", "cells")}
    kinds = source.pictures.order_by().annotate(is_crop=Q(label__isnull=False)).values("state", "is_crop")
    rows: list[Any] = list(kinds.annotate(n=Count("pk"), **sums))
    for row in rows:
        counts["pictures"] += row["n"]
        counts[row["state"].replace("-", "_") + "_pictures"] += row["n"]
        for name in ("boxes", "unread", "left_out", "cells"):
            counts[name] += row[f"sum_{name}"]
        counts["crops"] += row["sum_cells"] if row["is_crop"] else 0
        if row["state"] != PictureState.STORED:
            counts["boxes_of_others"] += row["sum_boxes"] - row["sum_unread"]
    refused = source.remarks.filter(picture__state=PictureState.STORED, odd__in=(Odd.OUTSIDE, Odd.EMPTY_BOX))
    return {
        "pictures": counts["pictures"],
        "stored": counts["stored_pictures"],
        "duplicate": counts["duplicate_pictures"],
        "pictures_left_out": counts["left_out_pictures"],
        "failed": counts["failed_pictures"],
        "boxes": counts["boxes"],
        "cells": counts["cells"],
        "left_out": counts["left_out"],
        "refused": refused.aggregate(n=Sum("boxes"))["n"] or 0,
        "unread": counts["unread"],
        "boxes_of_others": counts["boxes_of_others"],
        "crops": counts["crops"],
        "orphans": int(source.found.get("orphans", 0)),
    }


def _store_one(source: Import, picture: ImportedPicture, archive: Archive, ctx: JobContext) -> None:
    if picture.label is not None and source.mapping[picture.label] == Import.LEAVE_OUT:
        with ctx.transaction(advances=True):
            _mark(picture, PictureState.LEFT_OUT)
        return
    try:
        ready = _prepare(source, picture, archive, ctx)
        with ctx.transaction(advances=True):
            state = _record(source, picture, ready)
    except _Refused as refused:
        with ctx.transaction(advances=True):
            remark = Remark(picture.path, refused.odd, refused.message, boxes=picture.boxes - picture.unread)
            state = _mark(picture, PictureState.FAILED, remarks=[remark])
    if state != PictureState.STORED or picture.label is not None:
        storage.delete_key(picture.image_key)
        storage.delete_key(picture.thumbnail_key)


def _prepare(source: Import, picture: ImportedPicture, archive: Archive, ctx: JobContext) -> _Ready:
    """Decode a picture and write its files, unless its pixels are here already."""
    image = _decode(picture, archive)
    ready = _Ready(image, pixel_sha256(image.pixels))
    if picture.label is not None:
        if not CropDigest.objects.filter(project=source.project, pixel_sha256=ready.digest).exists():
            ready.crop_key = _with_room(lambda: save_crop(prefix=ctx.output_prefix(), pixels=image.pixels))
        return ready
    if Field.objects.filter(project=source.project, pixel_sha256=ready.digest).exists():
        return ready
    write_pictures(image, image_key=picture.image_key, thumbnail_key=picture.thumbnail_key)
    judged = judge(
        [Shape.from_json(shape) for shape in picture.shapes],
        width=image.width,
        height=image.height,
        mapping=source.mapping,
        path=picture.path,
    )
    ready.quality = measure_quality(image, None)
    ready.left_out = judged.left_out
    ready.remarks = judged.remarks
    if picture.width and (picture.width, picture.height) != (image.width, image.height):
        words = (
            f"The annotations speak of {picture.width} x {picture.height} pixels, the picture has "
            f"{image.width} x {image.height}."
        )
        ready.remarks.append(Remark(picture.path, Odd.SIZE, words))
    for one in judged.accepted:
        crop = cut(image.pixels, one.box)
        key = _with_room(lambda crop=crop: save_crop(prefix=ctx.output_prefix(), pixels=crop))
        ready.accepted.append((one, key))
    return ready


def _with_room(save: Any) -> str:
    try:
        key: str = save()
    except (OSError, disk.DiskFull) as error:
        full = error if isinstance(error, disk.DiskFull) else disk.refusal(error)
        if full is None:
            raise
        raise JobFailed(full.message, retry=True) from error
    return key


def _decode(picture: ImportedPicture, archive: Archive) -> DecodedImage:
    if picture.path not in archive.members:
        raise _Refused(Odd.UNREADABLE_PICTURE, "The picture is not in the archive any more.")
    name = PurePosixPath(picture.path).name
    try:
        with scratch.named() as file:
            archive.copy(picture.path, file, most=limits.max_bytes())
            file.flush()
            file.seek(0)
            wanted = picture.more.get("sha256")
            if wanted and digest_of(file) != wanted:
                raise _Refused(Odd.ALTERED, "The picture is not what the bundle's manifest says it was.")
            return decode_in_child(file.name, limits=limits.decode_limits(), name=name)
    except BadMember as bad:
        odd = Odd.UNREADABLE_PICTURE if bad.odd == Odd.UNREADABLE_FILE else bad.odd
        raise _Refused(odd, bad.message) from bad
    except ImageError as error:
        raise _Refused(Odd.UNREADABLE_PICTURE, error.message) from error
    except OSError as error:
        full = disk.refusal(error)
        if full is None:
            raise
        raise JobFailed(full.message, retry=True) from error


def _record(source: Import, picture: ImportedPicture, ready: _Ready) -> PictureState:
    """Enter a picture with its cells, inside the job's transaction; return what became of it."""
    # Whoever adds pictures to a project takes turns here, so "is it there already" stays true.
    project = Project.objects.select_for_update(no_key=True).get(pk=source.project_id)
    if picture.label is not None:
        return _record_crop(source, picture, project, ready)
    same = Field.objects.filter(project=project, pixel_sha256=ready.digest).select_related("slide").first()
    if same is not None:
        remark = Remark(
            picture.path, Odd.DUPLICATE, duplicate_message(same), boxes=picture.boxes - picture.unread
        )
        return _mark(picture, PictureState.DUPLICATE, remarks=[remark])
    slide = slide_for(source, picture, project)
    if slide is None:
        raise _Refused(
            Odd.NOT_TAKEN,
            "The slide of this import was moved to the trash meanwhile. Restore it, import again.",
        )
    made = new_field(
        slide=slide,
        title=(picture.more.get("title") or PurePosixPath(picture.path).name or "picture")[:255],
        image=ready.image,
        digest=ready.digest,
        image_key=picture.image_key,
        thumbnail_key=picture.thumbnail_key,
        requester=source.requester,
        analyse=source.analyse,
        quality=ready.quality,
    )
    take_over(made, picture)
    cells = write_imported(
        actor=source.requester,
        project=project,
        field=made,
        cells=[ImportedCell(one.box, one.to_class, key) for one, key in ready.accepted],
        act=_act(source),
    )
    _tell(source, list(zip(cells, (one.told for one, _ in ready.accepted), strict=True)))
    return _mark(
        picture,
        PictureState.STORED,
        made=made,
        cells=len(cells),
        left_out=ready.left_out,
        remarks=ready.remarks,
    )


def _record_crop(source: Import, picture: ImportedPicture, project: Project, ready: _Ready) -> PictureState:
    if not ready.crop_key or CropDigest.objects.filter(project=project, pixel_sha256=ready.digest).exists():
        return _mark(
            picture, PictureState.DUPLICATE, remarks=[Remark(picture.path, Odd.DUPLICATE, _SAME_CROP)]
        )
    to = source.mapping[picture.label or ""]
    whole = (0.0, 0.0, float(ready.image.width), float(ready.image.height))
    (cell,) = write_imported(
        actor=source.requester,
        project=project,
        field=None,
        cells=[ImportedCell(whole, "" if to == Import.NO_CLASS else to, ready.crop_key)],
        act=_act(source),
        synthetic=source.origin == Declared.SYNTHETIC,
    )
    CropDigest.objects.create(project=project, cell=cell, pixel_sha256=ready.digest)
    _tell(source, [(cell, picture.more.get("told") or {})])
    return _mark(picture, PictureState.STORED, cells=1)


def _act(source: Import) -> UUID:
    """Return the one name that all events of an import share."""
    return uuid5(source.public_id, "cells")


def _tell(source: Import, pairs: list[tuple[Cell, Any]]) -> None:
    Provenance.objects.bulk_create(
        [Provenance(cell=cell, source=source, told=dict(told)) for cell, told in pairs if told]
    )


def _mark(
    picture: ImportedPicture,
    state: PictureState,
    *,
    made: Field | None = None,
    cells: int = 0,
    left_out: int = 0,
    remarks: list[Remark] | None = None,
) -> PictureState:
    picture.state = state
    picture.field = made
    picture.cells = cells
    picture.left_out = left_out
    picture.shapes = []
    picture.more = {"slide": picture.more["slide"]} if picture.more.get("slide") else {}
    picture.save(update_fields=["state", "field", "cells", "left_out", "shapes", "more"])
    rows = [as_row(picture.source, one, picture) for one in _shortened(remarks or [])]
    ImportRemark.objects.bulk_create(rows)
    return state


def _shortened(remarks: list[Remark]) -> list[Remark]:
    """Return at most so many lines of one picture, then one for each kind that has more, with all their boxes."""
    kept, rest = remarks[:_LINES], remarks[_LINES:]
    further: dict[Odd, list[Remark]] = {}
    for one in rest:
        further.setdefault(one.odd, []).append(one)
    return kept + [
        Remark(
            many[0].path, odd, f"{len(many)} further lines of this kind.", boxes=sum(m.boxes for m in many)
        )
        for odd, many in further.items()
    ]
