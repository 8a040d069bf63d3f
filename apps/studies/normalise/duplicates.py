"""Keep two pictures of one cell out of a study, whatever they were compressed or scaled to in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.cells.models import Cell
from apps.core.errors import InvalidInput
from apps.studies.normalise.sources import pixels_of
from ml.images.perceptual import BITS, NEAR, distance, fingerprint


class NearDuplicates:
    """Remembers the cells that were accepted, one object for all arms of a study; ``refused`` counts the others."""

    def __init__(self) -> None:
        self.refused = 0
        self._seen: NDArray[np.uint8] = np.empty((64, BITS * BITS // 8), np.uint8)
        self._n = 0

    def accepts(self, cell: Cell) -> bool:
        """Return whether a cell looks like none accepted so far; it is remembered then.

        A cell whose picture cannot be read is refused like a duplicate.
        """
        try:
            found = fingerprint(pixels_of(cell))
        except InvalidInput:
            self.refused += 1
            return False
        return self.accepts_print(found)

    def accepts_print(self, found: NDArray[np.uint8]) -> bool:
        """Return the same for a fingerprint."""
        if self._n and int(distance(found, self._seen[: self._n]).min()) <= NEAR:
            self.refused += 1
            return False
        if self._n == len(self._seen):
            self._seen = np.concatenate([self._seen, np.empty_like(self._seen)])
        self._seen[self._n] = found
        self._n += 1
        return True
