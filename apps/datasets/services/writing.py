"""Writing an export to one archive, then reading it back: what went in must come out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from apps.accounts import audit
from apps.cells.crops import load_pixels
from apps.cells.models import Cell
from apps.core import disk, storage
from apps.core.errors import NotFound
from apps.core.storage import scratch
from apps.datasets import limits
from apps.datasets.archive import open_archive
from apps.datasets.formats import READERS, WRITERS
from apps.datasets.formats.out import Out
from apps.datasets.models import Export, ExportState, Format
from apps.datasets.scope import Teller, about, crops_of, fields_of
from apps.datasets.services.digests import digest_of
from apps.datasets.values import FormatProblem, OutPicture
from apps.jobs.errors import JobFailed
from apps.registry.selectors import class_list_for, classes_for
from apps.slides.models import Field
from ml.crops import cut
from ml.images import encode_png

if TYPE_CHECKING:
    from apps.jobs.context import JobContext

_EMPTY = "There is nothing to take out with these choices."
_PART = 200


@dataclass(frozen=True, slots=True)
class Written:
    """An archive that lies in the store; ``size`` in bytes."""

    key: str
    size: int
    sha256: str
    counts: dict[str, int]


def write(*, wanted: Export, ctx: JobContext) -> Written:
    """Write the archive and store it under this attempt's name.

    Raises:
        JobFailed: there is nothing to write, a picture is missing, the disk is full, or the archive does not hold
            what was put into it.
        JobStopped: the job must stop.
    """
    try:
        with scratch.nameless() as stream:
            counts = _write(wanted, stream, ctx)
            size = stream.seek(0, 2)
            ctx.progress(stage="Reading back")
            _read_back(wanted, stream, counts)
            stream.seek(0)
            sha256 = digest_of(stream)
            disk.require_everywhere(size)
            key = storage.new_key(ctx.output_prefix(), ".zip")
            ctx.progress(stage="Storing")
            storage.save_stream(key, stream)
    except NotFound as gone:
        raise JobFailed(
            "A picture is missing from the store, so nothing was taken out.", retry=False
        ) from gone
    except (OSError, disk.DiskFull) as error:
        full = error if isinstance(error, disk.DiskFull) else disk.refusal(error)
        if full is None:
            raise
        raise JobFailed(full.message, retry=False) from error
    return Written(key, size, sha256, counts)


def close(*, wanted: Export, written: Written) -> None:
    """Make the export ready; runs with the job's success, in one transaction."""
    Export.objects.filter(pk=wanted.pk, state=ExportState.WRITING).update(
        state=ExportState.READY,
        file_key=written.key,
        size=written.size,
        sha256=written.sha256,
        counts=written.counts,
        expires_at=timezone.now() + limits.EXPORTS_KEPT,
    )
    audit.record(
        actor=wanted.requester,
        verb="exported",
        project=wanted.project,
        target=f"export:{wanted.public_id}",
        detail={"what": wanted.get_format_display(), "rows": written.counts["cells"], "names": wanted.names},
    )


def _write(wanted: Export, stream: IO[bytes], ctx: JobContext) -> dict[str, int]:
    out = Out(stream)
    try:
        teller = Teller(wanted)
        counts = _write_all(wanted, out, teller, stream, ctx)
        out.close()
    except BaseException:
        out.abandon()
        raise
    return {**counts, "standing": teller.standing, "left_out": teller.left_out}


def _write_all(
    wanted: Export, out: Out, teller: Teller, stream: IO[bytes], ctx: JobContext
) -> dict[str, int]:
    classes = classes_for(wanted.project)
    writer = WRITERS[wanted.format](out, [one.name for one in classes])
    guard = disk.Guard(scratch.folder())
    total = fields_of(wanted).count() + crops_of(wanted).count()
    counts = {"pictures": 0, "empty": 0, "cells": 0, "crops": 0, "fields": 0}
    before = 0
    for done, picture, pixels in _pictures(wanted, teller, crops=writer.crops):
        ctx.progress(done=done, total=total, stage="Writing", message=f"{done} of {total}")
        with pixels:
            writer.add(picture, pixels)
        guard.before(stream.tell() - before)
        before = stream.tell()
        counts["pictures"] += 1
        counts["crops" if picture.crop else "fields"] += 1
        counts["empty"] += not picture.cells
        counts["cells"] += len(picture.cells)
    if not counts["pictures"]:
        raise JobFailed(_EMPTY, retry=False)
    ours = class_list_for(wanted.project)
    listed = [
        {
            "id": number,
            "name": one.name,
            "title": one.title,
            "letter": one.letter,
            "colour": one.colour,
            "role": one.role,
        }
        for number, one in enumerate(classes, start=1)
    ]
    told = about(wanted, teller, listed, timezone.now().isoformat())
    writer.end({**told, "class_list": {"name": ours.name, "version": ours.version}, "counts": counts})
    return counts


def _pictures(wanted: Export, teller: Teller, *, crops: bool) -> Iterator[tuple[int, OutPicture, IO[bytes]]]:
    """Yield how many fields and crops are done, a picture, and its pixels.

    Args:
        wanted: The export.
        teller: What turns rows into pictures.
        crops: Whether the format holds a picture for each cell instead of fields with boxes.
    """
    done = 0
    fields = fields_of(wanted).select_related("slide__specimen", "slide__device")
    for field in fields.iterator(chunk_size=_PART):
        picture = teller.field(field)
        if crops:
            for one, pixels in _cut_out(picture, field):
                yield done, one, pixels
        else:
            yield done, picture, storage.open_key(field.image_key)
        done += 1
    # A cell without a field has no place in a format of boxes.
    if not crops and wanted.format != Format.BUNDLE:
        teller.pass_over(crops_of(wanted).count())
        return
    last = 0
    while part := list(
        crops_of(wanted).filter(pk__gt=last).select_related("classifier_version", "locator_version")[:_PART]
    ):
        keys = {str(cell.public_id): cell.crop_key for cell in part}
        for picture in teller.crops(part):
            yield done, picture, storage.open_key(keys[picture.id])
        done += len(part)
        last = part[-1].pk


def _cut_out(picture: OutPicture, field: Field) -> Iterator[tuple[OutPicture, IO[bytes]]]:
    """Yield the cells of a field as pictures of their own: the stored crop, or one cut here where there is none."""
    if not picture.cells:
        return
    ids = [cell.id for cell in picture.cells]
    keys = dict(Cell.objects.filter(field=field, public_id__in=ids).values_list("public_id", "crop_key"))
    whole = None
    for cell in picture.cells:
        key = keys.get(UUID(cell.id), "")
        if key:
            pixels: IO[bytes] = storage.open_key(key)
        else:
            whole = load_pixels(field) if whole is None else whole
            pixels = io.BytesIO(encode_png(cut(whole, cell.box)))
        size = (round(cell.box[2] - cell.box[0]), round(cell.box[3] - cell.box[1]))
        yield OutPicture(cell.id, f"{cell.id}.png", *size, (cell,), crop=True), pixels


def _read_back(wanted: Export, stream: IO[bytes], counts: dict[str, int]) -> None:
    """Read the archive as an import would, and compare what comes out with what went in.

    Raises:
        JobFailed: they differ.
    """
    pictures = cells = 0
    try:
        with open_archive(stream, lambda _: None) as archive:
            for picture in READERS[wanted.format](archive, lambda _: None):
                pictures += 1
                cells += len(picture.shapes) if picture.label is None else 1
    except FormatProblem as problem:
        raise JobFailed(f"The archive could not be read back: {problem.message}", retry=False) from problem
    if (pictures, cells) != (counts["pictures"], counts["cells"]):
        raise JobFailed(
            f"The archive does not hold what was put into it: {pictures} of {counts['pictures']} pictures, "
            f"{cells} of {counts['cells']} cells.",
            retry=False,
        )
    counts["read_back"] = cells
