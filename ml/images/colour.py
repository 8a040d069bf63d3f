"""Bring every pixel type that a microscope camera writes to 8-bit sRGB, and say what was changed."""

from __future__ import annotations

import functools
import io

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


def to_srgb(image: Image.Image, deep: NDArray[np.uint16] | None) -> tuple[Image.Image, list[str]]:
    """Return (an image of mode RGB in sRGB, notices) for a loaded image.

    ``deep`` are the 16-bit values (H, W, 3 or 4, RGB order) of a picture that Pillow itself opens with 8 bits
    only. Raises ``UnsupportedPixels`` for floating point and 32-bit values.
    """
    notices: list[str] = []
    profile = image.info.get("icc_profile")
    base, alpha = _split(_eight_bit(image, deep, notices))
    base = _convert(base, profile, notices)
    if alpha is not None and int(np.asarray(alpha).min()) < 255:
        white = Image.new("RGB", base.size, (255, 255, 255))
        white.paste(base, mask=alpha)
        base = white
        notices.append(FLATTENED)
    return base, notices


def scale_to_8_bit(values: NDArray[np.uint16]) -> tuple[NDArray[np.uint8], int]:
    """Return (``values`` scaled to 8 bits, the depth in bits they were taken to have).

    A camera of 10, 12 or 14 bits writes into 16; the smallest depth that holds the largest value is its full
    range.
    """
    largest = int(values.max(initial=0))
    depth = next(bits for bits in _DEPTHS if largest < 1 << bits)
    table = np.rint(np.arange(1 << depth, dtype=np.float64) * (255.0 / ((1 << depth) - 1))).astype(np.uint8)
    return table[values], depth


def _eight_bit(image: Image.Image, deep: NDArray[np.uint16] | None, notices: list[str]) -> Image.Image:
    if deep is None and image.mode.startswith("I;16"):
        deep = np.asarray(image).astype(np.uint16, copy=False)
    if deep is not None:
        values, depth = scale_to_8_bit(deep)
        used = "" if depth == 16 else f" ({depth} of them used)"
        notices.append(f"16-bit values{used} were scaled to 8 bits.")
        return Image.fromarray(values)
    if image.mode in {"I", "F"}:
        raise UnsupportedPixels(
            "The pixels are 32-bit or floating-point measurements without a defined colour. "
            "Export the picture with 8 or 16 bits per channel."
        )
    return image


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


def _convert(image: Image.Image, profile: bytes | None, notices: list[str]) -> Image.Image:
    if image.mode == "L":
        notices.append(GREYSCALE)
    if image.mode == "LAB" and not profile:
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        return _apply_profile(image, lab, [])
    if profile:
        return _apply_profile(image, profile, notices)
    if image.mode == "CMYK":
        notices.append(NO_PROFILE_CMYK)
    # Converting RGB to RGB would copy it: 200 MB for the largest fields.
    return image if image.mode == "RGB" else image.convert("RGB")


def _apply_profile(image: Image.Image, profile: bytes, notices: list[str]) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip().upper() != _PROFILE_SPACE[image.mode]:
            notices.append(PROFILE_IGNORED)
            return image.convert("RGB")
        name = _plain(ImageCms.getProfileDescription(source))
        if image.mode == "RGB" and "srgb" in name.lower():
            return image
        converted = ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        notices.append(PROFILE_IGNORED)
        return image.convert("RGB")
    if converted is None:  # only with inPlace, which is not asked for
        raise AssertionError("profileToProfile returned nothing")
    if image.mode != "L":
        notices.append(f"Colours were converted to sRGB from the profile in the file ({name or 'unnamed'}).")
    return converted


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:60]


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
