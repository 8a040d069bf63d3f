"""A site with something of everything, for tests that try every address: one's own, another's, and in the trash."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from apps.accounts.models import Project, Role, User
from apps.accounts.selectors import settings_of
from apps.cells.models import Cell
from apps.cells.services import label
from apps.core import storage
from apps.core.editing import version_of
from apps.datasets.models import Export, ExportState, Import, ImportState
from apps.inference.params import AnalyseParams
from apps.jobs import services as jobs
from apps.registry.models import Task
from apps.review.models import Report, SecondItem, SecondReading
from apps.review.second_reading.services import assign
from apps.slides.models import DeviceProfile, Slide, Upload
from apps.slides.receiving import receive_bytes
from apps.slides.selectors import field_values, slide_values, specimen_values
from apps.slides.services import add_file, open_upload
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member
from tests.kits import images as kit
from tests.kits.studies import Kit, make_study
from tests.registry.factories import model_version
from tests.review.signing import ready, sign

ROLES = ("anonymous", "outsider", *Role.values, "administrator")


@dataclass(frozen=True)
class Things:
    """What one project holds."""

    project: Project
    reviewer: User
    viewer: User
    slide: Slide
    trashed: Slide
    cells: list[Cell]
    device: DeviceProfile
    upload: Upload
    job: Any
    model: Any
    reading: SecondReading
    item: SecondItem
    archive: Import
    export: Export
    looked_after: Kit
    read: Kit
    report: Report

    def ids(self) -> dict[str, UUID]:
        """Return the ids that addresses name things by."""
        cell = self.cells[0]
        assert cell.field is not None
        return {
            "project_id": self.project.public_id,
            "user_id": self.viewer.public_id,
            "slide_id": self.slide.public_id,
            "specimen_id": self.slide.specimen.public_id,
            "field_id": cell.field.public_id,
            "cell_id": cell.public_id,
            "device_id": self.device.public_id,
            "upload_id": self.upload.public_id,
            "job_id": self.job.public_id,
            "model_id": self.model.public_id,
            "reading_id": self.reading.public_id,
            "item_id": self.item.public_id,
            "import_id": self.archive.public_id,
            "export_id": self.export.public_id,
            "study_id": self.looked_after.study.public_id,
            "enrolment_id": self.read.enrolments[0].public_id,
            "report_id": self.report.public_id,
        }

    def versions(self) -> dict[str, str]:
        """Return what changes of these things stand on, by the id in the address."""
        field = self.cells[0].field
        assert field is not None
        return {
            "project_id": version_of(settings_of(self.project)),
            "user_id": version_of({"role": Role.VIEWER.value}),
            "slide_id": version_of(slide_values(self.slide)),
            "device": version_of({"device": self.slide.device}),
            "specimen_id": version_of(specimen_values(self.slide.specimen)),
            "field_id": version_of(field_values(field)),
        }


def fill(project: Project) -> Things:
    """Put a slide with cells (one labelled), a trashed slide, a device, an upload, a job and a model into a project."""
    reviewer, viewer = member(project, Role.REVIEWER), member(project, Role.VIEWER)
    device = DeviceProfile.objects.create(project=project, name="Camera", um_per_px=0.07)
    slide = make_slide(project, device=device)
    field = make_field(slide)
    for key in (field.image_key, field.thumbnail_key):
        storage.save_bytes(key, kit.encoded())
    cells = make_cells(field, finding(at=0), finding("monocyte", at=1), finding("lymphocyte", at=2))
    storage.save_bytes(cells[0].crop_key, kit.encoded())
    label(
        actor=reviewer, cell=cells[0].public_id, to_class="monocyte", expected_version=1, seen_suggestion=True
    )
    reading = second_reading(project, reviewer)
    upload = open_upload(requester=reviewer, project=project, mode="one-slide")
    add_file(upload=upload, received=receive_bytes("a.png", kit.encoded()))
    job = jobs.submit(
        kind="analyse",
        params=AnalyseParams(slide_id=str(slide.public_id)),
        requester=reviewer,
        project=project,
        subject=f"slide:{slide.public_id}",
    )
    return Things(
        project=project,
        reviewer=reviewer,
        viewer=viewer,
        slide=slide,
        trashed=make_slide(project, trashed_at=timezone.now()),
        cells=cells,
        device=device,
        upload=upload,
        job=job,
        model=model_version(task=Task.CLASSIFY, project=project),
        reading=reading,
        item=reading.items.order_by("position")[0],
        archive=an_import(project, reviewer),
        export=an_export(project, reviewer),
        looked_after=make_study(project=project, each=1),
        read=make_study(each=1, readers=0),
        report=a_report(project, reviewer),
    )


def a_report(project: Project, signer: User) -> Report:
    """Return the signed differential of a slide of its own."""
    slide = make_slide(project)
    ready(slide, signer)
    return sign(slide, signer)


def an_import(project: Project, requester: User) -> Import:
    """Return an import that waits for its classes."""
    return Import.objects.create(
        project=project,
        requester=requester,
        format="voc",
        state=ImportState.MAPPING,
        found={"classes": [["WBC", 3]], "pictures": 1, "boxes": 3, "orphans": 0},
        mapping={"WBC": Import.NO_CLASS},
    )


def an_export(project: Project, requester: User) -> Export:
    """Return an export that is ready."""
    key = storage.new_key("jobs/world/1", ".zip")
    storage.save_bytes(key, b"PK")
    counts = {"pictures": 1, "cells": 1, "standing": 1, "left_out": 0, "read_back": 1}
    return Export.objects.create(
        project=project,
        requester=requester,
        format="voc",
        state=ExportState.READY,
        file_key=key,
        expires_at=timezone.now(),
        counts=counts,
    )


def second_reading(project: Project, reader: User) -> SecondReading:
    """Have a further slide read by somebody."""
    slide = make_slide(project)
    make_cells(make_field(slide), finding(at=0), finding(at=1))
    return assign(actor=member(project, Role.RESEARCHER), slide=slide, reader=reader)


class Site:
    """Two projects full of things, and a person of each role in the first."""

    def __init__(self) -> None:
        self.mine = fill(ProjectFactory(name="Mine"))
        self.theirs = fill(ProjectFactory(name="Theirs"))
        # Nobody but the reader reads a study, and who reads one looks after none of its project: each has its own.
        self.mine.read.add_reader(self.people["manager"])
        self.theirs.read.add_reader()

    @cached_property
    def people(self) -> dict[str, User | None]:
        """Return the person of each of `ROLES`; the outsider has no project."""
        people = {
            "anonymous": None,
            "outsider": UserFactory(),
            **{role.value: member(self.mine.project, role) for role in Role},
            "reviewer": self.mine.reviewer,
            "administrator": SiteAdminFactory(),
        }
        # An export is of the person who asked for it.
        Export.objects.filter(project=self.mine.project).update(requester=people["manager"])
        return people

    def pool(self) -> dict[str, list[Any]]:
        """Return ids for each parameter of an address: mine, theirs, and nobody's."""
        mine, theirs = self.mine.ids(), self.theirs.ids()
        found: dict[str, list[Any]] = {
            name: [str(mine[name]), str(mine[name]), str(theirs[name]), str(uuid4())] for name in mine
        }
        found["slide_id"].append(str(self.mine.trashed.public_id))
        found["cell_id"].extend(str(cell.public_id) for cell in self.mine.cells[1:])
        return found
