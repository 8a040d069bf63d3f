"""Reading an archive: which pictures it holds, with which boxes, of which classes. Nothing is stored yet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from apps.core import storage
from apps.core.errors import NotFound
from apps.datasets import limits, mapping
from apps.datasets.archive import Archive, open_archive
from apps.datasets.formats import READERS, recognise
from apps.datasets.models import Declared, Format, Import, ImportedPicture, ImportState
from apps.datasets.services.remarks import Remarks
from apps.datasets.values import FormatProblem, Picture
from apps.jobs.errors import JobFailed
from apps.registry.selectors import classes_for

if TYPE_CHECKING:
    from apps.jobs.context import JobContext

GONE = "The archive is not on the server any more. Send it again."
_BATCH = 200


def read(*, source: Import, ctx: JobContext) -> None:
    """Enter every picture of the archive with its boxes; an attempt that was killed begins again.

    Raises:
        JobFailed: the archive cannot be read.
        JobStopped: the job must stop.
    """
    try:
        with storage.open_key(source.source_key) as stream:
            with ctx.transaction():
                source.remarks.all().delete()
                source.pictures.all().delete()
            remarks = Remarks(source, ctx)
            with open_archive(stream, remarks.add) as archive:
                _read(source, archive, remarks, ctx)
    except NotFound as gone:
        raise JobFailed(GONE, retry=False) from gone
    except FormatProblem as problem:
        raise JobFailed(problem.message, retry=False) from problem


def _read(source: Import, archive: Archive, remarks: Remarks, ctx: JobContext) -> None:
    name = source.format or recognise(archive)
    if source.origin == Declared.SYNTHETIC and name != Format.IMAGEFOLDER:
        # A field of synthetic cells would be counted like one of a patient's blood, and a bundle speaks for itself.
        raise FormatProblem(
            "Only pictures of single cells can be declared synthetic: a folder for each class. "
            f"This archive is read as: {Format(name).label}."
        )
    total = len(archive.pictures())
    classes: Counter[str] = Counter()
    batch: list[ImportedPicture] = []
    count = boxes = 0
    for picture in READERS[name](archive, remarks.add):
        count += 1
        boxes += len(picture.shapes) + picture.unread
        if boxes > limits.BOXES:
            raise FormatProblem(f"The archive holds more than {limits.BOXES:,} boxes. Divide it.")
        if len(picture.shapes) > limits.BOXES_PER_PICTURE:
            raise FormatProblem(
                f"{picture.path} has more than {limits.BOXES_PER_PICTURE:,} boxes. Leave it out."
            )
        _count(picture, classes)
        batch.append(_row(source, count, picture))
        if len(batch) >= _BATCH:
            _write(batch, ctx)
            ctx.progress(done=count, total=max(total, count), stage="Reading")
    _write(batch, ctx)
    remarks.flush()
    if not count:
        raise FormatProblem("The archive holds no picture that could be imported.")
    source.format = name
    source.found = {
        "classes": sorted(([name, n] for name, n in classes.items()), key=lambda pair: (-pair[1], pair[0])),
        "pictures": count,
        "boxes": boxes,
        "orphans": remarks.orphans,
    }


def _count(picture: Picture, classes: Counter[str]) -> None:
    if picture.label is not None:
        classes[picture.label] += 1
    for shape in picture.shapes:
        classes[shape.name] += 1
    if len(classes) > limits.CLASSES:
        raise FormatProblem(
            f"The archive has more than {limits.CLASSES} classes. Is the format the right one?"
        )


def _row(source: Import, position: int, picture: Picture) -> ImportedPicture:
    width, height = picture.size or (None, None)
    return ImportedPicture(
        source=source,
        position=position,
        path=picture.path[:400],
        label=None if picture.label is None else picture.label[:200],
        shapes=[shape.as_json() for shape in picture.shapes],
        more=dict(picture.more),
        width=width,
        height=height,
        boxes=len(picture.shapes) + picture.unread,
        unread=picture.unread,
    )


def _write(batch: list[ImportedPicture], ctx: JobContext) -> None:
    if batch:
        with ctx.transaction():
            ImportedPicture.objects.bulk_create(batch, batch_size=100)
        batch.clear()


def close(*, source: Import) -> None:
    """Wait for a person to say what the classes mean; runs with the job's success, in one transaction."""
    names = [name for name, _ in source.found["classes"]]
    Import.objects.filter(pk=source.pk, state=ImportState.READING).update(
        state=ImportState.MAPPING,
        format=source.format,
        found=source.found,
        mapping=mapping.propose(names, classes_for(source.project)),
    )
