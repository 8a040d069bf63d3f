"""Storing an upload's files: decode, compare, write, record; one file at a time, each all or nothing."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from apps.accounts.models import Project
from apps.core import storage
from apps.core.errors import NotFound
from apps.slides import limits
from apps.slides.models import (
    Field,
    FileState,
    Mode,
    Slide,
    Upload,
    UploadFile,
    UploadState,
)
from apps.slides.services.storing import measure_quality, new_field, new_slide, write_pictures
from ml.errors import ImageError
from ml.images import DecodedImage, decode_in_child, pixel_sha256

if TYPE_CHECKING:
    from apps.jobs.context import JobContext

GONE = "The received file is not on the server any more. Add it again."
SLIDE_TRASHED = (
    "The slide was moved to the trash meanwhile. Restore it or choose another, then add the file again."
)


class _Refused(Exception):  # noqa: N818 - read at the place that raises it
    """A file cannot be stored; the message is for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def ingest_waiting(*, upload: Upload, ctx: JobContext) -> None:
    """Store every file of the upload that still waits.

    Each file has its own transaction under the job's lease, so a job that is killed and run again goes on with the
    files that are left and stores none twice. A bad file gets its sentence; the others go on.

    Raises:
        JobStopped: when the job must stop.
        JobFailed: when the disk is full; what is stored stays.
    """
    total = upload.files.count()
    waiting = list(upload.files.filter(state=FileState.WAITING).order_by("position"))
    done = total - len(waiting)
    for file in waiting:
        ctx.progress(done=done, total=total, stage="Storing", message=f"File {done + 1} of {total}")
        _ingest_one(upload, file, ctx)
        done += 1
    ctx.progress(done=total, total=total, stage="Storing")
    for key in (
        upload.files.exclude(state=FileState.WAITING).exclude(temp_key="").values_list("temp_key", flat=True)
    ):
        storage.delete_key(key)  # of an attempt that was killed between its commit and its clean-up


def close(*, upload_id: int) -> None:
    """Record that the upload is done; runs with the job's success, in one transaction."""
    Upload.objects.filter(pk=upload_id).update(state=UploadState.DONE)
    UploadFile.objects.filter(upload_id=upload_id).exclude(state=FileState.WAITING).update(temp_key="")


def _ingest_one(upload: Upload, file: UploadFile, ctx: JobContext) -> None:
    try:
        image = _decode(file)
        digest = pixel_sha256(image.pixels)
        quality = None
        if not Field.objects.filter(project_id=upload.project_id, pixel_sha256=digest).exists():
            write_pictures(image, image_key=file.image_key, thumbnail_key=file.thumbnail_key)
            quality = measure_quality(image, upload.slide)
        with ctx.transaction():
            state = _record(upload, file, image, digest, quality)
    except _Refused as refused:
        with ctx.transaction():
            state = _mark(file, FileState.FAILED, message=refused.message)
    if state != FileState.STORED:
        # Written by this attempt, or by one that was killed before it could record it.
        storage.delete_key(file.image_key)
        storage.delete_key(file.thumbnail_key)
    storage.delete_key(file.temp_key)


def _decode(file: UploadFile) -> DecodedImage:
    try:
        with storage.local_copy(file.temp_key) as path:
            return decode_in_child(path, limits=limits.decode_limits(), name=file.filename)
    except NotFound as gone:
        raise _Refused(GONE) from gone
    except ImageError as error:
        raise _Refused(error.message) from error


def _record(
    upload: Upload,
    file: UploadFile,
    image: DecodedImage,
    digest: str,
    quality: dict[str, float | None] | None,
) -> FileState:
    """Enter the field into the database, inside the job's transaction; return what became of the file."""
    # Uploads into one project take turns here, so "is it there already" and the next free number stay true.
    project = Project.objects.select_for_update(no_key=True).get(pk=upload.project_id)
    same = Field.objects.filter(project=project, pixel_sha256=digest).select_related("slide").first()
    if same is not None:
        return _mark(file, FileState.DUPLICATE, message=duplicate_message(same), field=same, image=image)
    slide = _slide_for(upload, file, project)
    if slide is None:
        return _mark(file, FileState.FAILED, message=SLIDE_TRASHED)
    field = new_field(
        slide=slide,
        title=file.filename,
        image=image,
        digest=digest,
        image_key=file.image_key,
        thumbnail_key=file.thumbnail_key,
        requester=upload.requester,
        analyse=upload.analyse,
        quality=quality,
    )
    _mark(file, FileState.STORED, field=field, image=image)
    return FileState.STORED


def _mark(
    file: UploadFile,
    state: FileState,
    *,
    message: str = "",
    field: Field | None = None,
    image: DecodedImage | None = None,
) -> FileState:
    file.state = state
    file.message = message[:500]
    file.field = field
    file.notices = list(image.notices) if image is not None else []
    file.save(update_fields=["state", "message", "field", "notices"])
    return state


def _slide_for(upload: Upload, file: UploadFile, project: Project) -> Slide | None:
    """Return the slide that the file belongs to, made now when it is the first; ``None`` when it is in the trash."""
    if upload.mode == Mode.SLIDE_PER_FILE:
        return _new_slide(upload, project, PurePath(file.filename).stem)
    upload.refresh_from_db(fields=["slide"])
    if upload.slide is None:
        if upload.mode == Mode.ADD_TO_SLIDE:
            return None
        upload.slide = _new_slide(upload, project, upload.title)
        upload.save(update_fields=["slide"])
    return upload.slide if upload.slide.trashed_at is None else None


def _new_slide(upload: Upload, project: Project, title: str) -> Slide:
    return new_slide(project=project, title=title, requester=upload.requester, simulated=upload.simulated)


def duplicate_message(field: Field) -> str:
    """Return the sentence for a picture whose pixels are a field of the project already."""
    where = (
        f"The same picture is in this project already: slide “{field.slide.title}”, field {field.position}."
    )
    if field.slide.trashed_at is None:
        return where
    return f"{where} That slide is in the trash; restore it instead."
