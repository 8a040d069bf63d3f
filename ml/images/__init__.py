"""Read image files of strangers: the one decoder of the site, the worker and the command line.

Torch-free and without Django. ``decode`` reads in this process; ``decode_in_child`` does the same in a warm
child process with limits on memory, time and files, which is what a site that takes uploads must use.
"""

from __future__ import annotations

from ml.images.decoder import decode, pixel_sha256
from ml.images.encode import encode_png, encode_thumbnail
from ml.images.errors import (
    DamagedImage,
    DecoderStopped,
    EmptyFile,
    ImageTooLarge,
    ImageTooSmall,
    NotAnImage,
    SeveralPictures,
    UnreadableFile,
    UnsupportedFormat,
    UnsupportedPixels,
)
from ml.images.sandbox import DecoderChild, decode_in_child
from ml.images.types import DecodedImage, DecodeLimits

__all__ = [
    "DamagedImage",
    "DecodeLimits",
    "DecodedImage",
    "DecoderChild",
    "DecoderStopped",
    "EmptyFile",
    "ImageTooLarge",
    "ImageTooSmall",
    "NotAnImage",
    "SeveralPictures",
    "UnreadableFile",
    "UnsupportedFormat",
    "UnsupportedPixels",
    "decode",
    "decode_in_child",
    "encode_png",
    "encode_thumbnail",
    "pixel_sha256",
]
