"""Bring every pixel type that a microscope camera writes to 8-bit sRGB, and say what was changed.

Strip by strip: a picture of fifty megapixels takes 200 MB in Pillow and 150 MB as it leaves; anything made of the
whole in between would be more than a decoding child may have.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ml.images.errors import UnsupportedPixels

GREYSCALE = "The picture is greyscale; cells can be found, but classes need colour."
FLATTENED = "Transparent parts were laid on white."
NO_PROFILE_CMYK = (
    "Print colours (CMYK) without a profile were converted to sRGB; colours may differ a little."
)
PROFILE_IGNORED = "The colour profile in the file is damaged or of another kind; it was ignored."

_DEPTHS = (8, 10, 12, 14, 16)
_PROFILE_SPACE = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK", "LAB": "LAB"}
_STRIP_PIXELS = 1 << 20

# The rows from one up to another, as an 8-bit image.
_Reader = Callable[[int, int], Image.Image]
_Converter = Callable[[Image.Image], Image.Image]


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[NDArray[np.uint8], list[str]]:
    """Return (``uint8`` (H, W, 3) in sRGB, notices) for a loaded image and the colour profile of its file.

    Raises ``UnsupportedPixels`` for floating point and 32-bit values.
    """
    notices: list[str] = []
    read = _reader(image, notices)
    pixels: NDArray[np.uint8] = np.empty((image.height, image.width, 3), np.uint8)
    return pixels, notices + _fill(pixels, read, profile)


def deep_to_srgb(values: NDArray[np.uint16], profile: bytes | None) -> tuple[NDArray[np.uint8], list[str]]:
    """Return the same for 16-bit values (H, W, 3 or 4, channels in the order of OpenCV: blue first).

    The pixels take the place of the values, which are lost: both at once would be half as much again.
    """
    height, width = values.shape[:2]
    depth = _depth_of(values)
    table = _table(depth)

    def read(top: int, bottom: int) -> Image.Image:
        strip = table[values[top:bottom]]
        order = [2, 1, 0, 3][: strip.shape[2]]
        return Image.fromarray(np.ascontiguousarray(strip[:, :, order]))

    # A row is written to where its own values, or those of a row before it, lay: it has half their bytes or less.
    room = values.reshape(-1).view(np.uint8)
    pixels = room[: height * width * 3].reshape(height, width, 3)
    return pixels, [_scaled(depth), *_fill(pixels, read, profile)]


def scale_to_8_bit(values: NDArray[np.uint16]) -> tuple[NDArray[np.uint8], int]:
    """Return (``values`` scaled to 8 bits, the depth in bits they were taken to have).

    A camera of 10, 12 or 14 bits writes into 16; the smallest depth that holds the largest value is its full
    range.
    """
    depth = _depth_of(values)
    return _table(depth)[values], depth


def _depth_of(values: NDArray[np.uint16]) -> int:
    largest = int(values.max(initial=0))
    return next(bits for bits in _DEPTHS if largest < 1 << bits)


def _table(depth: int) -> NDArray[np.uint8]:
    return np.rint(np.arange(1 << depth, dtype=np.float64) * (255.0 / ((1 << depth) - 1))).astype(np.uint8)


def _scaled(depth: int) -> str:
    used = "" if depth == 16 else f" ({depth} of them used)"
    return f"16-bit values{used} were scaled to 8 bits."


def _reader(image: Image.Image, notices: list[str]) -> _Reader:
    if image.mode in {"I", "F"}:
        raise UnsupportedPixels(
            "The pixels are 32-bit or floating-point measurements without a defined colour. "
            "Export the picture with 8 or 16 bits per channel."
        )
    if not image.mode.startswith("I;16"):
        return lambda top, bottom: image.crop((0, top, image.width, bottom))
    values = np.asarray(image).astype(np.uint16, copy=False)
    depth = _depth_of(values)
    table = _table(depth)
    notices.append(_scaled(depth))
    return lambda top, bottom: Image.fromarray(table[values[top:bottom]])


def _fill(pixels: NDArray[np.uint8], read: _Reader, profile: bytes | None) -> list[str]:
    """Write the picture into ``pixels``, strip by strip; return what was changed."""
    height, width = pixels.shape[:2]
    rows = max(1, _STRIP_PIXELS // max(1, width))
    convert, notices = _converter(_split(read(0, 1))[0], profile)
    flattened = False
    for top in range(0, height, rows):
        base, alpha = _split(read(top, min(height, top + rows)))
        strip = convert(base)
        if alpha is not None and int(np.asarray(alpha).min()) < 255:
            white = Image.new("RGB", strip.size, (255, 255, 255))
            white.paste(strip, mask=alpha)
            strip, flattened = white, True
        pixels[top : top + rows] = np.asarray(strip)
    return [*notices, FLATTENED] if flattened else notices


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return (the picture in one of RGB, L, CMYK, LAB; its alpha channel or ``None``)."""
    mode = image.mode
    if mode in {"P", "PA"} or (mode in {"RGB", "L", "1"} and "transparency" in image.info):
        image = image.convert("RGBA" if "transparency" in image.info or mode == "PA" else "RGB")
    elif mode == "La":
        image = image.convert("LA")
    elif mode == "RGBa":
        image = image.convert("RGBA")
    elif mode == "1":
        image = image.convert("L")
    elif mode in {"YCbCr", "RGBX", "HSV"}:
        image = image.convert("RGB")
    if image.mode in {"RGBA", "LA"}:
        return image.convert(image.mode[:-1]), image.getchannel("A")
    if image.mode not in _PROFILE_SPACE:
        raise UnsupportedPixels(
            f"The pixel type of the picture ({image.mode}) is not read here. "
            "Save it as 8-bit RGB and add it again."
        )
    return image, None


def _converter(sample: Image.Image, profile: bytes | None) -> tuple[_Converter, list[str]]:
    """Return (what makes RGB of a strip like the sample, notices)."""
    notices = [GREYSCALE] if sample.mode == "L" else []
    if profile:
        convert, changed = _by_profile(sample, profile)
        return convert, notices + changed
    if sample.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        return _by_profile(sample, lab)[0], notices
    if sample.mode == "CMYK":
        notices.append(NO_PROFILE_CMYK)
    return _plainly, notices


def _plainly(strip: Image.Image) -> Image.Image:
    return strip if strip.mode == "RGB" else strip.convert("RGB")


def _by_profile(sample: Image.Image, profile: bytes) -> tuple[_Converter, list[str]]:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip().upper() != _PROFILE_SPACE[sample.mode]:
            return _plainly, [PROFILE_IGNORED]
        name = _plain(ImageCms.getProfileDescription(source))
        if sample.mode == "RGB" and "srgb" in name.lower():
            return _plainly, []
        transform = ImageCms.buildTransform(source, _srgb(), sample.mode, "RGB")
        # Some profiles promise a conversion and then cannot do it.
        ImageCms.applyTransform(sample, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return _plainly, [PROFILE_IGNORED]

    def convert(strip: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(strip, transform)
        if converted is None:  # only with inPlace, which is not asked for
            raise AssertionError("applyTransform returned nothing")
        return converted

    if sample.mode == "L":
        return convert, []
    return convert, [f"Colours were converted to sRGB from the profile in the file ({name or 'unnamed'})."]


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:60]


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
