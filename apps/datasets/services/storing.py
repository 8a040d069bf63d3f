"""Storing an import picture by picture, each all or nothing under the job's lease, and none twice."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from apps.accounts import audit
from apps.cells.crops import save_crop
from apps.core import disk, storage
from apps.core.errors import NotFound
from apps.core.storage import scratch
from apps.datasets.archive import Archive, BadMember, open_archive
from apps.datasets.models import (
    CropDigest,
    Import,
    ImportedPicture,
    ImportState,
    PictureState,
)
from apps.datasets.services.boxes import judge
from apps.datasets.services.digests import digest_of
from apps.datasets.services.reading import GONE
from apps.datasets.services.recording import Ready, Refused, mark, record
from apps.datasets.values import FormatProblem, Odd, Remark, Shape
from apps.jobs.errors import JobFailed
from apps.slides import limits
from apps.slides.models import Field
from apps.slides.services.storing import measure_quality, write_pictures
from ml.crops import cut
from ml.errors import ImageError
from ml.images import DecodedImage, decode_in_child, pixel_sha256

if TYPE_CHECKING:
    from apps.jobs.context import JobContext

# What became of a picture whose boxes were looked at one by one.
_READ = (PictureState.STORED, PictureState.MERGED)


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
        if row["state"] not in _READ:
            counts["boxes_of_others"] += row["sum_boxes"] - row["sum_unread"]
    of_boxes = source.remarks.filter(picture__state__in=_READ)
    refused = of_boxes.filter(odd__in=(Odd.OUTSIDE, Odd.EMPTY_BOX))
    merged = of_boxes.filter(odd__in=(Odd.THERE, Odd.LABEL_TAKEN))
    return {
        "pictures": counts["pictures"],
        "stored": counts["stored_pictures"],
        "duplicate": counts["duplicate_pictures"],
        "merged_pictures": counts["merged_pictures"],
        "pictures_left_out": counts["left_out_pictures"],
        "failed": counts["failed_pictures"],
        "boxes": counts["boxes"],
        "cells": counts["cells"],
        "left_out": counts["left_out"],
        "refused": refused.aggregate(n=Sum("boxes"))["n"] or 0,
        "merged": merged.aggregate(n=Sum("boxes"))["n"] or 0,
        "unread": counts["unread"],
        "boxes_of_others": counts["boxes_of_others"],
        "crops": counts["crops"],
        "orphans": int(source.found.get("orphans", 0)),
    }


def _store_one(source: Import, picture: ImportedPicture, archive: Archive, ctx: JobContext) -> None:
    if picture.label is not None and source.mapping[picture.label] == Import.LEAVE_OUT:
        with ctx.transaction(advances=True):
            mark(picture, PictureState.LEFT_OUT)
        return
    try:
        ready = _prepare(source, picture, archive, ctx)
        with ctx.transaction(advances=True):
            state = record(source, picture, ready)
    except Refused as refused:
        with ctx.transaction(advances=True):
            remark = Remark(picture.path, refused.odd, refused.message, boxes=picture.boxes - picture.unread)
            state = mark(picture, PictureState.FAILED, remarks=[remark])
    else:
        for key in ready.unused:
            storage.delete_key(key)
    if state != PictureState.STORED or picture.label is not None:
        storage.delete_key(picture.image_key)
        storage.delete_key(picture.thumbnail_key)


def _prepare(source: Import, picture: ImportedPicture, archive: Archive, ctx: JobContext) -> Ready:
    """Decode a picture and write its files, unless its pixels are here already."""
    image = _decode(picture, archive)
    ready = Ready(image, pixel_sha256(image.pixels))
    if picture.label is not None:
        if not CropDigest.objects.filter(project=source.project, pixel_sha256=ready.digest).exists():
            ready.crop_key = _with_room(lambda: save_crop(prefix=ctx.output_prefix(), pixels=image.pixels))
        return ready
    here = Field.objects.filter(project=source.project, pixel_sha256=ready.digest).exists()
    if here and not picture.boxes:
        return ready
    if not here:
        write_pictures(image, image_key=picture.image_key, thumbnail_key=picture.thumbnail_key)
        ready.quality = measure_quality(image, None)
    judged = judge(
        [Shape.from_json(shape) for shape in picture.shapes],
        width=image.width,
        height=image.height,
        mapping=source.mapping,
        path=picture.path,
    )
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
        raise Refused(Odd.UNREADABLE_PICTURE, "The picture is not in the archive any more.")
    name = PurePosixPath(picture.path).name
    try:
        with scratch.named() as file:
            archive.copy(picture.path, file, most=limits.max_bytes())
            file.flush()
            file.seek(0)
            wanted = picture.more.get("sha256")
            if wanted and digest_of(file) != wanted:
                raise Refused(Odd.ALTERED, "The picture is not what the bundle's manifest says it was.")
            return decode_in_child(file.name, limits=limits.decode_limits(), name=name)
    except BadMember as bad:
        odd = Odd.UNREADABLE_PICTURE if bad.odd == Odd.UNREADABLE_FILE else bad.odd
        raise Refused(odd, bad.message) from bad
    except ImageError as error:
        raise Refused(Odd.UNREADABLE_PICTURE, error.message) from error
    except OSError as error:
        full = disk.refusal(error)
        if full is None:
            raise
        raise JobFailed(full.message, retry=True) from error
