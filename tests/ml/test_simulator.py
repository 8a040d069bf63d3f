"""The simulator's promises: seeded, true boxes, every class, visible cells."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from ml.images import DecodeLimits, decode
from ml.labels import CLASS_LISTS
from ml.simulator import STAINS, WHITE_CELL_CLASSES, SimulatedField, simulate_field, to_png


def white(field: SimulatedField) -> list[tuple[str | None, tuple[float, float, float, float]]]:
    return [(o.class_name, o.box) for o in field.objects if o.kind == "white-cell"]


def test_equal_seeds_give_equal_fields_and_other_seeds_others() -> None:
    first, again, other = simulate_field(7), simulate_field(7), simulate_field(8)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.objects == again.objects
    assert first.um_per_px == again.um_per_px
    assert not np.array_equal(first.pixels, other.pixels)


@pytest.mark.parametrize("seed", range(12))
def test_boxes_lie_inside_and_hold_area(seed: int) -> None:
    field = simulate_field(seed, width=400, height=300, border_share=0.6)
    assert field.pixels.shape == (300, 400, 3)
    assert field.pixels.dtype == np.uint8
    assert field.objects
    wrong = [
        o.box
        for o in field.objects
        if not (0 <= o.box[0] < o.box[2] <= 400 and 0 <= o.box[1] < o.box[3] <= 300)
    ]
    assert wrong == []


def test_every_class_can_be_asked_for_and_is_a_class_of_the_shipped_list() -> None:
    field = simulate_field(3, width=1200, height=900, white_cells=WHITE_CELL_CLASSES, border_share=0.0)
    assert sorted(name for name, _ in white(field)) == sorted(WHITE_CELL_CLASSES)
    assert set(WHITE_CELL_CLASSES) | {"platelet"} == set(CLASS_LISTS["eight"].names)


def test_a_field_can_be_without_white_cells_and_without_anything() -> None:
    assert white(simulate_field(4, white_cells=[])) == []
    assert simulate_field(4, white_cells=[], red_cells=0, platelets=0).objects == ()


@pytest.mark.parametrize("stain", sorted(STAINS))
@pytest.mark.parametrize("name", WHITE_CELL_CLASSES)
def test_a_white_cell_is_darker_inside_its_box_than_the_glass(name: str, stain: str) -> None:
    field = simulate_field(
        5, white_cells=[name], red_cells=0, platelets=0, stain=stain, border_share=0.0, width=320, height=320
    )
    ((_, box),) = white(field)
    x0, y0, x1, y1 = (int(v) for v in box)
    grey = field.pixels.astype(np.float32).mean(axis=2)
    outside = np.ones(grey.shape, bool)
    outside[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4] = False
    glass = float(np.median(grey[outside]))
    # A nucleus takes a fifth of the smallest share; it is far darker than glass under every lamp.
    assert float(np.percentile(grey[y0:y1, x0:x1], 12)) < 0.62 * glass
    # The box is tight: its four outermost lines touch the cell, the lines beyond do not.
    assert float(grey[y0 - 6 : y0 - 3, x0:x1].mean()) > 0.93 * glass
    assert float(grey[y0 + 3 : y0 + 6, x0:x1].min()) < 0.93 * glass


def test_sizes_follow_the_scale() -> None:
    near, far = (
        simulate_field(9, white_cells=["lymphocyte"], red_cells=0, um_per_px=scale, border_share=0.0)
        for scale in (0.06, 0.12)
    )
    ((_, a),), ((_, b),) = white(near), white(far)
    assert (a[2] - a[0]) / (b[2] - b[0]) == pytest.approx(2.0, rel=0.05)
    assert 7.0 < (a[2] - a[0]) * 0.06 < 14.5


def test_fields_of_one_slide_share_scale_and_light() -> None:
    one, two, other = (simulate_field(seed, slide_seed=slide) for seed, slide in ((1, 5), (2, 5), (1, 6)))
    assert one.um_per_px == two.um_per_px != other.um_per_px
    assert not np.array_equal(one.pixels, two.pixels)
    glass = [np.median(field.pixels.reshape(-1, 3).astype(float), axis=0) for field in (one, two, other)]
    assert np.abs(glass[0] - glass[1]).max() < np.abs(glass[0] - glass[2]).max()


def test_a_file_of_a_field_gives_pixels_and_scale_back() -> None:
    field = simulate_field(11, width=200, height=120, um_per_px=0.085)
    image = decode(to_png(field), limits=DecodeLimits())
    assert np.array_equal(image.pixels, field.pixels)
    assert image.um_per_px == pytest.approx(0.085, rel=1e-3)


def test_some_cells_are_cut_by_the_border_and_some_touch() -> None:
    boxes = [box for seed in range(30) for _, box in white(simulate_field(seed, border_share=1.0))]
    cut = [b for b in boxes if b[0] == 0 or b[1] == 0 or b[2] == 640 or b[3] == 480]
    assert len(boxes) > 20
    assert len(cut) > 0.8 * len(boxes)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"width": 10}, "at least 64"),
        ({"white_cells": ["unicorn"]}, "unicorn"),
        ({"stain": "ink"}, "ink"),
        ({"border_share": 2.0}, "between 0 and 1"),
    ],
)
def test_nonsense_is_refused_in_words(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        simulate_field(1, **arguments)


def test_importing_the_simulator_does_not_import_torch() -> None:
    code = "import sys, ml.simulator; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
