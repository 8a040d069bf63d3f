"""Fill an empty site with slides, cells and people quickly: rows by set-based SQL, no job and no model runs.

Run as a program of its own, with the environment of the site; it prints what a load test needs to know as JSON.
The rows are what ingest and analysis would have left, with the same constraints and triggers in force.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wbcweb.settings")

import django  # noqa: E402 - the settings are named above

django.setup()

import rows  # noqa: E402 - as above
from django.conf import settings  # noqa: E402 - as above
from django.db import connection, transaction  # noqa: E402 - as above
from django.test import Client  # noqa: E402 - as above
from django.utils import timezone  # noqa: E402 - as above

from apps.accounts.models import Membership, Project, Role, User  # noqa: E402 - as above
from apps.core import storage  # noqa: E402 - as above
from apps.inference.models import FieldAnalysis  # noqa: E402 - as above
from apps.inference.params import KIND, subject_of  # noqa: E402 - as above
from apps.inference.selectors import Versions, versions_in_use  # noqa: E402 - as above
from apps.jobs.models import Job, Queue, State  # noqa: E402 - as above
from apps.slides.models import Field, Slide, Specimen  # noqa: E402 - as above
from ml.images import encode_png, encode_thumbnail  # noqa: E402 - as above
from ml.simulator import simulate_field  # noqa: E402 - as above

WIDTH, HEIGHT, CROP = 640, 480, 60
DRAWN = 8
"""How many different fields are drawn; further ones are the same picture under keys of their own."""
_BATCH = 2000


@dataclass(frozen=True)
class Pictures:
    """Bytes of the drawn fields and thumbnails, and the keys of stored crops; empty when none were asked for."""

    fields: Sequence[bytes] = ()
    thumbnails: Sequence[bytes] = ()
    crops: Sequence[str] = ()


def draw() -> Pictures:
    """Draw some fields, and cut and store crops of the usual size from them."""
    drawn = [simulate_field(seed, width=WIDTH, height=HEIGHT).pixels for seed in range(DRAWN)]
    crops = []
    for pixels in drawn:
        for y, x in ((60, 80), (180, 300), (300, 420), (390, 120)):
            key = storage.new_key("crops", ".png")
            storage.save_bytes(key, encode_png(pixels[y : y + CROP, x : x + CROP].copy()))
            crops.append(key)
    return Pictures([encode_png(p) for p in drawn], [encode_thumbnail(p) for p in drawn], crops)


def make_project(name: str, reviewers: int) -> tuple[Project, list[User]]:
    """Make a project with reviewers, who have no password: their sessions are made here."""
    project = Project.objects.create(name=name)
    people = User.objects.bulk_create(
        User(email=f"reviewer{n}.{uuid4().hex[:8]}@localhost", name=f"Reviewer {n}")
        for n in range(1, reviewers + 1)
    )
    Membership.objects.bulk_create(
        Membership(project=project, user=person, role=Role.REVIEWER) for person in people
    )
    return project, list(people)


def make_slides(project: Project, count: int) -> list[Slide]:
    """Make slides of a specimen each."""
    now = uuid4().hex[:8]
    specimens = Specimen.objects.bulk_create(
        (Specimen(project=project, pseudonym=f"P-{now}-{n}") for n in range(count)), batch_size=_BATCH
    )
    return Slide.objects.bulk_create(
        (
            Slide(project=project, specimen=specimen, title=f"Slide {n:06}")
            for n, specimen in enumerate(specimens, 1)
        ),
        batch_size=_BATCH,
    )


def make_fields(slides: Sequence[Slide], each: int, pictures: Pictures) -> None:
    """Make the fields of slides, with files when there are pictures."""
    fields: list[Field] = []
    files: list[tuple[str, bytes]] = []
    for slide in slides:
        for position in range(1, each + 1):
            field = Field(
                slide=slide,
                project_id=slide.project_id,
                position=position,
                title=f"field-{position}.png",
                image_key=storage.new_key("fields", ".png"),
                thumbnail_key=storage.new_key("thumbnails", ".jpg"),
                width=WIDTH,
                height=HEIGHT,
                pixel_sha256=hashlib.sha256(uuid4().bytes).hexdigest(),
                um_per_px=0.1,
                scale_source="file",
            )
            if pictures.fields:
                files.append((field.image_key, pictures.fields[len(fields) % DRAWN]))
                files.append((field.thumbnail_key, pictures.thumbnails[len(fields) % DRAWN]))
            fields.append(field)
    # The store forces each file to disk: many at once wait together.
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda file: storage.save_bytes(*file), files))
    Field.objects.bulk_create(fields, batch_size=_BATCH)


def make_jobs(slides: Sequence[Slide], requester: User) -> None:
    """Make the finished analysis job of every slide."""
    now = timezone.now()
    Job.objects.bulk_create(
        (
            Job(
                kind=KIND,
                queue=Queue.GPU_SHORT,
                params={"slide_id": str(slide.public_id)},
                title=f"Analyse {slide.title}",
                subject=subject_of(slide.public_id),
                project_id=slide.project_id,
                requester=requester,
                state=State.SUCCEEDED,
                attempt=1,
                max_attempts=3,
                started_at=now,
                finished_at=now,
            )
            for slide in slides
        ),
        batch_size=_BATCH,
    )


def make_analyses(project: Project, versions: Versions, cells: int) -> None:
    """Put on record that every field was analysed."""
    fields = Field.objects.filter(project=project).values_list("pk", flat=True)
    FieldAnalysis.objects.bulk_create(
        (
            FieldAnalysis(
                field_id=pk,
                locator_version=versions.locator,
                classifier_version=versions.classifier,
                scale_um_per_px=0.1,
                cells_found=cells,
            )
            for pk in fields
        ),
        batch_size=_BATCH,
    )


def session_of(person: User) -> str:
    """Sign a person in without a password and return the session's key."""
    browser = Client()
    browser.force_login(person)
    return str(browser.cookies[settings.SESSION_COOKIE_NAME].value)


def main() -> None:
    """Make what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slides", type=int, required=True)
    parser.add_argument("--fields", type=int, default=2, help="of each slide")
    parser.add_argument("--cells", type=int, default=50, help="of each field")
    parser.add_argument("--reviewers", type=int, default=1)
    parser.add_argument("--labelled", type=int, default=0, help="label every so many-th cell; 0: none")
    parser.add_argument("--pictures", action="store_true", help="store pictures of fields and cells")
    asked = parser.parse_args()
    pictures = draw() if asked.pictures else Pictures()
    with transaction.atomic():
        project, people = make_project(f"Load {uuid4().hex[:8]}", asked.reviewers)
        versions = versions_in_use(project)
        if versions is None:
            raise SystemExit("No models are registered: run `manage.py migrate` first.")
        slides = make_slides(project, asked.slides)
        make_fields(slides, asked.fields, pictures)
        make_analyses(project, versions, asked.cells)
        make_jobs(slides, people[0])
    rows.make_cells(
        project=project,
        versions=versions,
        per_field=asked.cells,
        crops=pictures.crops or ["crops/none/none.png"],
    )
    if asked.labelled:
        rows.label_every(project=project, actor=people[0], step=asked.labelled)
    rows.refresh_statistics()
    told = {
        "project": str(project.public_id),
        "slides": [str(slide.public_id) for slide in slides[:2000]],
        "cells": asked.slides * asked.fields * asked.cells,
        "cookie": settings.SESSION_COOKIE_NAME,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "sessions": [session_of(person) for person in people],
        "database": connection.vendor,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
