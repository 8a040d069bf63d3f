"""Pictures of single cells: written once under an opaque key, complete before any row names them."""

from __future__ import annotations

import io
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from apps.core import storage
from apps.core.errors import NotFound
from apps.slides.models import Field
from ml.contracts import Box
from ml.crops import cut
from ml.images import encode_png

LARGEST_AT_ONCE = 40_000_000
"""Pixels of a field from which a request does not cut itself: the worker does, when it asks the model."""


def save_crop(*, prefix: str, pixels: NDArray[np.uint8]) -> str:
    """Store a crop as PNG below ``prefix`` and return its key.

    Args:
        prefix: Folder of the store; that of a job's attempt, so that a refused attempt can be swept.
        pixels: uint8 array of shape (H, W, 3), sRGB.
    """
    key = storage.new_key(prefix, ".png")
    storage.save_bytes(key, encode_png(pixels))
    return key


def load_pixels(field: Field) -> NDArray[np.uint8]:
    """Return the stored pixels of a field, uint8 (H, W, 3), sRGB.

    Raises:
        NotFound: the file is missing from the store.
    """
    with storage.open_key(field.image_key) as stream:
        data = stream.read()
    # Our own lossless file, written after all checks: no limit is needed here.
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


class Cutter:
    """Cut pictures of cells out of stored fields for an act of a person; removed again unless the act is kept.

    A context: cut inside, call `keep` when the rows that name the pictures are written.
    """

    def __init__(self) -> None:
        self._made: list[str] = []
        self._field: tuple[int, NDArray[np.uint8]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was cut for an act that came to nothing."""
        for key in self._made:
            storage.delete_key(key)

    def cut(self, field: Field | None, box: Box) -> str:
        """Return the key of a new picture of a box; "" where the worker will cut it, or nobody can.

        Raises:
            StoreAway: the store does not answer.
        """
        if field is None or field.width * field.height > LARGEST_AT_ONCE:
            return ""
        if self._field is None or self._field[0] != field.pk:
            try:
                self._field = (field.pk, load_pixels(field))
            except NotFound:
                return ""
        key = save_crop(prefix="crops", pixels=cut(self._field[1], box))
        self._made.append(key)
        return key

    def keep(self) -> None:
        """Leave what was cut in the store: rows name it now."""
        self._made.clear()
