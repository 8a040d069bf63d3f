"""Reasons to refuse an image file; every message says what was wrong and what to do."""

from __future__ import annotations

from ml.errors import ImageError


class UnreadableFile(ImageError):
    """Refuse a path that does not exist or cannot be opened."""


class EmptyFile(ImageError):
    """Refuse a file of zero bytes."""


class NotAnImage(ImageError):
    """Refuse content that is no picture at all (HTML, text, an archive, a folder settings file)."""


class UnsupportedFormat(ImageError):
    """Refuse a picture in a format outside the allow-list (GIF, SVG, HEIC, WebP, DICOM ...)."""


class DamagedImage(ImageError):
    """Refuse a file that is cut short or that its own decoder rejects."""


class ImageTooLarge(ImageError):
    """Refuse a file with too many bytes or pixels, or one that needs too much memory."""


class ImageTooSmall(ImageError):
    """Refuse a picture too small to hold a cell."""


class SeveralPictures(ImageError):
    """Refuse an animation or a file of several pages."""


class UnsupportedPixels(ImageError):
    """Refuse pixel types that have no defined colour (floating point, 32-bit integers)."""


class DecoderStopped(ImageError):
    """Refuse a file on which the decoding child crashed or ran out of its time."""


BY_NAME: dict[str, type[ImageError]] = {
    error.__name__: error
    for error in (
        UnreadableFile,
        EmptyFile,
        NotAnImage,
        UnsupportedFormat,
        DamagedImage,
        ImageTooLarge,
        ImageTooSmall,
        SeveralPictures,
        UnsupportedPixels,
        DecoderStopped,
    )
}
"""The classes by name, so that an error raised in the child is the same error in the parent."""
