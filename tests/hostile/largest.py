"""What the largest fields of every pixel type cost the decoding child, at full size."""

import tempfile
from pathlib import Path

from ml.errors import ImageError
from ml.images import DecoderChild
from tests.hostile.target import peak_mib
from tests.ml.test_images_memory import LARGE, pixels

SIDE, SIDE_DEEP = 7_070, 5_470
"""Squared just below 50 and 30 megapixels."""


def measure() -> dict[str, float]:
    """Return the peak of a fresh child for each kind of large field, in MiB.

    Raises AssertionError when one is refused.
    """
    peaks: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large"
        for name, make in LARGE.items():
            side = SIDE_DEEP if "16 bits" in name else SIDE
            path.write_bytes(make(pixels(side)))
            child = DecoderChild()
            try:
                decoded = child.decode(path)
                assert decoded.width * decoded.height == side * side
                peaks[f"{name}, {side * side / 1e6:.0f} megapixels"] = peak_mib(child.pid or 0)
            except ImageError as refused:
                raise AssertionError(f"{name} was refused: {refused.message}") from refused
            finally:
                child.close()
    return peaks
