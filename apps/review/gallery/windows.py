"""Square parts of fields, cut when they are asked for: what the gallery shows of a cell, at one physical scale.

The pixels of a field never change, so a part is named by field and numbers alone and may be kept by a browser for
good. Decoded fields are held for a moment, since the cells of one field are asked for together.
"""

from __future__ import annotations

import io
import threading
from collections import OrderedDict

from PIL import Image

from apps.core import storage
from apps.core.errors import InvalidInput
from apps.slides.models import Field

SIZES = (96, 128, 192, 256, 384, 512, 768)
"""Sides a part can be drawn at, in pixels: few, so that browsers ask for the same again."""
LONGEST_SIDE = 4096
MOST_PIXELS = 40_000_000
"""Fields above this are not cut on request: decoding one takes longer than a person waits."""
BEYOND = (128, 128, 128)
QUALITY = 92
_HELD_BYTES = 96 * 1024 * 1024


class HeldFields:
    """The fields that were decoded last, at most so many bytes of pixels; safe in threads."""

    def __init__(self, most_bytes: int = _HELD_BYTES) -> None:
        self._most = most_bytes
        self._images: OrderedDict[str, Image.Image] = OrderedDict()
        self._lock = threading.Lock()
        self._decoding: dict[str, threading.Lock] = {}

    def get(self, key: str) -> Image.Image:
        """Return the decoded picture of a stored field; several who ask at once wait for one decoding."""
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
                return self._images[key]
            turn = self._decoding.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._images:
                    return self._images[key]
            with storage.open_key(key) as stream:
                image = Image.open(stream).convert("RGB")
            with self._lock:
                self._images[key] = image
                self._decoding.pop(key, None)
                while len(self._images) > 1 and self._bytes() > self._most:
                    self._images.popitem(last=False)
        return image

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._images.clear()

    def _bytes(self) -> int:
        return sum(3 * image.width * image.height for image in self._images.values())


held = HeldFields()


def window(*, field: Field, x: int, y: int, side: int, size: int) -> bytes:
    """Return a JPEG of the square of ``side`` pixels around (x, y) of a field, drawn at ``size`` x ``size`` pixels.

    What lies beyond the field is grey.

    Raises:
        InvalidInput: for a size that is not offered, a square beside the field, or a field too large to be cut.
        NotFound: when the file of the field is missing.
    """
    if size not in SIZES or not 1 <= side <= LONGEST_SIDE or x > field.width or y > field.height:
        raise InvalidInput("There is no such part of this field.")
    if field.width * field.height > MOST_PIXELS:
        raise InvalidInput("This field is too large to be cut on request.", code="field-too-large")
    whole = held.get(field.image_key)
    left, top = x - side // 2, y - side // 2
    inside = (max(0, left), max(0, top), min(whole.width, left + side), min(whole.height, top + side))
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        raise InvalidInput("There is no such part of this field.")
    part = whole.crop(inside)
    if part.size != (side, side):
        padded = Image.new("RGB", (side, side), BEYOND)
        padded.paste(part, (inside[0] - left, inside[1] - top))
        part = padded
    if side != size:
        part = part.resize(
            (size, size), Image.Resampling.LANCZOS if size < side else Image.Resampling.BICUBIC
        )
    out = io.BytesIO()
    part.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()
