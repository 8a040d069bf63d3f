"""Decode one image file of a stranger to sRGB pixels, or say in one sentence why not.

Order of the checks: bytes, content, header (frames, size), then pixels; scale and orientation are read before
anything is thrown away. What comes out holds pixels and nothing else of the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import re
import struct
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ml.errors import ImageError
from ml.images import colour, formats
from ml.images.errors import (
    DamagedImage,
    EmptyFile,
    ImageTooLarge,
    ImageTooSmall,
    SeveralPictures,
    UnreadableFile,
)
from ml.images.scale import read_scale
from ml.images.types import MEBI, DecodedImage, DecodeLimits

_log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()
"""``warnings.catch_warnings`` changes the whole process, so two decodes must not overlap."""

_PNG_SIZE = slice(16, 24)  # of IHDR, which the standard puts first
_NEW_SUBFILE_TYPE = 254
_REDUCED_RESOLUTION = 1
_MOST_PAGES_LOOKED_AT = 64
_OWN_MEMORY = 64 * MEBI  # of the child before it opens a file, and of one strip
_WANT_OF_MEMORY = re.compile(
    "out of memory|insufficient memory|allocate|failed to map segment", re.IGNORECASE
)
_TOO_MUCH_MEMORY = "The picture needs too much memory to open. Export a smaller field."
_EXTRA_PICTURES = (
    "The file also holds a preview or depth picture of the phone; only the main picture was kept."
)


def decode(
    source: str | os.PathLike[str] | bytes, *, limits: DecodeLimits | None = None, name: str | None = None
) -> DecodedImage:
    """Return the picture in ``source`` (a path, or the bytes of a file).

    ``name`` is the file name a person knows it by (default: that of the path); it only serves the notice on a
    wrong extension. Raises a subclass of ``ml.errors.ImageError``.
    """
    limits = limits or DecodeLimits()
    data = source if isinstance(source, bytes) else _read(Path(source), limits)
    _check_bytes(len(data), limits)
    kind = formats.sniff(data[: formats.SNIFFED_BYTES])
    if name is None:
        name = "" if isinstance(source, bytes) else Path(source).name
    with _one_at_a_time, warnings.catch_warnings(), _bomb_limit(limits.max_pixels):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            pixels, um_per_px, notices = _decode(data, kind, limits)
        except ImageError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ImageTooLarge(_too_many_pixels("The picture", limits)) from error
        except MemoryError as error:
            raise ImageTooLarge(_TOO_MUCH_MEMORY) from error
        except Exception as error:
            # Parsers of hostile bytes fail with whatever they stumble over (struct.error, KeyError,
            # ZeroDivisionError ...); each of them means the same to the person who chose the file, unless it is
            # the library's own way of saying that memory ran out.
            if _WANT_OF_MEMORY.search(str(error)):
                raise ImageTooLarge(_TOO_MUCH_MEMORY) from error
            _log.info("%s refused by its decoder: %r", kind, error)
            raise DamagedImage(_damaged(kind)) from error
    wrong = formats.extension_notice(name, kind)
    height, width = pixels.shape[:2]
    return DecodedImage(pixels, width, height, um_per_px, tuple(([wrong] if wrong else []) + notices), kind)


def pixel_sha256(pixels: NDArray[np.uint8]) -> str:
    """Return the SHA-256 (hexadecimal) of ``WIDTHxHEIGHT`` and the RGB bytes.

    Equal for equal pictures, whatever format and metadata they came with.
    """
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(f"{width}x{height}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


@contextlib.contextmanager
def _bomb_limit(max_pixels: int) -> Iterator[None]:
    """Raise Pillow's own alarm only for a site that allows larger fields than its default."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max(before or 0, max_pixels)
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _read(path: Path, limits: DecodeLimits) -> bytes:
    try:
        if not path.is_file():
            raise UnreadableFile(f"There is no file {path.name}. Check the path.")
        # The size first: a file above the limit is never read into memory.
        _check_bytes(path.stat().st_size, limits)
        return path.read_bytes()
    except MemoryError as error:
        raise ImageTooLarge(_TOO_MUCH_MEMORY) from error
    except OSError as error:
        raise UnreadableFile(f"The file {path.name} cannot be opened: {error.strerror or error}.") from error


def _check_bytes(size: int, limits: DecodeLimits) -> None:
    if size == 0:
        raise EmptyFile("The file is empty (0 bytes). Copy or export it again.")
    if size > limits.max_bytes:
        raise ImageTooLarge(
            f"The file has {size / MEBI:,.1f} MB; at most {limits.max_bytes / MEBI:,.0f} MB are taken. "
            "Export a smaller field or save it as JPEG or PNG."
        )


def _decode(
    data: bytes, kind: str, limits: DecodeLimits
) -> tuple[NDArray[np.uint8], float | None, list[str]]:
    notices: list[str] = []
    if kind == "PNG" and len(data) >= _PNG_SIZE.stop:
        # Pillow reads on to the first pixels before it tells the size; the header alone is enough to refuse.
        _check_size(struct.unpack(">II", data[_PNG_SIZE]), limits)
    try:
        opened = Image.open(io.BytesIO(data), formats=(kind,))
    except UnidentifiedImageError as error:
        raise DamagedImage(_damaged(kind)) from error
    with opened as image:
        _check_size(image.size, limits)
        _check_frames(image, kind, notices)
        _check_scans(image, limits)
        um_per_px, scale_notice = read_scale(image)
        deep = _is_deep_colour(image)
        orientation = _orientation(image)
        profile = image.info.get("icc_profile")
        image.load()  # also of deep ones, which OpenCV then reads anew: it fills up what is cut short
        if not deep:
            pixels, changed = colour.to_srgb(image, profile)
        image.close()  # gives the memory of Pillow's reading back, which leaving the block does not
    if deep:
        pixels, changed, turned = _read_deep(data, kind, profile)
    else:
        turned = kind == "TIFF"  # Pillow turns those by itself, and no other
    if not turned:
        pixels = turn(pixels, orientation)
    pixels = np.ascontiguousarray(pixels)
    return pixels, um_per_px, notices + ([scale_notice] if scale_notice else []) + changed


def _check_size(size: tuple[int, int], limits: DecodeLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise ImageTooLarge(_too_many_pixels(f"The picture is {width:,} x {height:,} pixels; it", limits))
    if min(width, height) < limits.min_side:
        raise ImageTooSmall(
            f"The picture is {width} x {height} pixels, too small to hold a cell "
            f"(at least {limits.min_side} x {limits.min_side}). Choose the original picture, not a preview."
        )


def _check_frames(image: Image.Image, kind: str, notices: list[str]) -> None:
    """Refuse animations and pages; a phone's MPO (CIPA DC-007) has one main picture and may stay."""
    if kind == "TIFF":
        if _has_second_page(image):
            raise SeveralPictures(
                "The TIFF has several pages. Export each field as its own file and add those."
            )
    elif image.format == "MPO":
        notices.append(_EXTRA_PICTURES)
    elif getattr(image, "is_animated", False):
        raise SeveralPictures(
            f"The {kind} is animated. Save the one picture you want as a still PNG or JPEG."
        )


def _check_scans(image: Image.Image, limits: DecodeLimits) -> None:
    """Refuse a progressive JPEG whose coefficients (16 bits each, ITU-T T.81) do not fit beside the picture."""
    parts = getattr(image, "layer", None)
    if not parts or not image.info.get("progressive"):
        return
    areas = [across * down for _, across, down, _ in parts]
    coefficients = 2 * image.width * image.height * sum(areas) / max(areas)
    if 4 * image.width * image.height + coefficients + _OWN_MEMORY > limits.memory:
        raise ImageTooLarge(_TOO_MUCH_MEMORY)


def _has_second_page(image: Any) -> bool:
    pages = image.n_frames
    if pages > _MOST_PAGES_LOOKED_AT:
        return True
    for page in range(1, pages):
        image.seek(page)
        # A reduced copy (a preview, a pyramid level) is the same picture again, not another one.
        if not int(image.tag_v2.get(_NEW_SUBFILE_TYPE, 0)) & _REDUCED_RESOLUTION:
            return True
    if pages > 1:
        image.seek(0)
    return False


def _is_deep_colour(image: Image.Image) -> bool:
    """Return whether a colour picture holds 16 bits a channel, of which Pillow would keep the upper 8."""
    if image.mode not in {"RGB", "RGBA", "RGBX"}:
        return False
    tiles = getattr(image, "tile", [])
    modes = [part for tile in tiles for part in (tile.args if isinstance(tile.args, tuple) else (tile.args,))]
    return any(isinstance(part, str) and ";16" in part for part in modes)


def _orientation(image: Image.Image) -> int:
    value = image.getexif().get(0x0112, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _read_deep(data: bytes, kind: str, profile: bytes | None) -> tuple[NDArray[np.uint8], list[str], bool]:
    """Return (pixels, notices, whether they are upright already) of a picture with 16 bits a channel."""
    import cv2  # only here: deep colour is rare and the import costs a process that never meets any

    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is not None and values.dtype == np.uint16 and values.ndim == 3:
        return *colour.deep_to_srgb(np.asarray(values, dtype=np.uint16), profile), False
    # OpenCV knows only 8 bits of it, as Pillow does.
    with Image.open(io.BytesIO(data), formats=(kind,)) as image:
        image.load()
        return *colour.to_srgb(image, profile), kind == "TIFF"


def turn(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Return pixels (H, W, 3) upright, by the tag of TIFF 6.0, number 274.

    2 is mirrored, 3 a half turn, 4 flipped, 5 to 8 the same after a transposition.
    """
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    flip_down = orientation in {3, 4, 7, 8}
    flip_across = orientation in {2, 3, 6, 7}
    return pixels[:: -1 if flip_down else 1, :: -1 if flip_across else 1]


def _too_many_pixels(what: str, limits: DecodeLimits) -> str:
    return (
        f"{what} has more than the {limits.max_pixels / 1e6:g} megapixels that a field may have. "
        "Export single fields or a smaller region."
    )


def _damaged(kind: str) -> str:
    return f"The {kind} is cut short or damaged. Copy it again from its source, or export it anew."
