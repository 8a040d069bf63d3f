"""One split for all sets: the pixels of an image decide its part, so a picture under two names stays whole.

Every TXL image of source ``pbc`` is also in the PBC set under another name (pixel for pixel), and PBC holds a few
pictures twice; a split by name would let the same cell train one model and measure the other.
"""

from __future__ import annotations

from ml.images import pixel_sha256 as pixel_key

__all__ = ["VALIDATION_ONE_IN", "part_of", "pixel_key"]

VALIDATION_ONE_IN = 5
"""One picture in this many is kept out of training."""


def part_of(key: str) -> str:
    """Return ``val`` for one pixel key in five, ``train`` for the others, for ever the same."""
    return "val" if int(key[:8], 16) % VALIDATION_ONE_IN == 0 else "train"
