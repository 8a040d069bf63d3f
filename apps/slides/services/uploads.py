"""Receiving files: open an upload, add its files one by one, hand it over to a job."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core import disk
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import services as jobs
from apps.jobs.models import Job, State
from apps.slides import limits
from apps.slides.models import FileState, Mode, Slide, Upload, UploadFile, UploadState
from apps.slides.params import KIND, IngestParams
from apps.slides.receiving import Received, Refused
from apps.slides.room import stored_bytes


def open_upload(
    *,
    requester: User | None,
    project: Project,
    mode: str,
    title: str = "",
    slide: Slide | None = None,
    analyse: bool = True,
    simulated: bool = False,
) -> Upload:
    """Begin an upload into a project.

    Args:
        requester: Who uploads; ``None`` when the operator of the machine does.
        project: Where the slides will be.
        mode: One of ``Mode``.
        title: Title of the slide, with "one slide" only; a name is made up when empty.
        slide: The slide to add to, with "add to a slide" only.
        analyse: Whether the stored fields are to be analysed.
        simulated: Whether the pictures come from the simulator.

    Raises:
        NotFound, NotPermitted: the person may not upload into this project.
        InvalidInput: mode, title and slide do not fit together.
        DiskFull: there is no room for anything.
    """
    if requester is not None:
        require(requester, Action.UPLOAD, project)
    disk.require_everywhere()
    if mode not in Mode.values:
        raise InvalidInput(f"Choose what the files become: {', '.join(Mode.values)}.", code="mode")
    title = " ".join(title.split())
    if len(title) > 200:
        raise InvalidInput("A slide's title has at most 200 characters.", code="title")
    if (mode == Mode.ADD_TO_SLIDE) != (slide is not None):
        raise InvalidInput("Name the slide to add to, and only with “add to a slide”.", code="slide")
    if slide is not None:
        if slide.project_id != project.pk or slide.trashed_at is not None:
            raise InvalidInput("The slide to add to is not in this project.", code="slide")
        if slide.simulated != simulated:
            raise InvalidInput("Simulated and real pictures never share a slide.", code="slide")
    return Upload.objects.create(
        project=project,
        requester=requester,
        mode=mode,
        title=title,
        slide=slide,
        analyse=analyse,
        simulated=simulated,
    )


def add_file(*, upload: Upload, received: Received) -> UploadFile:
    """Enter a received file into an open upload.

    Raises:
        Conflict: the upload is complete already.
        InvalidInput: it has as many files as one upload may have.
    """
    return _enter(upload, filename=received.filename, size=received.size, temp_key=received.key)


def add_refused(*, upload: Upload, refused: Refused) -> UploadFile:
    """Enter a file that was refused while it came, so that the upload's report names it.

    Raises:
        Conflict, InvalidInput: as ``add_file``.
    """
    return _enter(
        upload, filename=refused.filename, size=refused.size, state=FileState.FAILED, message=refused.message
    )


def _enter(
    upload: Upload,
    *,
    filename: str,
    size: int,
    temp_key: str = "",
    state: FileState = FileState.WAITING,
    message: str = "",
) -> UploadFile:
    with transaction.atomic():
        # The row is locked (PostgreSQL) or the database is (SQLite): files that arrive together get places in turn.
        held = Upload.objects.select_for_update().get(pk=upload.pk)
        if held.state != UploadState.OPEN:
            raise Conflict(
                "This upload is complete already. Start another one for further files.", code="complete"
            )
        last = held.files.aggregate(last=Max("position"))["last"] or 0
        if last >= limits.FILES_PER_UPLOAD:
            raise InvalidInput(
                f"One upload takes at most {limits.FILES_PER_UPLOAD} files.", code="too-many-files"
            )
        return UploadFile.objects.create(
            upload=held,
            position=last + 1,
            filename=filename,
            size=size,
            temp_key=temp_key,
            state=state,
            message=message,
        )


def complete(*, upload: Upload, request: HttpRequest | None = None) -> Job:
    """Hand the upload over to a job and return it; called twice, the same job comes back.

    An upload whose job was cancelled or failed gets a new job for the files that still wait.

    Raises:
        InvalidInput: there is no file in it.
        DiskFull: there is no room for its pictures; the upload waits and can be completed later.
    """
    with transaction.atomic():
        held = (
            Upload.objects.select_for_update(of=("self",)).select_related("project", "job").get(pk=upload.pk)
        )
        if held.job is not None and not _may_run_again(held):
            return held.job
        files = held.files.count()
        if not files:
            raise InvalidInput("Add at least one file first.", code="no-files")
        waiting = held.files.filter(state=FileState.WAITING).values_list("filename", "size")
        disk.require_everywhere(sum(stored_bytes(filename, size) for filename, size in waiting))
        first = held.state == UploadState.OPEN
        # Whoever moves the row submits the job: a second click finds it moved.
        moved = Upload.objects.filter(pk=held.pk, state=held.state, job=held.job).update(
            state=UploadState.QUEUED
        )
        if not moved:
            raise Conflict("This upload was completed by another click just now.", code="complete")
        job = jobs.submit(
            kind=KIND,
            params=IngestParams(upload_id=str(held.public_id)),
            requester=held.requester,
            project=held.project,
            title=f"Store {files} file{'' if files == 1 else 's'}",
            subject=f"upload:{held.public_id}",
        )
        Upload.objects.filter(pk=held.pk).update(job=job)
        if first:
            audit.record(
                actor=held.requester,
                verb="uploaded",
                project=held.project,
                target=f"upload:{held.public_id}",
                detail={"files": files, "mode": held.mode},
                request=request,
            )
    return job


def _may_run_again(upload: Upload) -> bool:
    return (
        upload.state == UploadState.QUEUED
        and upload.job is not None
        and upload.job.state in {State.FAILED, State.CANCELLED}
        and upload.files.filter(state=FileState.WAITING).exists()
    )
