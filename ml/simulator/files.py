"""Simulated fields as files."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from ml.simulator.field import SimulatedField

_UM_PER_INCH: Final = 25_400.0


def to_png(field: SimulatedField) -> bytes:
    """Return a field as a PNG file that carries its scale (pHYs, pixels per metre)."""
    stream = io.BytesIO()
    per_inch = _UM_PER_INCH / field.um_per_px
    Image.fromarray(field.pixels).save(stream, "PNG", dpi=(per_inch, per_inch))
    return stream.getvalue()
