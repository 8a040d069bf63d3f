"""Whether a field is good to look at: good ones are green, spoilt ones are not, drawn and real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from ml.images.quality import LIGHTS, Limits, Quality, judge, measure
from ml.simulator import simulate_field

Pixels = NDArray[np.uint8]
UM = 0.1


@pytest.fixture(scope="module")
def drawn() -> Pixels:
    return simulate_field(11, white_cells=["neutrophil", "lymphocyte"]).pixels


def quality(pixels: Pixels, um_per_px: float | None = UM) -> Quality:
    return judge(measure(pixels, um_per_px), um_per_px)


def light(found: Quality, name: str) -> str:
    return next(m.light for m in found.measures if m.name == name)


def value(found: Quality, name: str) -> float:
    return next(m.value for m in found.measures if m.name == name) or 0.0


def blurred(pixels: Pixels, um: float, um_per_px: float = UM) -> Pixels:
    sigma = um / um_per_px
    return np.stack([gaussian_filter(pixels[:, :, c].astype(float), sigma) for c in range(3)], axis=2).astype(
        np.uint8
    )


def dark(pixels: Pixels) -> Pixels:
    return (pixels * 0.35).astype(np.uint8)


def overexposed(pixels: Pixels) -> Pixels:
    return (pixels * 2.0).clip(0, 255).astype(np.uint8)


def pale(pixels: Pixels, part: float = 1 / 3) -> Pixels:
    """The optical density of everything at a part of what it was."""
    glass = np.percentile(pixels.reshape(-1, 3), 95, axis=0)
    return (glass * ((pixels + 1) / (glass + 1)) ** part).clip(0, 255).astype(np.uint8)


def test_a_good_drawn_field_is_green(drawn: Pixels) -> None:
    found = quality(drawn)
    assert {m.name: m.light for m in found.measures} == dict.fromkeys(
        ["focus", "brightness", "clipped", "stain", "density", "scale"], "green"
    )
    assert (found.light, found.reason) == ("green", "Sharp, well lit and stained.")


@pytest.mark.parametrize(
    ("spoil", "name", "lights"),
    [
        (lambda p: blurred(p, 1.5), "focus", {"red"}),
        (dark, "brightness", {"red"}),
        (overexposed, "clipped", {"amber", "red"}),
        (lambda p: pale(p, 0.15), "stain", {"amber", "red"}),
    ],
    ids=["blurred", "dark", "overexposed", "pale"],
)
def test_a_spoilt_drawn_field_is_not(
    drawn: Pixels, spoil: Callable[[Pixels], Pixels], name: str, lights: set[str]
) -> None:
    found = quality(spoil(drawn))
    assert light(found, name) in lights
    assert found.light != "green"
    assert found.reason == max(found.measures, key=lambda m: LIGHTS.index(m.light)).words


def test_more_blur_makes_wider_edges(drawn: Pixels) -> None:
    widths = [value(quality(blurred(drawn, um)), "focus") for um in (0.2, 0.5, 0.9, 1.4)]
    assert widths == sorted(widths)
    # A step blurred by s is 2.5 s wide; cells are no steps.
    assert widths[2] == pytest.approx(2.5 * 0.9, rel=0.5)


def test_contrast_does_not_change_the_focus(drawn: Pixels) -> None:
    assert value(quality(pale(drawn, 0.6)), "focus") == pytest.approx(
        value(quality(drawn), "focus"), rel=0.25
    )


def test_without_a_scale_the_cells_tell_one_roughly(drawn: Pixels) -> None:
    values = measure(drawn, None)
    assert values["rough_um_per_px"] == pytest.approx(UM, rel=0.6)
    found = judge(values, None)
    assert (found.light, light(found, "scale"), light(found, "focus")) == ("amber", "amber", "green")
    assert "scale is not known" in found.reason


def test_a_scale_that_becomes_known_judges_the_focus_anew(drawn: Pixels) -> None:
    values = measure(drawn, None)
    assert value(judge(values, 0.2), "focus") == pytest.approx(2 * value(judge(values, 0.1), "focus"))


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_is_judged_without_a_word_on_what_is_not_there(level: int) -> None:
    found = quality(np.full((64, 96, 3), level, np.uint8))
    assert light(found, "focus") == "unknown"
    assert light(found, "density") == "red"


def test_a_large_field_costs_no_more_than_its_tiles() -> None:
    values = measure(np.tile(simulate_field(3).pixels, (6, 6, 1)), UM)
    assert values["focus_px"] is not None


def test_figures_of_an_older_field_may_be_missing() -> None:
    found = judge({"version": 0}, None)
    assert found.light == "amber"
    assert light(found, "brightness") == "unknown"


def test_limits_are_closed_and_open_ended() -> None:
    limits = Limits(green=(1, 2), amber=(None, 3))
    assert [limits.light(v) for v in (0, 1, 2, 2.5, 3, 3.1)] == [
        "amber",
        "green",
        "green",
        "amber",
        "amber",
        "red",
    ]


def _real(folder: Path, n: int) -> list[Pixels]:
    files = sorted(folder.iterdir())
    files = files[:: len(files) // n][:n]
    return [np.asarray(Image.open(file).convert("RGB")) for file in files]


@pytest.mark.shared_data
@pytest.mark.parametrize("place", ["bccd/JPEGImages", "txl/images/raabin", "txl/images/pbc"])
def test_good_real_fields_are_green(shared_data: Path, place: str) -> None:
    # The files do not say their scale, which alone would make them amber.
    found = [judge(measure(pixels, None), None) for pixels in _real(shared_data / place, 20)]
    good = [all(m.light == "green" for m in q.measures if m.name != "scale") for q in found]
    assert sum(good) >= 19, [q.reason for q in found]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "spoil", [lambda p: blurred(p, 1.2), dark, overexposed, pale], ids=["blurred", "dark", "bright", "pale"]
)
def test_spoilt_real_fields_are_not_green(shared_data: Path, spoil: Callable[[Pixels], Pixels]) -> None:
    fields = _real(shared_data / "bccd/JPEGImages", 12)
    lights = [judge(measure(spoil(p), UM), UM).light for p in fields]
    assert "green" not in lights, lights
