"""The quality of fields: measured when a field is stored, judged where it is shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from apps.slides.models import Field, Upload
from apps.slides.quality import quality_column, quality_json
from ml.simulator import simulate_field
from tests.cells.factories import make_field, make_slide
from tests.kits import images as kit

pytestmark = pytest.mark.django_db

GOOD = {
    "focus_px": 7.0,
    "rough_um_per_px": 0.1,
    "brightness": 210.0,
    "clipped": 0.0,
    "stain": 0.4,
    "density": 0.4,
}


def drawn(factor: float = 1.0) -> bytes:
    pixels = simulate_field(5, white_cells=["neutrophil"]).pixels
    return kit.encoded(Image.fromarray((pixels * factor).astype(np.uint8)))


def test_a_stored_field_is_measured(ingest: Callable[..., Upload]) -> None:
    ingest(("good.png", drawn()), ("dark.png", drawn(0.3)))
    good, dark = Field.objects.order_by("position")
    assert quality_json(good)["reason"].startswith("The scale is not known")
    assert {m["name"]: m["light"] for m in quality_json(good)["measures"]}["focus"] == "green"
    assert (quality_json(dark)["light"], quality_json(dark)["word"]) == ("red", "Poor")
    assert "too dark" in quality_json(dark)["reason"]


def test_the_table_shows_the_worst_field_of_a_slide() -> None:
    slide, unmeasured = make_slide(), make_slide()
    make_field(slide, quality=GOOD, um_per_px=0.1, scale_source="file")
    make_field(slide, quality={**GOOD, "stain": 0.05}, um_per_px=0.1, scale_source="file")
    make_field(slide, quality={**GOOD, "clipped": 0.2}, um_per_px=0.1, scale_source="file")
    make_field(unmeasured)
    cells = quality_column(slides=[slide, unmeasured], user=None).cells
    assert 'light--red" title="Field 2: The stain is pale' in cells[slide.pk]
    assert unmeasured.pk not in cells


def test_the_light_follows_a_scale_that_becomes_known() -> None:
    field = make_field(make_slide(), quality=GOOD)
    assert quality_json(field)["light"] == "amber"
    field.um_per_px, field.scale_source = 0.1, "device"
    assert quality_json(field) == {**quality_json(field), "light": "green", "word": "Good"}
    field.um_per_px = 0.4
    assert "out of focus" in quality_json(field)["reason"]


def test_a_field_that_was_never_measured_says_nothing() -> None:
    assert quality_json(make_field(make_slide())) is None
