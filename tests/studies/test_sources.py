"""What a cell is drawn as, and which cells one physical scale leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from apps.cells.importing import ImportedCell, write_imported
from apps.cells.models import Cell
from apps.cells.services import label
from apps.core import storage
from apps.core.errors import InvalidInput
from apps.slides.models import Field
from apps.slides.services.storing import new_slide
from apps.studies import draw, normalise
from apps.studies.draw.candidates import window_of
from apps.studies.models import Study
from apps.studies.normalise import sources
from apps.studies.protocol import CELLS, PHYSICAL, REAL, SYNTHETIC, Arm
from apps.studies.truth import CaseKey
from ml.crops import FILL
from ml.images import encode_png, pixel_sha256
from tests.studies.test_draw import Pool, pool

__all__ = ["pool"]  # a fixture
pytestmark = pytest.mark.django_db


def test_a_synthetic_cell_stays_what_it_was_made_as(pool: Pool):
    made = Cell.objects.filter(origin=SYNTHETIC, current_class="neutrophil").order_by("pk")[0]
    real = Cell.objects.filter(origin="imported", current_class="neutrophil").order_by("pk")[0]
    for cell in (made, real):
        label(actor=pool.owner, cell=cell, to_class="lymphocyte", expected_version=2, seen_suggestion=False)
    assert draw.available(pool.project, CELLS, SYNTHETIC) == {"neutrophil": 6, "lymphocyte": 6}
    assert draw.available(pool.project, CELLS, REAL) == {"neutrophil": 5, "lymphocyte": 7}
    study = pool.study(each=5, controls=2, control_source=CELLS)
    draw.write(study=study, drawn=draw.draw(study=study))
    kept = draw.draw(study=pool.study(arms=(Arm("Made", SYNTHETIC, CELLS, {"neutrophil": 6}),)))
    assert made.pk in {one.cell for one in kept.picked if one.intended == "neutrophil"}


def test_a_synthetic_control_too(pool: Pool):
    for cell in Cell.objects.filter(origin=SYNTHETIC, current_class="neutrophil"):
        label(actor=pool.owner, cell=cell, to_class="lymphocyte", expected_version=2, seen_suggestion=False)
    arms = (Arm("Made", SYNTHETIC, CELLS, {"lymphocyte": 6}),)
    study = pool.study(arms=arms, controls=6, control_source=CELLS)
    draw.write(study=study, drawn=draw.draw(study=study))
    keys = CaseKey.objects.filter(study=study, case__control=True, origin=SYNTHETIC)
    assert {key.intended_class for key in keys} == {"neutrophil"}


WIDE, HIGH = 600, 200
MIDDLES = ((100, 100), (250, 100), (400, 100))
EDGE = (560, 100)
"""Its own crop of 50 pixels lies inside the field, the window of 100 that the largest cell takes does not."""


def on_field(pool: Pool, *, larger: float = 80) -> dict[tuple[int, int], Cell]:
    """Write cells of 40 pixels on a field of a known scale, the first as large as is said; return them by place."""
    slide = new_slide(project=pool.project, title="Scaled", requester=pool.owner)
    coarse = np.random.default_rng(3).integers(130, 255, (HIGH // 10, WIDE // 10, 3), dtype=np.uint8)
    pixels = np.kron(coarse, np.ones((10, 10, 1), np.uint8))
    keys = storage.new_key("fields", ".png"), storage.new_key("thumbnails", ".jpg")
    for key in keys:
        storage.save_bytes(key, encode_png(pixels))
    field = Field.objects.create(
        slide=slide,
        project=pool.project,
        position=1,
        title="field.png",
        image_key=keys[0],
        thumbnail_key=keys[1],
        width=WIDE,
        height=HIGH,
        pixel_sha256=pixel_sha256(pixels),
        um_per_px=0.1,
        scale_source="file",
    )
    boxes = []
    for number, (x, y) in enumerate((*MIDDLES, EDGE)):
        half = (40 if number else larger) / 2
        boxes.append(ImportedCell((x - half, y - half, x + half, y + half), "monocyte", ""))
    made = write_imported(actor=pool.owner, project=pool.project, field=field, cells=boxes)
    return dict(zip((*MIDDLES, EDGE), made, strict=True))


def scaled_study(pool: Pool, n: int, **values: Any) -> Study:
    return pool.study(
        classes=("monocyte", "neutrophil"),
        arms=(Arm("Real", REAL, CELLS, {"monocyte": n}),),
        scale=PHYSICAL,
        image_side=128,
        **values,
    )


def test_one_physical_scale_draws_no_cell_whose_window_leaves_its_field(pool: Pool):
    cells = on_field(pool)
    study = scaled_study(pool, 3)
    drawn = draw.draw(study=study)
    assert {one.cell for one in drawn.picked} == {cells[place].pk for place in MIDDLES}
    assert drawn.report["strata"][0]["too_near_the_border"] == 1
    um = sources.scaled([cells[place] for place in MIDDLES])
    window = window_of(pool.project, study.plan)
    assert window is not None
    assert um <= window
    for place, cell in cells.items():
        seen = sources.window_of(cell, um)
        assert bool((seen == FILL).all(axis=2).any()) == (place == EDGE)
    draw.write(study=study, drawn=drawn)
    assert normalise.run(study=study)["scale"] == PHYSICAL


def test_what_the_border_takes_is_counted_among_the_shortages(pool: Pool):
    on_field(pool)
    told = "1 cell lies too near the border"
    found = draw.shortages(pool.project, scaled_study(pool, 4).plan)
    assert found[0] == "“Real” draws 4 of class monocyte, and there are 3."
    assert told in found[1]
    with pytest.raises(InvalidInput, match=told):
        draw.draw(study=scaled_study(pool, 4))
    assert draw.shortages(pool.project, scaled_study(pool, 4).plan.replace(scale="stretched")) == []


def test_cells_of_one_size_lose_nothing_to_one_scale(pool: Pool):
    on_field(pool, larger=40)
    assert len(draw.draw(study=scaled_study(pool, 4)).picked) == 4
