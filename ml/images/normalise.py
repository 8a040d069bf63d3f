"""Make pictures of cells alike in everything but what they show: one crop, one resolution, one encoder, one length.

Real and generated pictures differ in how they came about: their size, the grid of an earlier JPEG, the sharpness that
their pixels can hold. All are cut to the middle square, brought to one working resolution below that of the smallest,
enlarged to the side that is shown, and written by one encoder with fixed tables; then all are padded to one length.
Measured on real cells: docs/studies.md. Torch-free.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

VERSION = 2
"""Counted up whenever a step changes, so that two studies' pictures are told apart."""

TRIM = 1 / 32
"""Share of the side cut away at each edge: filters of earlier steps act differently there."""

SHRINK = 0.5
"""Working resolution over the side of the smallest source: every picture is truly resampled, and what an earlier grid
or kernel left in the upper half of the frequencies is gone from all. Real cells that had been enlarged by 3 % were told
by their spectrum at three quarters (AUC 0.99) and not at half (0.50); see docs/studies.md."""

SMALLEST_SOURCE = 48
"""Pixels of the shorter side from which on a picture can be shown to a reader."""

QUALITY = 95
BLOCK = 4096
"""The one length is a multiple of this, in bytes."""

_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done to every picture of a study: ``side`` pixels shown, by way of ``working`` pixels."""

    side: int
    working: int
    quality: int = QUALITY

    def __post_init__(self) -> None:
        if not 16 <= self.working <= self.side <= 2048:
            raise ValueError(f"No sizes for pictures: {self.working} to {self.side} pixels.")

    def as_json(self) -> dict[str, object]:
        """Return the rule with the encoder's build, for the report."""
        return {
            "version": VERSION,
            "side": self.side,
            "working": self.working,
            "trim": TRIM,
            "encoder": f"JPEG, quality {self.quality}, 4:4:4, libjpeg {features.version('jpg')}",
        }


def rule_for(smallest: int, *, side: int) -> Rule:
    """Return the rule for sources whose shorter sides are ``smallest`` pixels or more.

    Raises:
        ValueError: when the smallest is too small to be shown.
    """
    if smallest < SMALLEST_SOURCE:
        raise ValueError(f"The smallest picture is {smallest} pixels wide.")
    return Rule(side=side, working=min(side, int(kept_side(smallest) * SHRINK)))


def kept_side(shorter: int) -> int:
    """Return how many pixels of a shorter side are kept."""
    return shorter - 2 * math.ceil(shorter * TRIM)


def normalise(pixels: NDArray[np.uint8], rule: Rule) -> bytes:
    """Return a baseline JPEG of the middle square of ``pixels``.

    Args:
        pixels: uint8 array of shape (H, W, 3), sRGB.
        rule: The rule of the study.

    Raises:
        ValueError: when the picture is smaller than the working resolution; enlarging it would tell it apart.
    """
    return encode(resample(pixels, rule), rule)


def resample(pixels: NDArray[np.uint8], rule: Rule) -> NDArray[np.uint8]:
    """Return the middle square of a picture, (side, side, 3), by way of the working resolution."""
    height, width = pixels.shape[:2]
    kept = kept_side(min(height, width))
    if kept < rule.working:
        raise ValueError(
            f"A picture of {width} x {height} pixels is below the working resolution of {rule.working}."
        )
    left, top = (width - kept) // 2, (height - kept) // 2
    # Cut before it is scaled: the kernel must not reach into what is cut away.
    middle = np.ascontiguousarray(pixels[top : top + kept, left : left + kept])
    small = Image.fromarray(middle).resize((rule.working, rule.working), Image.Resampling.LANCZOS)
    return np.asarray(small.resize((rule.side, rule.side), Image.Resampling.BICUBIC))


def encode(pixels: NDArray[np.uint8], rule: Rule) -> bytes:
    """Return pixels as JPEG whose bytes before the picture data are the same for every picture of one size."""
    out = io.BytesIO()
    # Raw pixels only: no profile, density, comment or EXIF can come along; standard Huffman tables, no scans.
    Image.fromarray(pixels).save(
        out, "JPEG", quality=rule.quality, subsampling=0, optimize=False, progressive=False
    )
    return out.getvalue()


def one_length(lengths: Iterable[int]) -> int:
    """Return the length in bytes that holds the longest of several files."""
    return -(-max(lengths) // BLOCK) * BLOCK


def pad(data: bytes, length: int, *, key: bytes = b"") -> bytes:
    """Return a JPEG with `padding` after its end, which every decoder passes over, up to ``length`` bytes.

    Raises:
        ValueError: when it is longer, or no JPEG.
    """
    if not data.endswith(_END) or len(data) > length:
        raise ValueError(f"{len(data)} bytes cannot be padded to {length}.")
    return data + padding(length - len(data), key)


def padding(n: int, key: bytes = b"") -> bytes:
    """Return ``n`` bytes that mean nothing: SHAKE-256 of ``key``, zeros without one.

    None is 0xFF, so that the last end marker of a padded file is that of its picture.
    """
    return hashlib.shake_256(key).digest(n).replace(b"\xff", b"\x00") if key else bytes(n)
