"""How good one field is to look at: focus, exposure, stain, density, scale. Torch-free.

Each is a number with a unit, judged by limits that were set on real fields (see `LIMITS`): green, amber, red, or not
judged where the picture holds nothing to judge it by. A field is as good as the worst of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml.localise.scale import RED_CELL_UM

Light = Literal["green", "amber", "red", "unknown"]

VERSION = 1
"""Counted up whenever a formula or a limit changes, so that fields judged by the older one are told apart."""

LIGHTS: tuple[Light, ...] = ("unknown", "green", "amber", "red")
"""From the least to the most telling: of several the last one of these wins."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Within ``green`` all is well, within ``amber`` it can be worked with; both closed, None for no limit."""

    green: tuple[float | None, float | None]
    amber: tuple[float | None, float | None]

    def light(self, value: float) -> Light:
        """Return the light of a value."""
        if _within(value, self.green):
            return "green"
        return "amber" if _within(value, self.amber) else "red"


ENOUGH_STAIN = 0.16
"""Optical density of nuclei, green channel."""

LIMITS: dict[str, Limits] = {
    "focus": Limits(green=(None, 1.4), amber=(None, 2.0)),
    "brightness": Limits(green=(150, 252), amber=(105, None)),
    "clipped": Limits(green=(None, 0.05), amber=(None, 0.5)),
    "stain": Limits(green=(ENOUGH_STAIN, None), amber=(0.1, None)),
    "density": Limits(green=(0.05, 0.8), amber=(0.01, 0.92)),
}
"""Set on 2026-11-21 on real fields. As they are, 60 of BCCD have edges of 0.5 to 1.1 micrometres (0.3 to 1.1 in
TXL-PBC), a background of 204 to 215 (176 to 231), nuclei of 0.16 and more, cells over 0.27 to 0.58 (0.36 to 0.72) of
the field; blurred by a Gaussian of 0.6 micrometres the edges of BCCD are 1.6 to 3.0 wide, by 0.9 they are 1.7 to 3.4;
bleached to a third of their optical density its nuclei have 0.15 at most. No published limits exist for these figures.
Cameras differ: a field of PBC that is bleached to a third is still as deeply stained as one of BCCD and stays green. A
laboratory sees where its own good fields lie from the values, which are kept."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: ``value`` in ``unit`` (None: cannot be told), its light, and what it means in one sentence."""

    name: str
    value: float | None
    unit: str
    light: Light
    words: str

    @property
    def limits(self) -> Limits | None:
        """Return what it was judged by; None for what has no limits."""
        return LIMITS.get(self.name)


@dataclass(frozen=True, slots=True)
class Quality:
    """All figures of one field; ``light`` and ``reason`` are those of the worst."""

    light: Light
    reason: str
    measures: tuple[Measure, ...]


def measure(pixels: NDArray[np.uint8], um_per_px: float | None) -> dict[str, float | None]:
    """Return what can be measured on a field, as plain values that are stored with it.

    ``focus_px`` is the width of edges in pixels and ``rough_um_per_px`` a scale that the cells give roughly, so that
    the focus can be judged anew when the scale becomes known later.

    Args:
        pixels: ``uint8`` (H, W, 3), sRGB, as stored.
        um_per_px: Micrometres per pixel, None when nobody knows.
    """
    sample = _thinned(pixels)
    background = _background(sample)
    density = _optical_density(sample, background)
    rough = _rough_scale(pixels, background)
    return {
        "version": VERSION,
        "focus_px": _rounded(_edge_width(pixels, um_per_px or rough)),
        "rough_um_per_px": _rounded(rough),
        "brightness": _rounded(float(background.mean())),
        "clipped": _rounded(_clipped_share(sample)),
        "stain": _rounded(_stain_depth(density)),
        "density": _rounded(float((density[:, :, 1] > COVERED_FROM).mean())),
    }


def judge(values: Mapping[str, float | None], um_per_px: float | None) -> Quality:
    """Judge measured values by today's limits and the scale as it is known now."""
    measures = (
        _focus(values.get("focus_px"), um_per_px or values.get("rough_um_per_px")),
        _brightness(values.get("brightness")),
        _clipped(values.get("clipped")),
        _stain(values.get("stain")),
        _density(values.get("density")),
        _scale(um_per_px),
    )
    worst = max(measures, key=lambda m: LIGHTS.index(m.light))
    reason = "Sharp, well lit and stained." if worst.light == "green" else worst.words
    return Quality(light=worst.light, reason=reason, measures=measures)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


# Exposure -----------------------------------------------------------------------------------------------------------

SAMPLE_PIXELS = 400_000
"""How many pixels speak for the colours of a field; every so many in both directions."""

BACKGROUND_AT = 95.0
"""The empty glass is the brightest of a smear: this percentile of each channel. Cells may cover nine tenths."""

BLOWN = 255
DARK = 2


def _brightness(value: float | None) -> Measure:
    """Judge how light the empty glass is: mean of the channels' levels, 0 to 255."""
    if value is None:
        return _not_judged("brightness", "of 255")
    light = LIMITS["brightness"].light(value)
    level = f"the empty background has level {value:.0f} of 255."
    wrong = f"The picture is too {'dark' if value < 200 else 'bright'}: {level}"
    return Measure("brightness", value, "of 255", light, level.capitalize() if light == "green" else wrong)


def _clipped_share(sample: NDArray[np.uint8]) -> float:
    """Return the share of pixels in which all channels are at their end: there nothing can be seen any more."""
    return float(((sample >= BLOWN).all(axis=2) | (sample <= DARK).all(axis=2)).mean())


def _clipped(value: float | None) -> Measure:
    if value is None:
        return _not_judged("clipped", "share")
    light = LIMITS["clipped"].light(value)
    words = f"{100 * value:.1f} % of the picture is pure white or black" + (
        "." if light == "green" else ", so that details are lost: change the exposure."
    )
    return Measure("clipped", value, "share", light, words)


def _background(sample: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the level of the empty glass for each channel, (3,)."""
    levels = np.percentile(sample.reshape(-1, 3), BACKGROUND_AT, axis=0)
    return np.maximum(levels.astype(np.float64), 1.0)


def _thinned(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    step = max(1, math.ceil(math.sqrt(pixels.shape[0] * pixels.shape[1] / SAMPLE_PIXELS)))
    return pixels[::step, ::step]


# Stain and density --------------------------------------------------------------------------------------------------

COVERED_FROM = 0.06
"""Optical density of the green channel from which a pixel lies under a cell: red cells absorb green most of all."""

NUCLEUS_PART = 0.5
"""Part of the deepest optical density of the red channel from which a pixel counts as nucleus: azure B absorbs red
light, which eosin and haemoglobin let pass (Romanowsky stains: Wittekind, Clin. Lab. Haematol. 1979;1:247-262)."""

DEEPEST_AT = 99.5
"""The percentile that stands for the deepest: nuclei cover more than one in 200 pixels of a field that holds one."""

STANDS_OUT = 1.2
"""How many times as deep in green as all covered pixels the nuclei are, at least: else there is none to judge."""


def _optical_density(sample: NDArray[np.uint8], background: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the optical density of each channel, (H, W, 3), not below 0.

    It is -log10(I / I0), where I0 is the light through the empty glass (Ruifrok & Johnston, Anal. Quant. Cytol.
    Histol. 2001;23:291-299).
    """
    table = -np.log10((np.arange(256)[:, None] + 1.0) / (background[None, :] + 1.0))
    table = np.maximum(table, 0.0)
    return np.stack([table[:, c][sample[:, :, c]] for c in range(3)], axis=2)


def _stain_depth(density: NDArray[np.float64]) -> float | None:
    """Return how deeply nuclei are stained: the upper quartile of the green channel's optical density in them."""
    red, green = density[:, :, 0], density[:, :, 1]
    covered = green > COVERED_FROM / 2
    nuclei = red > max(0.01, NUCLEUS_PART * float(np.percentile(red, DEEPEST_AT)))
    if not covered.any() or not nuclei.any():
        return None
    depth = float(np.percentile(green[nuclei], 75))
    stands_out = depth >= STANDS_OUT * float(np.median(green[covered]))
    return depth if stands_out or depth >= ENOUGH_STAIN else None


def _stain(value: float | None) -> Measure:
    if value is None:
        words = "There is no stained nucleus to judge the stain by."
        return Measure("stain", None, "OD", "unknown", words)
    light = LIMITS["stain"].light(value)
    words = f"Nuclei have an optical density of {value:.2f}."
    if light != "green":
        words = f"The stain is pale: nuclei have an optical density of {value:.2f} only."
    return Measure("stain", value, "OD", light, words)


def _density(value: float | None) -> Measure:
    """Judge the share of the field under cells; in the area to count in, red cells touch and hardly overlap."""
    if value is None:
        return _not_judged("density", "share")
    light = LIMITS["density"].light(value)
    words = f"Cells cover {100 * value:.0f} % of the field"
    if light != "green":
        words += (
            ": too few cells here" if value < 0.3 else ", so many lie on each other: choose a thinner place"
        )
    return Measure("density", value, "share", light, f"{words}.")


# Focus --------------------------------------------------------------------------------------------------------------

TILE = 384
TILES_A_SIDE = 3
"""At most so many tiles a side of so many pixels speak for the focus of a large field."""

STEEPEST = 98.0
"""The edges to judge by: pixels whose slope is above this percentile."""

REACH_UM = 5.0
"""Side of the square in which the height of an edge is taken: wider than a blurred edge, narrower than a red cell."""

FAINT = 10.0
"""Edges lower than this (grey levels) are noise."""


def _focus(width_px: float | None, um_per_px: float | None) -> Measure:
    """Judge how wide edges are, in micrometres."""
    if width_px is None or um_per_px is None:
        return Measure("focus", None, "µm", "unknown", "There are no cells to judge the focus by.")
    value = width_px * um_per_px
    light = LIMITS["focus"].light(value)
    words = f"Edges are {value:.1f} µm wide."
    if light != "green":
        how = "not quite sharp" if light == "amber" else "out of focus"
        words = f"The picture is {how}: edges are {value:.1f} µm wide."
    return Measure("focus", value, "µm", light, words)


def _edge_width(pixels: NDArray[np.uint8], um_per_px: float | None) -> float | None:
    """Return how wide the steepest edges are in pixels: their height over their slope, the median.

    The width of edges as the measure of blur is that of Marziliano et al., "A no-reference perceptual blur metric",
    ICIP 2002, III-57; height over slope takes no search along each edge and does not change with contrast. A step
    that is blurred by a Gaussian of s pixels is sqrt(2 pi) s = 2.5 s wide by this measure.
    """
    from scipy import ndimage  # here: no process pays for it that judges no picture

    if um_per_px is None:
        return None
    reach = int(np.clip(round(REACH_UM / um_per_px), 7, 81)) | 1
    found = []
    for tile in _tiles(pixels):
        # Camera noise would be the steepest slope of a blurred picture.
        grey = ndimage.gaussian_filter(tile[:, :, 1].astype(np.float32), 0.8)
        slope = np.hypot(ndimage.sobel(grey, axis=0), ndimage.sobel(grey, axis=1)) / 8.0
        height = ndimage.maximum_filter(grey, reach) - ndimage.minimum_filter(grey, reach)
        steep = (slope >= np.percentile(slope, STEEPEST)) & (height >= FAINT) & (slope > 0)
        found.append((height[steep] / slope[steep]).astype(np.float64))
    widths = np.concatenate(found)
    return float(np.median(widths)) if widths.size else None


def _tiles(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    height, width = pixels.shape[:2]
    return [pixels[y : y + TILE, x : x + TILE] for y in _starts(height) for x in _starts(width)]


def _starts(length: int) -> list[int]:
    """Return where tiles begin along one side: the whole side when it is short, else evenly spread."""
    n = min(TILES_A_SIDE, max(1, length // TILE))
    if n == 1:
        return [max(0, (length - TILE) // 2)]
    return [round(i * (length - TILE) / (n - 1)) for i in range(n)]


def _rough_scale(pixels: NDArray[np.uint8], background: NDArray[np.float64]) -> float | None:
    """Return micrometres per pixel as the size of the red cells tells it, None without cells.

    Of discs, area over circumference is a quarter of the diameter, however many there are; overlapping ones come out
    too large. Circumference from the sides of pixels between inside and outside, which are 4 / pi times as long.
    """
    from scipy import ndimage

    step = max(1, round(max(pixels.shape[:2]) / 1600))
    green = ndimage.gaussian_filter(pixels[::step, ::step, 1].astype(np.float32), 1.0)
    inside = np.log10((background[1] + 1.0) / (green + 1.0)) > COVERED_FROM
    sides = int((inside[1:] != inside[:-1]).sum() + (inside[:, 1:] != inside[:, :-1]).sum())
    area = int(inside.sum())
    if sides < 100 or not 0.002 < area / inside.size < 0.98:
        return None
    diameter = 4.0 * area / (sides * math.pi / 4.0) * step
    return RED_CELL_UM / diameter


# Scale --------------------------------------------------------------------------------------------------------------


def _scale(um_per_px: float | None) -> Measure:
    if um_per_px is None:
        words = "The scale is not known: sizes cannot be compared. Name the device of the slide."
        return Measure("scale", None, "µm/px", "amber", words)
    return Measure("scale", um_per_px, "µm/px", "green", f"One pixel is {um_per_px:.3f} µm.")


def _not_judged(name: str, unit: str) -> Measure:
    return Measure(name, None, unit, "unknown", "Not measured.")


def _within(value: float, limits: tuple[float | None, float | None]) -> bool:
    low, high = limits
    return (low is None or value >= low) and (high is None or value <= high)
