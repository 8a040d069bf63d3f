"""Tell by content what a file is, and say in a sentence what to do when it is not a picture that we read."""

from __future__ import annotations

from pathlib import PurePath

from ml.errors import ImageError
from ml.images.errors import EmptyFile, NotAnImage, UnsupportedFormat

SNIFFED_BYTES = 4096
"""How much of the start of a file is looked at."""

ALLOWED: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("JPEG", (b"\xff\xd8\xff",)),
    ("PNG", (b"\x89PNG\r\n\x1a\n",)),
    # Classic and BigTIFF, both byte orders.
    ("TIFF", (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")),
    ("BMP", (b"BM",)),
)
SUFFIXES = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".apng": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".dib": "BMP",
    ".gif": "GIF",
    ".webp": "WebP",
    ".heic": "HEIC",
    ".svg": "SVG",
}
READABLE = "JPEG, PNG, TIFF or BMP"

_PICTURES: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("a GIF", (b"GIF87a", b"GIF89a")),
    ("a JPEG 2000", (b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51")),
    ("a JPEG XL", (b"\x00\x00\x00\x0cJXL ", b"\xff\x0a")),
    ("a Photoshop file", (b"8BPS",)),
    ("a PostScript file", (b"%!PS", b"\xc5\xd0\xd3\xc6")),
    ("a PDF", (b"%PDF",)),
    ("a Zeiss CZI file", (b"ZISRAWFILE",)),
    ("an icon file", (b"\x00\x00\x01\x00",)),
)
_OTHERS: tuple[tuple[str, str, tuple[bytes, ...]], ...] = (
    ("a ZIP archive", "Unpack it and choose the pictures inside.", (b"PK\x03\x04", b"PK\x05\x06")),
    (
        "a compressed archive",
        "Unpack it and choose the pictures inside.",
        (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh"),
    ),
    ("a folder settings file of macOS", "Leave it out.", (b"\x00\x00\x00\x01Bud1",)),
    (
        "a companion file of macOS",
        "Choose the picture without the leading dot.",
        (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00"),
    ),
    ("a program", "Choose the picture itself.", (b"MZ", b"\x7fELF")),
)


def sniff(head: bytes) -> str:
    """Return JPEG, PNG, TIFF or BMP for the first ``SNIFFED_BYTES`` of a file.

    Raises ``EmptyFile``, ``UnsupportedFormat`` or ``NotAnImage`` with a sentence that names what the content
    is.
    """
    if not head:
        raise EmptyFile("The file is empty (0 bytes). Copy or export it again.")
    for name, marks in ALLOWED:
        if head.startswith(marks):
            return name
    raise _refusal(head)


def _refusal(head: bytes) -> ImageError:
    for what, marks in _PICTURES:
        if head.startswith(marks):
            return _convert_it(what)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _convert_it("a WebP picture")
    if head[4:8] == b"ftyp":
        return _convert_it(_media_brand(head[8:12]))
    if head[128:132] == b"DICM":
        return _convert_it("a DICOM file")
    for what, advice, marks in _OTHERS:
        if head.startswith(marks):
            return NotAnImage(f"This is {what}, not a picture. {advice}")
    return _text_refusal(head)


def _text_refusal(head: bytes) -> ImageError:
    text = head.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n").lower()
    if "<svg" in text:
        return _convert_it("an SVG drawing")
    if text.startswith(("<!doctype html", "<html", "<head", "<body", "<script")) or "<html" in text:
        return NotAnImage(
            "This is a web page (HTML), not a picture; a download probably failed. Save the picture itself."
        )
    if text.startswith("<?xml"):
        return NotAnImage(f"This is an XML file, not a picture. Choose a picture in {READABLE}.")
    if "\x00" not in text and "\ufffd" not in text:
        return NotAnImage(f"This is a text file, not a picture. Choose a picture in {READABLE}.")
    return NotAnImage(f"The content is not a picture. Choose a picture in {READABLE}.")


def _media_brand(brand: bytes) -> str:
    if brand.startswith(b"avi"):
        return "an AVIF picture"
    if brand.startswith((b"hei", b"hev", b"mif", b"msf")):
        return "a HEIC picture of a phone"
    return "a video"


def _convert_it(what: str) -> UnsupportedFormat:
    return UnsupportedFormat(
        f"This is {what}, which is not read here. Save it as PNG, TIFF or JPEG and add it again."
    )


def extension_notice(name: str, actual: str) -> str | None:
    """Return a sentence when the suffix of ``name`` promises another format than the content has."""
    suffix = PurePath(name).suffix.lower()
    promised = SUFFIXES.get(suffix)
    if promised is None or promised == actual:
        return None
    return f"The name ends in {suffix} but the content is {actual}; it was read as {actual}."
