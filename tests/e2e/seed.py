"""Fill a site for the browser: ``python -m tests.e2e.seed``; says what it made as JSON."""

import io
import json
import random
import sys

import django

from tests.e2e.imports import imports_and_exports

EVERY_CLASS = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
BIG_SLIDE = 5_000


def seed() -> dict[str, object]:
    """Make people, a project, a reviewed slide, a slide of thousands of cells, an empty one, a failed job."""
    from django.utils import timezone

    from apps.accounts.models import Role
    from apps.jobs.models import Job, State
    from apps.registry.models import Task
    from tests.cells.factories import make_slide
    from tests.e2e.seed_readings import second_readings
    from tests.factories import MembershipFactory, ProjectFactory, SiteAdminFactory, UserFactory
    from tests.registry.factories import in_use

    versions = {"locator": in_use(task=Task.LOCATE), "classifier": in_use(task=Task.CLASSIFY)}
    project = ProjectFactory(name="Haematology")
    people = {
        "reviewer": UserFactory(email="reviewer@example.org", name="Rita Reviewer"),
        "other": UserFactory(email="other@example.org", name="Otto Other"),
        "viewer": UserFactory(email="viewer@example.org", name="Vera Viewer"),
        "administrator": SiteAdminFactory(email="admin@example.org", name="Ada Admin"),
        "newcomer": UserFactory(email="newcomer@example.org", name="Nora Newcomer"),
        "app": UserFactory(email="app@example.org", name="Alma App"),
        "passkey": UserFactory(email="passkey@example.org", name="Paul Passkey"),
    }
    for name, role in (
        ("reviewer", Role.REVIEWER),
        ("other", Role.REVIEWER),
        ("viewer", Role.VIEWER),
        ("administrator", Role.MANAGER),
    ):
        MembershipFactory(project=project, user=people[name], role=role)
    checked = make_slide(
        project, title="S-0010"
    )  # the simulator's, but taken for a real one: only those are checked
    simulated_fields(checked, versions)
    slides = {
        name: make_slide(project, title=title, simulated=True)
        for name, title in {
            "small": "S-0001",
            "keys": "S-0002",
            "pair": "S-0003",
            "net": "S-0004",
            "unseen": "S-0005",
        }.items()
    }
    for slide in slides.values():
        simulated_fields(slide, versions)
    galleries = {
        name: make_slide(project, title=title, simulated=True)
        for name, title in {
            "lanes": "G-0001",
            "undo": "G-0002",
            "couple": "G-0003",
            "offline": "G-0004",
            "rest": "G-0005",
        }.items()
    }
    for slide in galleries.values():
        simulated_fields(slide, versions)
    walk = make_slide(project, title="G-0200", simulated=True)
    for _ in range(5):
        many_cells(walk, versions, count=40, times=1)
    blind = ProjectFactory(name="Read blind first", blind_first=True)
    MembershipFactory(project=blind, user=people["reviewer"], role=Role.REVIEWER)
    hidden = make_slide(blind, title="B-0001", simulated=True)
    simulated_fields(hidden, versions)
    to_sign = make_slide(project, title="S-0100", simulated=True)
    simulated_fields(to_sign, versions)
    looked_through(to_sign, people["reviewer"])
    big = make_slide(project, title="S-5000", simulated=True)
    many_cells(big, versions)
    ten = make_slide(project, title="G-10000", simulated=True)
    many_cells(ten, versions, count=10_000)
    empty = make_slide(project, title="S-0000")
    make_slide(project, title="Smeared twice", trashed_at=timezone.now(), trashed_by=people["reviewer"])
    Job.objects.create(
        kind="analyse",
        queue="gpu-short",
        title="Analyse S-0009",
        project=project,
        state=State.FAILED,
        max_attempts=3,
        error="The picture of field 2 is missing from the store.",
        finished_at=timezone.now(),
    )
    names = {
        "checked": checked,
        **slides,
        **galleries,
        "walk": walk,
        "blind": hidden,
        "sign": to_sign,
        "big": big,
        "ten": ten,
        "empty": empty,
    }
    return {
        "project": str(project.public_id),
        "slides": {name: str(slide.public_id) for name, slide in names.items()},
        "model": str(versions["classifier"].public_id),
        "specimen": str(slides["net"].specimen.public_id),
        "person": str(people["newcomer"].public_id),
        **second_readings(versions),
        **imports_and_exports(project, people["administrator"]),
    }


def simulated_fields(slide, versions) -> None:
    """Put three drawn fields with their true white cells on a slide; the last cell is unidentified."""
    from ml.simulator import simulate_field

    for number in range(3):
        drawn = simulate_field(100 + number, white_cells=EVERY_CLASS[number : number + 3])
        cells = [(o.box, o.class_name) for o in drawn.objects if o.kind == "white-cell"]
        _store(slide, drawn.pixels, cells, versions, um_per_px=drawn.um_per_px)


def looked_through(slide, person) -> None:
    """Leave a slide as after a review: every cell seen, and labelled where the model was not sure."""
    from apps.cells.models import Cell
    from apps.cells.services import label, mark_seen

    cells = list(Cell.objects.filter(field__slide=slide).order_by("pk"))
    mark_seen(actor=person, slide=slide, cell_ids=[cell.public_id for cell in cells])
    for cell in cells:
        if cell.unidentified:
            to = cell.suggested_class
            label(actor=person, cell=cell, to_class=to, expected_version=1, seen_suggestion=True)


def many_cells(slide, versions, *, count: int = BIG_SLIDE, times: int = 4) -> None:
    """Put many boxes on one field, drawn by repeating a small one."""
    import numpy as np

    from ml.simulator import simulate_field

    tile = simulate_field(7).pixels
    pixels = np.tile(tile, (times, times, 1))
    height, width = pixels.shape[:2]
    chance = random.Random(5)  # noqa: S311 - places of boxes
    cells = []
    for _ in range(count):
        x, y, side = chance.uniform(0, width - 60), chance.uniform(0, height - 60), chance.uniform(30, 60)
        cells.append(((x, y, x + side, y + side), chance.choice(EVERY_CLASS)))
    _store(slide, pixels, cells, versions, um_per_px=0.1, crops=20)


def _store(slide, pixels, cells, versions, *, um_per_px: float, crops: int | None = None) -> None:
    from PIL import Image

    from apps.cells.crops import save_crop
    from apps.cells.findings import Finding, record
    from apps.core import storage
    from apps.inference.models import FieldAnalysis
    from ml.crops import cut
    from ml.images import encode_png
    from tests.cells.factories import make_field, probabilities

    height, width = pixels.shape[:2]
    field = make_field(slide, width=width, height=height, um_per_px=um_per_px, scale_source="estimated")
    storage.save_bytes(field.image_key, encode_png(pixels))
    small = Image.fromarray(pixels)
    small.thumbnail((320, 320))
    stream = io.BytesIO()
    small.save(stream, "JPEG")
    storage.save_bytes(field.thumbnail_key, stream.getvalue())
    keys = [save_crop(prefix=f"jobs/seed/{field.pk}/", pixels=cut(pixels, box)) for box, _ in cells[:crops]]
    findings = []
    for index, (box, label) in enumerate(cells):
        unsure = index == len(cells) - 1
        findings.append(
            Finding(
                box=box,
                score=0.97,
                # Thousands of pictures would take minutes and show nothing more.
                crop_key=keys[index % len(keys)],
                label=label,
                probabilities=probabilities(label, 0.42 if unsure else 0.8 + 0.19 * (index % 10) / 10),
                unidentified=unsure,
            )
        )
    record(
        field=field,
        findings=findings,
        locator_version=versions["locator"],
        classifier_version=versions["classifier"],
    )
    FieldAnalysis.objects.create(
        field=field,
        locator_version=versions["locator"],
        classifier_version=versions["classifier"],
        scale_um_per_px=um_per_px,
        scale_estimated=True,
        cells_found=len(findings),
    )


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(seed()))
