"""Read micrometres per pixel from what a file says; believe only what a microscope could mean."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image

MICROMETRES_PER_INCH = 25_400.0
PLAUSIBLE_UM_PER_PX = (0.02, 3.0)
"""From a 100x oil objective with a very fine camera to a 2x overview; screens and printers (72 to 600 dots
per inch, 42 to 353 micrometres) lie far outside, so their habitual tags are never taken for a scale."""

SQUARE_TOLERANCE = 0.02
NOT_SQUARE = "The file gives different scales across and down; its scale was not used."

_TIFF_X_RESOLUTION, _TIFF_Y_RESOLUTION, _TIFF_UNIT, _TIFF_DESCRIPTION = 282, 283, 296, 270
_TIFF_UNIT_MICROMETRES = {2: MICROMETRES_PER_INCH, 3: 10_000.0}
_UNIT_MICROMETRES = {
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "um": 1.0,
    "\u00b5m": 1.0,
    "\u03bcm": 1.0,
    "\\u00b5m": 1.0,
    "nm": 0.001,
    "mm": 1000.0,
    "cm": 10_000.0,
    "m": 1_000_000.0,
    "inch": MICROMETRES_PER_INCH,
}
_DESCRIPTION_LIMIT = 65_536
_OME_SIZE = re.compile(r'\bPhysicalSize([XY])="([0-9.eE+-]{1,32})"')
_OME_UNIT = re.compile(r'\bPhysicalSizeXUnit="([^"]{1,16})"')
_IMAGEJ_UNIT = re.compile(r"^unit=(.{1,32})$", re.MULTILINE)


def read_scale(image: Image.Image) -> tuple[float | None, str | None]:
    """Return (micrometres per pixel or ``None``, a notice or ``None``) for an opened image.

    Sources, first found wins: OME-TIFF ``PhysicalSizeX`` (OME-XML schema 2016-06), ImageJ ``unit=`` with the
    TIFF resolution, TIFF tags 282, 283, 296 (TIFF 6.0), PNG ``pHYs`` in metres, JFIF density in inches or
    centimetres, BMP pixels per metre.
    """
    pair = _tiff_scale(image) if image.format == "TIFF" else _density_scale(image)
    if pair is None:
        return None, None
    x, y = pair
    low, high = PLAUSIBLE_UM_PER_PX
    if not (math.isfinite(x) and math.isfinite(y) and low <= x <= high and low <= y <= high):
        return None, None
    if abs(x - y) > SQUARE_TOLERANCE * max(x, y):
        return None, NOT_SQUARE
    return (x + y) / 2, None


def _density_scale(image: Image.Image) -> tuple[float, float] | None:
    if image.format in {"JPEG", "MPO"}:
        unit = image.info.get("jfif_unit")
        density = image.info.get("jfif_density")
        # Unit 0 is an aspect ratio. A density that only Exif gives is the camera's print size, not the
        # microscope's.
        if unit not in {1, 2} or not density or min(density) <= 0:
            return None
        length = MICROMETRES_PER_INCH if unit == 1 else 10_000.0
        return length / density[0], length / density[1]
    dots = image.info.get("dpi")
    if not dots or min(dots) <= 0:
        return None
    return MICROMETRES_PER_INCH / float(dots[0]), MICROMETRES_PER_INCH / float(dots[1])


def _tiff_scale(image: Image.Image) -> tuple[float, float] | None:
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
    description = str(tags.get(_TIFF_DESCRIPTION, ""))[:_DESCRIPTION_LIMIT]
    ome = _ome_scale(description)
    if ome is not None:
        return ome
    x, y = _positive(tags.get(_TIFF_X_RESOLUTION)), _positive(tags.get(_TIFF_Y_RESOLUTION))
    if x is None or y is None:
        return None
    length: float | None
    if description.startswith("ImageJ="):
        match = _IMAGEJ_UNIT.search(description)
        length = _UNIT_MICROMETRES.get(match.group(1).strip().lower()) if match else None
    else:
        length = _TIFF_UNIT_MICROMETRES.get(int(tags.get(_TIFF_UNIT, 2)))
    return None if length is None else (length / x, length / y)


def _ome_scale(description: str) -> tuple[float, float] | None:
    sizes = {axis: float(value) for axis, value in _OME_SIZE.findall(description) if _is_number(value)}
    if "X" not in sizes:
        return None
    unit = _OME_UNIT.search(description)
    length = _UNIT_MICROMETRES.get(unit.group(1).strip().lower()) if unit else 1.0
    if length is None:
        return None
    return sizes["X"] * length, sizes.get("Y", sizes["X"]) * length


def _is_number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


def _positive(value: Any) -> float | None:
    if isinstance(value, tuple):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if number > 0 else None
