"""Good files to start from: simulated fields in every kind of file that the site reads."""

import io
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin

from ml.simulator import simulate_field, to_png

CANARY = "CANARY-4d1c"
"""Planted wherever a file has room for words; nothing that the site stores may contain it."""

SIDE = (168, 126)


@cache
def pixels(number: int = 0) -> NDArray[np.uint8]:
    """Return a piece of a simulated field, small enough that thousands of files are read in minutes."""
    whole = simulate_field(9_000 + number).pixels
    width, height = SIDE
    made: NDArray[np.uint8] = np.ascontiguousarray(whole[100 : 100 + height, 200 : 200 + width])
    return made


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = f"{CANARY} description"
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0xA431] = f"{CANARY} serial"
    return exif


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _text() -> PngImagePlugin.PngInfo:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", f"{CANARY} author", zip=True)
    text.add_itxt("Comment", f"{CANARY} comment")
    return text


def _tiff(data: NDArray[np.generic], **options: object) -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=bool(options.pop("bigtiff", False))) as writer:
        writer.write(data, metadata=None, description=CANARY, **options)
    return out.getvalue()


def _deep(rgb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return rgb.astype(np.uint16) * 257


def _as_cv2(kind: str, values: NDArray[np.uint16]) -> bytes:
    return cv2.imencode(kind, values)[1].tobytes()


def _grey(rgb: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(rgb).convert("L")


Maker = Callable[[NDArray[np.uint8]], bytes]
_JPEG: dict[str, Maker] = {
    "jpeg": lambda rgb: _saved(Image.fromarray(rgb), "JPEG", comment=CANARY),
    "jpeg with everything": lambda rgb: _saved(
        Image.fromarray(rgb), "JPEG", exif=_exif(), icc_profile=_profile(), dpi=(300, 300)
    ),
    "jpeg progressive": lambda rgb: _saved(Image.fromarray(rgb), "JPEG", progressive=True, subsampling=0),
    "jpeg restarts": lambda rgb: _saved(Image.fromarray(rgb), "JPEG", restart_marker_blocks=3),
    "jpeg grey": lambda rgb: _saved(_grey(rgb), "JPEG"),
    "jpeg cmyk": lambda rgb: _saved(Image.fromarray(rgb).convert("CMYK"), "JPEG"),
    "jpeg of a phone": lambda rgb: _saved(
        Image.fromarray(rgb), "MPO", save_all=True, append_images=[Image.fromarray(rgb[::2, ::2])]
    ),
}
_PNG: dict[str, Maker] = {
    "png": lambda rgb: _saved(Image.fromarray(rgb), "PNG", dpi=(254_000, 254_000)),
    "png with everything": lambda rgb: _saved(
        Image.fromarray(rgb), "PNG", exif=_exif(), icc_profile=_profile(), pnginfo=_text()
    ),
    "png palette": lambda rgb: _saved(Image.fromarray(rgb).quantize(16), "PNG", transparency=3),
    "png one bit": lambda rgb: _saved(Image.fromarray(rgb).convert("1"), "PNG"),
    "png see-through": lambda rgb: _saved(Image.fromarray(rgb).convert("RGBA"), "PNG"),
    "png deep": lambda rgb: _as_cv2(".png", _deep(rgb)),
    "png deep grey": lambda rgb: _as_cv2(".png", _deep(rgb)[:, :, 0]),
    "png animated": lambda rgb: _saved(
        Image.fromarray(rgb), "PNG", save_all=True, append_images=[Image.fromarray(rgb[::-1])]
    ),
}
_TIFF: dict[str, Maker] = {
    "tiff": lambda rgb: _saved(Image.fromarray(rgb), "TIFF", tiffinfo={270: CANARY, 274: 3}),
    "tiff lzw": lambda rgb: _saved(Image.fromarray(rgb), "TIFF", compression="tiff_lzw"),
    "tiff deflate": lambda rgb: _saved(
        Image.fromarray(rgb), "TIFF", compression="tiff_adobe_deflate", exif=_exif(), icc_profile=_profile()
    ),
    "tiff packbits": lambda rgb: _saved(_grey(rgb), "TIFF", compression="packbits"),
    "tiff fax": lambda rgb: _saved(Image.fromarray(rgb).convert("1"), "TIFF", compression="group4"),
    "tiff jpeg": lambda rgb: _saved(Image.fromarray(rgb), "TIFF", compression="jpeg"),
    "tiff deep": lambda rgb: _tiff(_deep(rgb), photometric="rgb"),
    "tiff big, tiled": lambda rgb: _tiff(rgb, photometric="rgb", tile=(32, 32), bigtiff=True),
    "tiff planes": lambda rgb: _tiff(np.moveaxis(rgb, 2, 0), photometric="rgb", planarconfig="separate"),
    "tiff pages": lambda rgb: _saved(
        Image.fromarray(rgb), "TIFF", save_all=True, append_images=[Image.fromarray(rgb[::-1])]
    ),
}
_BMP: dict[str, Maker] = {
    "bmp": lambda rgb: _saved(Image.fromarray(rgb), "BMP"),
    "bmp palette": lambda rgb: _saved(Image.fromarray(rgb).quantize(64), "BMP"),
    "bmp one bit": lambda rgb: _saved(Image.fromarray(rgb).convert("1"), "BMP"),
    "bmp see-through": lambda rgb: _saved(Image.fromarray(rgb).convert("RGBA"), "BMP"),
}
MAKERS: dict[str, Maker] = {
    "png of the simulator": lambda _: to_png(simulate_field(9_000)),
    **_JPEG,
    **_PNG,
    **_TIFF,
    **_BMP,
}
NAMES = tuple(MAKERS)


@cache
def good(name: str, number: int = 0) -> bytes:
    """Return a good file of this name; ``number`` chooses among pictures."""
    return MAKERS[name](pixels(number))
