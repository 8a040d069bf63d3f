"""A study of 100 real and 100 synthetic cells whose every secret is a word that can be searched for, and its crawl."""

from __future__ import annotations

import functools
import io
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.test import Client, override_settings
from numpy.typing import NDArray
from PIL import Image

from apps.accounts.models import Project, Role, User
from apps.cells.importing import ImportedCell, write_imported
from apps.cells.models import Cell, LabelEvent, Origin
from apps.core import storage
from apps.jobs.execution import execute
from apps.jobs.models import Job
from apps.slides.models import Field, Slide
from apps.slides.services.storing import new_slide
from apps.studies import audit, services
from apps.studies.models import Enrolment, Study
from apps.studies.presets import preset
from apps.studies.truth import CaseKey
from ml.crops import cut
from ml.images import encode_png, pixel_sha256
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member

CANARY = "canary7f3a"
SEED = "5a" * 32
CLASSES = ("neutrophil", "eosinophil", "basophil", "lymphocyte", "monocyte")
EACH = 20
SPARE = 2
SIDE = 64
SHOWN = 128
IMAGES = 2 * EACH * len(CLASSES)
"""So many the first reader reads: all that count."""
DUPLICATES = 3
"""Of so many synthetic cells of the first class a second file is in the pool, compressed anew."""


@dataclass(slots=True)
class Seeded:
    """A study that is open, its people, and what a reader's browser got."""

    project: Project
    study: Study
    owner: User
    administrator: User
    anna: Enrolment
    ben: Enrolment
    slides: list[Slide]
    origins: dict[int, str]
    intended: dict[int, str]
    trials: list[dict[str, Any]] = field(default_factory=list)
    finished: bool = False

    @property
    def pairs(self) -> list[tuple[dict[str, Any], bool]]:
        """Return each trial with whether its case is synthetic."""
        return [(trial, self.origins[trial["case"]] == "synthetic") for trial in self.trials]


def build() -> Seeded:
    """Return a seeded study that is open and that two people may read."""
    project = ProjectFactory(name="Haematology")
    owner, anna = member(project, Role.RESEARCHER), member(project, Role.REVIEWER)
    ben = UserFactory()
    slides = _cells(project, owner)
    plan = preset("jung-2022", classes=CLASSES, per_class=EACH).replace(image_side=SHOWN, going_back=False)
    arms = tuple(_named(arm, f"{CANARY} {arm.origin}") for arm in plan.arms)
    study = services.create_study(
        actor=owner,
        project=project,
        title=f"{CANARY} real against synthetic",
        protocol=plan.replace(arms=arms),
    )
    Study.objects.filter(pk=study.pk).update(seed=SEED)
    study.refresh_from_db()
    run(services.prepare(actor=owner, study=study))
    study.refresh_from_db()
    audit.acknowledge(actor=owner, study=study, why=f"{CANARY}: the arms differ in what they show.")
    enrolments = [services.enrol(actor=owner, study=study, reader=reader) for reader in (anna, ben)]
    study.refresh_from_db()
    services.lock(actor=owner, study=study)
    study.refresh_from_db()
    services.open_(actor=owner, study=study)
    study.refresh_from_db()
    for enrolment in enrolments:
        enrolment.refresh_from_db()
        services.consent(enrolment=enrolment, actor=enrolment.reader, digest=services.consent_digest(study))
        services.describe(enrolment=enrolment, actor=enrolment.reader, experience={"years": 5}, screen={})
    keys = CaseKey.objects.filter(study=study)
    return Seeded(
        project=project,
        study=study,
        owner=owner,
        administrator=SiteAdminFactory(),
        anna=Enrolment.objects.select_related("study", "reader").get(pk=enrolments[0].pk),
        ben=Enrolment.objects.select_related("study", "reader").get(pk=enrolments[1].pk),
        slides=slides,
        origins=dict(keys.values_list("case_id", "origin")),
        intended=dict(keys.values_list("case_id", "intended_class")),
    )


def _named(arm: Any, name: str) -> Any:
    from dataclasses import replace

    return replace(arm, name=name)


def run(job: Job) -> None:
    """Run a job here and now."""
    with override_settings(JOBS_TIMES={**getattr(settings, "JOBS_TIMES", {}), "watch": 3600.0}):
        execute(job.pk, job.attempt, worker="leaks")
    job.refresh_from_db()
    assert job.state == "succeeded", (job.state, job.error)


def _cells(project: Project, owner: User) -> list[Slide]:
    """Write the pool: real cells kept as JPEG, some of them on fields; synthetic ones smoother and never compressed."""
    number = 0
    slides = []
    for class_number, name in enumerate(CLASSES):
        on_field = [picture(class_number, 900 + n) for n in range(4)]
        slides.append(_slide(project, owner, name, on_field))
        for origin, n in ((Origin.IMPORTED, EACH + SPARE - 4), (Origin.SYNTHETIC, EACH + SPARE)):
            made = [picture(class_number, number + k) for k in range(n)]
            number += n
            if origin == Origin.SYNTHETIC:
                made = [resampled(one) for one in made]
                if class_number == 0:
                    made += [compressed(one, 70) for one in made[:DUPLICATES]]
            else:
                made = [compressed(one, 90) for one in made]
            _write(project, owner, name, made, synthetic=origin == Origin.SYNTHETIC)
    for cell in Cell.objects.filter(project=project).order_by("pk"):
        # A draw depends on the public ids of cells; fixed ones make it come again.
        Cell.objects.filter(pk=cell.pk).update(public_id=UUID(int=(7 << 100) + number))
        number += 1
    return slides


def _write(
    project: Project, owner: User, name: str, made: list[NDArray[np.uint8]], *, synthetic: bool
) -> None:
    cells = []
    for pixels in made:
        key = storage.new_key("crops", ".png")
        storage.save_bytes(key, encode_png(pixels))
        cells.append(ImportedCell((0.0, 0.0, float(SIDE), float(SIDE)), name, key))
    write_imported(actor=owner, project=project, field=None, cells=cells, synthetic=synthetic)


def _slide(project: Project, owner: User, name: str, cells: list[NDArray[np.uint8]]) -> Slide:
    """Return a slide of one field with a few labelled cells on it."""
    slide = new_slide(project=project, title=f"{CANARY} {name}", requester=owner)
    pixels = np.full((240, 480, 3), 220, np.uint8)
    # A crop shows a quarter more than the box, so the box is smaller than the picture that was drawn.
    inner = round(SIDE / 1.25)
    boxes = []
    for k, one in enumerate(cells):
        left, top = 20 + k * 110, 80
        pixels[top : top + SIDE, left : left + SIDE] = one
        edge = (SIDE - inner) / 2
        boxes.append((left + edge, top + edge, left + edge + inner, top + edge + inner))
    keys = storage.new_key("fields", ".png"), storage.new_key("thumbnails", ".jpg")
    for key in keys:
        storage.save_bytes(key, encode_png(pixels))
    field_ = Field.objects.create(
        slide=slide,
        project=project,
        position=1,
        title=f"{CANARY}-{name}.png",
        image_key=keys[0],
        thumbnail_key=keys[1],
        width=480,
        height=240,
        pixel_sha256=pixel_sha256(pixels),
    )
    cut_out = []
    for box in boxes:
        key = storage.new_key("crops", ".png")
        storage.save_bytes(key, encode_png(cut(pixels, box)))
        cut_out.append(ImportedCell(box, name, key))
    write_imported(actor=owner, project=project, field=field_, cells=cut_out)
    return slide


def picture(class_number: int, seed: int) -> NDArray[np.uint8]:
    """Return a made-up cell: a blob with lobes on a noisy ground, another one for each seed."""
    draw = np.random.default_rng([class_number, seed])
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    # Noise as coarse as a lens leaves it, so that moving a picture a little takes none of it away.
    coarse = Image.fromarray(draw.integers(0, 40, (12, 12, 3), dtype=np.uint8))
    ground = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float64)
    ground += np.array([205.0, 185.0, 190.0])
    for _ in range(5):
        ground += _blob(x, y, draw, 9, 16)[..., None] * np.array([-8.0, -30.0, -25.0])
    for _ in range(2 + class_number):
        ground += _blob(x, y, draw, 5, 9, near=14)[..., None] * np.array([-90.0, -110.0, -40.0])
    return np.clip(ground, 0, 255).astype(np.uint8)


def _blob(
    x: NDArray[np.float64], y: NDArray[np.float64], draw: Any, least: float, most: float, near: float = 28
) -> NDArray[np.float64]:
    across, down = SIDE / 2 + draw.uniform(-near, near, 2)
    wide, high = draw.uniform(least, most, 2)
    return np.asarray(1 / (1 + np.exp(6 * (np.hypot((x - across) / wide, (y - down) / high) - 1))))


def compressed(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return a picture with the history of a JPEG."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    with Image.open(out) as image:
        return np.asarray(image)


def resampled(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture enlarged by 3 % and moved by less than half a pixel."""
    zoom = 1 / 1.03
    aside = (1 - zoom) * SIDE / 2 + 0.4
    moved = Image.fromarray(pixels).transform(
        (SIDE, SIDE), Image.Transform.AFFINE, (zoom, 0, aside, 0, zoom, aside), Image.Resampling.BICUBIC
    )
    return np.asarray(moved)


def api(enrolment: Enrolment, tail: str = "") -> str:
    """Return an address of the interface of readers."""
    return f"/api/v1/study-readings/{enrolment.public_id}/{tail}"


TIMES = {
    "shown_ms": 1000,
    "first_ms": 1500,
    "class_ms": 1500,
    "answered_ms": 1500,
    "blank_ms": 500,
    "hidden_ms": 0,
    "hidden_times": 0,
    "blurred_ms": 0,
    "earlier_ms": 0,
    "interrupted": False,
    "changes": 0,
}


def read(seeded: Seeded, *, images: int, client: Client) -> list[dict[str, Any]]:
    """Read so many images as the first reader; return all that came, and the seconds it took to come.

    Half of the answers are right and half are wrong, by chance.
    """
    chance = random.Random(3)  # noqa: S311 - coins of a test
    enrolment = seeded.anna
    address_of = functools.partial(
        services.reading.address_of, study=seeded.study, who=enrolment.pseudonym, sitting=1
    )
    cases = {address_of(code=case.code): case.pk for case in seeded.study.cases.all()}
    document = client.get(api(enrolment))
    trials = []
    for number in range(images):
        found = document.json()["next"]
        picture_, image_s = timed(lambda at=found["image"]: client.get(at))
        address = found["image"].rstrip("/").rpartition("/")[2]
        case = cases[address]
        right = chance.random() < 0.5
        others = [name for name in CLASSES if name != seeded.intended[case]]
        answer = seeded.intended[case] if right else chance.choice(others)
        sent = json.dumps(
            {
                "slot": found["slot"],
                "answer": answer,
                "realism": None,
                "reason": "",
                "times": TIMES,
                "idempotency_key": f"leaks-{number:06}",
            }
        )
        answered, answer_s = timed(
            lambda sent=sent: client.post(api(enrolment, "readings/"), sent, content_type="application/json")
        )
        assert answered.status_code == 200, answered.content
        trials.append(
            {
                "case": case,
                "address": address,
                "document": document,
                "image": picture_,
                "image_s": image_s,
                "answered": answered,
                "answer_s": answer_s,
                "right": right,
            }
        )
        document = answered
    return trials


def timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    """Return an answer and the seconds it took."""
    begun = time.perf_counter()
    answer = ask()
    return answer, time.perf_counter() - begun


def signed_in(user: User) -> Client:
    """Return the browser of a person."""
    client = Client()
    client.force_login(user)
    return client


def label_events() -> int:
    """Return how many label events there are."""
    return LabelEvent.objects.count()
