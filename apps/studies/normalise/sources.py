"""Where the pixels of a case come from: the stored crop of a cell, or its field."""

from __future__ import annotations

import io

import numpy as np
from django.db.models import F, FloatField, Max, Q, QuerySet
from django.db.models.functions import Greatest, Least
from numpy.typing import NDArray
from PIL import Image

from apps.cells.crops import load_pixels
from apps.cells.models import Cell
from apps.core import storage
from apps.core.errors import InvalidInput, NotFound
from ml.crops import CONTEXT, cut
from ml.images.normalise import SMALLEST_SOURCE

_ROUNDING = 1  # pixel: a crop begins at whole pixels


def drawable(cells: QuerySet[Cell]) -> QuerySet[Cell]:
    """Return the cells that may become cases: standing, large enough, their crop wholly inside their field.

    What lies beyond the border of a field is filled with grey in a crop. Generated cells have no border, so the grey
    would tell where a picture comes from.
    """
    half = Greatest(F("x1") - F("x0"), F("y1") - F("y0"), output_field=FloatField()) * (CONTEXT / 2)
    across, down = (F("x0") + F("x1")) / 2, (F("y0") + F("y1")) / 2
    known = cells.filter(retired_at__isnull=True, removed_at__isnull=True).annotate(
        _half=half,
        _left=across - half,
        _top=down - half,
        _right=across + half,
        _bottom=down + half,
    )
    inside = Q(
        field__isnull=False,
        _half__gte=(SMALLEST_SOURCE + _ROUNDING) / 2,
        _left__gte=_ROUNDING,
        _top__gte=_ROUNDING,
        _right__lte=F("field__width") - _ROUNDING,
        _bottom__lte=F("field__height") - _ROUNDING,
    )
    alone = Q(
        field__isnull=True,
        x1__gte=F("x0") + SMALLEST_SOURCE,
        y1__gte=F("y0") + SMALLEST_SOURCE,
    ) & ~Q(crop_key="")
    return known.filter(inside | alone)


def widest(cells: QuerySet[Cell]) -> float:
    """Return the micrometres that the largest crop of these cells shows; 0 where no scale is known."""
    side = Greatest(F("x1") - F("x0"), F("y1") - F("y0"), output_field=FloatField()) * CONTEXT + _ROUNDING
    found = cells.order_by().aggregate(um=Max(side * F("field__um_per_px"), output_field=FloatField()))["um"]
    return found or 0.0


def windowed(cells: QuerySet[Cell], um: float) -> QuerySet[Cell]:
    """Return the cells around which the square of so many micrometres lies wholly inside their field.

    A larger window than the cell's own crop (``drawable``) is filled with grey at a border that the crop does not
    reach. Cells without a scale stay: ``scaled`` says what is missing.
    """
    across, down = (F("x0") + F("x1")) / 2, (F("y0") + F("y1")) / 2
    half = um / 2 / F("field__um_per_px") + _ROUNDING
    inside = Q(_near__gte=0, _far_across__lte=F("field__width"), _far_down__lte=F("field__height"))
    return cells.annotate(
        _near=Least(across - half, down - half, output_field=FloatField()),
        _far_across=across + half,
        _far_down=down + half,
    ).filter(Q(field__um_per_px__isnull=True) | inside)


def pixels_of(cell: Cell) -> NDArray[np.uint8]:
    """Return the picture of a cell, uint8 (H, W, 3), sRGB: its stored crop, else cut from its field.

    Raises:
        InvalidInput: there is neither.
    """
    try:
        if cell.crop_key:
            with storage.open_key(cell.crop_key) as stream:
                data = stream.read()
            # Our own lossless file, written after all checks: no limit is needed here.
            with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
                return np.asarray(image.convert("RGB"))
        if cell.field is not None:
            return cut(load_pixels(cell.field), cell.box)
    except NotFound:
        pass
    raise InvalidInput(
        "The picture of a cell is not in the store any more. Draw the cases anew.", code="picture"
    )


def shorter_side(cell: Cell) -> int:
    """Return the shorter side of a cell's picture in pixels, by its box: the picture need not be opened."""
    if cell.field_id is None:
        return int(min(cell.x1 - cell.x0, cell.y1 - cell.y0))
    return round(CONTEXT * max(cell.x1 - cell.x0, cell.y1 - cell.y0))


def scaled(cells: list[Cell]) -> float:
    """Return the micrometres that the window of one physical scale shows: those of the largest crop.

    Raises:
        InvalidInput: a cell has no scale.
    """
    sides = []
    for cell in cells:
        if cell.field is None or cell.field.um_per_px is None:
            raise InvalidInput(
                "One physical scale needs cells of fields whose scale is known. Choose “stretched to one side”, "
                "or give the fields their scale.",
                code="scale",
            )
        sides.append(shorter_side(cell) * cell.field.um_per_px)
    return max(sides)


def window_of(cell: Cell, um: float) -> NDArray[np.uint8]:
    """Return the square of so many micrometres around a cell, cut from its field."""
    field = cell.field
    if field is None or field.um_per_px is None:
        raise InvalidInput("The cell has no scale.", code="scale")
    across, down = (cell.x0 + cell.x1) / 2, (cell.y0 + cell.y1) / 2
    half = um / field.um_per_px / 2
    return cut(load_pixels(field), (across - half, down - half, across + half, down + half), context=1.0)
