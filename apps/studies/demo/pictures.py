"""Pictures of single cells for a study that is there to be looked at: drawn, never of blood."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.images import encode_png
from ml.simulator import simulate_field

SIDE: Final = 128
"""Width and height of a picture in pixels."""

_SCALE_UM_PER_PX: Final = 0.1
_STAIN: Final = "analyser"
_CHESSBOARD: Final = 5.0
"""How far every second pixel of a generated picture is lifted, of 255: the mark that transposed convolutions leave
(Odena, Dumoulin & Olah, Distill 2016, doi:10.23915/distill.00003)."""


def cell(class_name: str, *, seed: int, generated: bool = False) -> NDArray[np.uint8]:
    """Draw one cell as a crop, uint8 sRGB (`SIDE`, `SIDE`, 3); equal arguments give equal pixels.

    Args:
        class_name: A class that the simulator knows.
        seed: What tells one cell of a class from the next.
        generated: Whether the picture plays a generated one: softer, with the faint chessboard of a generator.
    """
    field = simulate_field(
        seed,
        width=SIDE,
        height=SIDE,
        white_cells=(class_name,),
        red_cells=4,
        platelets=1,
        stain=_STAIN,
        um_per_px=_SCALE_UM_PER_PX,
        border_share=0.0,
        clump_share=0.0,
    )
    return _as_if_generated(field.pixels) if generated else field.pixels


def _as_if_generated(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    soft: NDArray[np.float64] = pixels.astype(np.float64)
    for axis in (0, 1):
        soft = (np.roll(soft, 1, axis) + 2 * soft + np.roll(soft, -1, axis)) / 4
    rows, columns = np.mgrid[: soft.shape[0], : soft.shape[1]]
    board: NDArray[np.float64] = (rows + columns) % 2 - 0.5
    soft = soft + _CHESSBOARD * board[..., None]
    return np.clip(np.rint(soft), 0, 255).astype(np.uint8)


def archive(classes: Sequence[str], *, each: int, seed: int, generated: bool) -> bytes:
    """Return a ZIP archive with a folder for each class, as any labelled set comes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name, number, picture in _cells(classes, each=each, seed=seed, generated=generated):
            made.writestr(f"{name}/{number:04}.png", encode_png(picture))
    return out.getvalue()


def _cells(
    classes: Sequence[str], *, each: int, seed: int, generated: bool
) -> Iterator[tuple[str, int, NDArray[np.uint8]]]:
    for place, name in enumerate(classes):
        for number in range(each):
            yield name, number, cell(name, seed=seed + 10_000 * place + number, generated=generated)
