"""Plain values of the decoder: what it is allowed to spend and what it gives back."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MEBI = 1024 * 1024
HEAD_PREFIX = struct.Struct(">I")
"""Before every reply of the decoding child: how many bytes its JSON head has."""


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What one file may cost.

    ``max_bytes`` of the file, ``max_pixels`` of the picture (width x height, from its header, before
    decoding), ``min_side`` in pixels. The rest applies in a child process only: ``memory`` in bytes that the
    whole process may have resident, ``cpu_seconds`` and ``wall_seconds`` per file.
    """

    max_bytes: int = 50 * MEBI
    max_pixels: int = 50_000_000
    min_side: int = 32
    memory: int = 512 * MEBI
    cpu_seconds: int = 20
    wall_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A picture as the rest of the project sees it.

    ``pixels`` is ``uint8`` (H, W, 3), sRGB, after the orientation tag; ``um_per_px`` micrometres per pixel
    when the file says something plausible for a microscope; ``notices`` are sentences on what was changed
    while reading; ``format`` is one of JPEG, PNG, TIFF, BMP.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    um_per_px: float | None
    notices: tuple[str, ...]
    format: str
