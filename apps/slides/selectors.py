"""Reads of slides, fields and uploads; each begins with who asks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.core.errors import NotFound
from apps.core.models import Erasure, ErasureKind
from apps.jobs.models import ACTIVE_STATES, State
from apps.slides.columns import SlideColumn, columns_for
from apps.slides.models import (
    DeviceProfile,
    Field,
    FileState,
    Slide,
    SlideQuerySet,
    Specimen,
    Upload,
    UploadFile,
    UploadState,
)

PAGE_SIZE = 50
THUMBNAILS_PER_SLIDE = 4
NOTHING_HERE = "There is nothing here, or it belongs to a project that you are not a member of."

Person = User | AnonymousUser


def get_project(*, user: Person, public_id: UUID) -> Project:
    """Return a project that the person may see.

    Raises:
        NotFound: otherwise.
    """
    project = Project.objects.visible_to(user).filter(public_id=public_id).first()
    if project is None:
        raise NotFound(NOTHING_HERE)
    return project


def get_slide(*, user: Person, public_id: UUID, trashed: bool = False) -> Slide:
    """Return a slide that the person may see; with ``trashed`` also one in the trash.

    Raises:
        NotFound: otherwise.
    """
    slides = Slide.objects.of_projects_of(user) if trashed else Slide.objects.visible_to(user)
    slide = slides.select_related("project", "specimen", "device").filter(public_id=public_id).first()
    if slide is None:
        raise NotFound(NOTHING_HERE)
    return slide


def slide_values(slide: Slide) -> dict[str, Any]:
    """Return what a person may say of a slide alone, by the names of `change_slide`."""
    return {"title": slide.title, "device": slide.device.public_id if slide.device is not None else None}


def specimen_values(specimen: Specimen) -> dict[str, Any]:
    """Return what a person may say of a specimen, by the names of `change_specimen`."""
    return {
        "pseudonym": specimen.pseudonym,
        "age_band": specimen.age_band,
        "sex": specimen.sex,
        "species": specimen.species,
        "stain": specimen.stain,
        "anticoagulant": specimen.anticoagulant,
        "collected_at": specimen.collected_at,
    }


def field_values(field: Field) -> dict[str, str]:
    """Return what a person may say of a field."""
    return {"title": field.title}


def specimens_of(user: Person) -> QuerySet[Specimen]:
    """Return the specimens of the person's projects."""
    return Specimen.objects.filter(project__in=Project.objects.visible_to(user))


def devices_of(user: Person) -> QuerySet[DeviceProfile]:
    """Return the devices of the person's projects."""
    return DeviceProfile.objects.filter(project__in=Project.objects.visible_to(user))


def get_device(*, user: Person, public_id: UUID) -> DeviceProfile:
    """Return a device of a project that the person may see.

    Raises:
        NotFound: otherwise.
    """
    device = devices_of(user).select_related("project").filter(public_id=public_id).first()
    if device is None:
        raise NotFound(NOTHING_HERE)
    return device


def count_fields(slides: Iterable[Slide]) -> dict[int, int]:
    """Return the number of fields of each slide that has one, by primary key, in one query."""
    counted = Field.objects.filter(slide__in=[slide.pk for slide in slides]).order_by()
    return dict(counted.values_list("slide_id").annotate(n=Count("pk")))


def details_of(slide: Slide) -> dict[str, Any]:
    """Return what a person may say of a slide and its specimen, by the names of the form and of `describe`."""
    return {"title": slide.title, **specimen_values(slide.specimen), "device": slide.device}


def get_field(*, user: Person, public_id: UUID) -> Field:
    """Return a field that the person may see, with its project and slide.

    Raises:
        NotFound: otherwise.
    """
    fields = Field.objects.visible_to(user).select_related("project", "slide")
    field = fields.filter(public_id=public_id).first()
    if field is None:
        raise NotFound(NOTHING_HERE)
    return field


def get_upload(*, user: Person, public_id: UUID) -> Upload:
    """Return an upload that the person may see, with its project and job.

    Raises:
        NotFound: otherwise.
    """
    uploads = Upload.objects.visible_to(user).select_related("project", "job", "slide", "requester")
    upload = uploads.filter(public_id=public_id).first()
    if upload is None:
        raise NotFound(NOTHING_HERE)
    return upload


@dataclass(frozen=True, slots=True)
class SlideRow:
    """One line of the table: the slide, how many fields it has, its first fields, the cells of further columns."""

    slide: Slide
    fields: int
    thumbnails: list[Field]
    cells: list[tuple[SlideColumn, str]]


@dataclass(frozen=True, slots=True)
class SlideTable:
    """A page of the table of slides."""

    page: Page[Any]
    rows: list[SlideRow]
    columns: list[SlideColumn]


def slide_table(*, user: User, project: Project, search: str = "", page: int | str = 1) -> SlideTable:
    """Return a page of a project's slides, newest first; ``search`` looks into title and pseudonym."""
    slides = _searched(Slide.objects.visible_to(user).filter(project=project), search)
    # The keys first, which an index holds in their order; all else is read for the slides of this page alone. A
    # search looks at every slide, so it is done once and not again for the count.
    keys = slides.order_by("-id").values_list("pk", flat=True)
    found: Page[Any] = Paginator(list(keys) if search else keys, PAGE_SIZE).get_page(page)
    on_page = Slide.objects.filter(pk__in=list(found.object_list)).select_related("specimen", "device")
    shown = list(on_page.order_by("-id"))
    found.object_list = shown  # the template's loop must not ask again
    columns = columns_for(shown, user)
    first = _first_fields(shown)
    fields = dict(
        Field.objects.filter(slide__in=shown).order_by().values_list("slide_id").annotate(n=Count("pk"))
    )
    rows = [
        SlideRow(
            slide=slide,
            fields=fields.get(slide.pk, 0),
            thumbnails=first.get(slide.pk, []),
            cells=[(column, column.cells.get(slide.pk, "")) for column in columns],
        )
        for slide in shown
    ]
    return SlideTable(page=found, rows=rows, columns=columns)


def get_specimen(*, user: Person, public_id: UUID) -> Specimen:
    """Return a specimen of a project that the person may see.

    Raises:
        NotFound: otherwise.
    """
    specimen = specimens_of(user).select_related("project").filter(public_id=public_id).first()
    if specimen is None:
        raise NotFound(NOTHING_HERE)
    return specimen


def slides_of_specimen(specimen: Specimen) -> list[Slide]:
    """Return all slides of a specimen, those in the trash as well, with ``field_count``."""
    return list(specimen.slides.annotate(field_count=Count("fields")).order_by("id"))


@dataclass(frozen=True, slots=True)
class TrashedSlide:
    """A slide in the trash and what becomes of it.

    ``days_left`` counts begun days, 0 when its time is over; ``with_specimen`` says that its specimen goes with it;
    ``being_erased`` that it cannot be restored.
    """

    slide: Slide
    fields: int
    days_left: int
    with_specimen: bool
    being_erased: bool


def trashed_slides(*, user: User, project: Project, page: int | str = 1) -> Page[Any]:
    """Return a page of a project's slides in the trash as `TrashedSlide`, those longest in it first."""
    others = Slide.objects.filter(specimen=OuterRef("specimen"), trashed_at=None)
    erased = Erasure.objects.filter(kind=ErasureKind.SPECIMEN, row=OuterRef("specimen"))
    slides = (
        Slide.objects.of_projects_of(user)
        .filter(project=project, trashed_at__isnull=False)
        .select_related("specimen", "trashed_by")
        .annotate(field_count=Count("fields"), others=Exists(others), erased=Exists(erased))
        .order_by("trashed_at", "id")
    )
    found: Page[Any] = Paginator(slides, PAGE_SIZE).get_page(page)
    found.object_list = [
        TrashedSlide(
            slide=slide,
            fields=slide.field_count,
            days_left=_days_until(slide.leaves_trash_at),
            with_specimen=not slide.others,
            being_erased=slide.erased,
        )
        for slide in found.object_list
    ]
    return found


def _days_until(moment: datetime | None) -> int:
    """Return the days until then, a begun one counted whole."""
    return max(0, math.ceil((moment - timezone.now()) / timedelta(days=1))) if moment else 0


def slides_to_add_to(*, user: User, project: Project) -> list[Slide]:
    """Return the slides that an upload can add to: the newest two hundred real ones."""
    slides = Slide.objects.visible_to(user).filter(project=project, simulated=False)
    return list(slides.select_related("specimen").order_by("-id")[:200])


def _searched(slides: SlideQuerySet, search: str) -> SlideQuerySet:
    search = search.replace("\x00", "").strip()[:100]  # PostgreSQL takes no text with a null character
    if not search:
        return slides
    return slides.filter(Q(title__icontains=search) | Q(specimen__pseudonym__icontains=search))


def _first_fields(slides: Iterable[Slide]) -> dict[int, list[Field]]:
    # Positions start at 1 and fields are never removed, so the first ones are found by number, in one query.
    fields = Field.objects.filter(
        slide__in=[slide.pk for slide in slides], position__lte=THUMBNAILS_PER_SLIDE
    )
    found: dict[int, list[Field]] = {}
    for field in fields.order_by("slide_id", "position"):
        found.setdefault(field.slide_id, []).append(field)
    return found


@dataclass(frozen=True, slots=True)
class FileReport:
    """What is known of one file of an upload; ``slide`` and ``field`` as public ids."""

    file: UploadFile
    message: str
    slide: UUID | None
    field: UUID | None


@dataclass(frozen=True, slots=True)
class UploadReport:
    """Where an upload stands.

    ``state`` is that of the upload, or "stopped" when its job ended without storing everything; ``message`` then
    says so, and ``can_retry`` that completing it again goes on with the files left.
    """

    upload: Upload
    state: str
    message: str
    can_retry: bool
    files: list[FileReport]
    counts: dict[str, int]

    @property
    def ended(self) -> bool:
        """Return whether nothing will change any more by itself."""
        return self.state in {UploadState.DONE, "stopped"}


def upload_report(*, upload: Upload) -> UploadReport:
    """Return the state of an upload and of each of its files; the caller has asked who may see it."""
    files = list(upload.files.select_related("field__slide"))
    waiting = [file for file in files if file.state == FileState.WAITING]
    job = upload.job
    state, message = str(upload.state), ""
    if (
        upload.state == UploadState.QUEUED
        and job is not None
        and job.state in {State.FAILED, State.CANCELLED}
    ):
        state = "stopped"
        message = "It was cancelled." if job.state == State.CANCELLED else job.error
        if waiting:
            message = f"{message} Files that still wait: {len(waiting)}; they are kept for a day."
    reports = [
        FileReport(
            file=file,
            message=file.message,
            slide=file.field.slide.public_id if file.field is not None else None,
            field=file.field.public_id if file.field is not None else None,
        )
        for file in files
    ]
    counts: dict[str, int] = {str(value): 0 for value in FileState.values}
    for file in files:
        counts[file.state] += 1
    return UploadReport(
        upload=upload,
        state=state,
        message=message,
        can_retry=state == "stopped" and bool(waiting),
        files=reports,
        counts=counts,
    )


def upload_json(report: UploadReport) -> dict[str, Any]:
    """Return an upload as the API shows it."""
    upload, job = report.upload, report.upload.job
    return {
        "id": str(upload.public_id),
        "state": report.state,
        "message": report.message,
        "can_retry": report.can_retry,
        "mode": upload.mode,
        "slide": str(upload.slide.public_id) if upload.slide is not None else None,
        "job": str(job.public_id) if job is not None else None,
        "job_state": job.state if job is not None else None,
        "counts": report.counts,
        "files": [
            {
                "id": str(item.file.public_id),
                "filename": item.file.filename,
                "size": item.file.size,
                "state": item.file.state,
                "message": item.message,
                "notices": item.file.notices,
                "slide": str(item.slide) if item.slide else None,
                "field": str(item.field) if item.field else None,
            }
            for item in report.files
        ],
    }


def files_to_come(slide: Slide) -> int:
    """Return how many files wait to become fields of the slide that are to be analysed."""
    return UploadFile.objects.filter(
        state=FileState.WAITING,
        upload__slide=slide,
        upload__state=UploadState.QUEUED,
        upload__analyse=True,
        upload__job__state__in=ACTIVE_STATES,
    ).count()
