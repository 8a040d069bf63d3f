"""Image files for tests: good ones of every kind, and the hostile ones."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

CANARY = "CANARY-7f3a"


def picture(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """Return a smooth RGB picture that differs with its seed and has no symmetry."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 6, 6)
    channels = [
        127 + 60 * np.sin(x / 9 + phase[i]) + 60 * np.sin(y / 13 + phase[i + 3]) * (x / width)
        for i in range(3)
    ]
    return Image.fromarray(np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image | None = None, kind: str = "PNG", **options: Any) -> bytes:
    """Return a picture as the bytes of a file."""
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int, *, rest: bytes = b"") -> bytes:
    """Return a PNG that claims a size, with no more than its header."""
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", body) + rest


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def tiff_header(width: int, height: int) -> bytes:
    """Return a TIFF that claims a size and has no pixels (122 bytes)."""
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 122),
        (277, 3, 1),
    ]
    tags += [(278, 4, height), (279, 4, width * height & 0xFFFFFFFF)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0)


def bomb() -> bytes:
    """Return a small PNG (about 20 kB) of 13,000 x 13,000 pixels."""
    row = b"\x00" + b"\x00" * 1625
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(13_000)) + packer.flush()
    header = struct.pack(">IIBBBBB", 13_000, 13_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """Return a PNG whose compressed text expands to 200 MB."""
    good = encoded()
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(b"\x00" * 200_000_000, 9))
    return good[:33] + text + good[33:]


def animated_png() -> bytes:
    """Return an APNG of three frames."""
    frames = [picture(seed=seed) for seed in range(3)]
    return encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100)


def two_pages() -> bytes:
    """Return a TIFF of two full pages."""
    return encoded(picture(), "TIFF", save_all=True, append_images=[picture(seed=1)])


def hostile() -> Iterator[tuple[str, str, bytes, str]]:
    """Yield (what it is, file name, bytes, a part of the sentence that it must get)."""
    jpeg, png, tiff, bmp = encoded(kind="JPEG"), encoded(), encoded(kind="TIFF"), encoded(kind="BMP")
    yield "empty", "empty.jpg", b"", "is empty"
    yield "one byte", "one.png", b"\x89", "not a picture"
    yield "text", "notes.jpg", b"Dear all,\nhere are the counts.\n", "text file"
    yield "random bytes", "noise.jpg", bytes(range(7, 256)) * 40, "not a picture"
    yield "folder settings", "x.jpg", b"\x00\x00\x00\x01Bud1" + b"\x00" * 500, "folder settings file of macOS"
    yield "HTML named .png", "page.png", b"<!DOCTYPE html><html><body>404</body></html>", "web page (HTML)"
    yield "HTML after a blank line", "page.jpg", b"\n\n  <HTML><script>1</script></HTML>", "web page (HTML)"
    yield "SVG", "a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG drawing"
    yield "SVG with a prologue", "b.png", b'<?xml version="1.0"?><!-- x --><svg></svg>', "SVG drawing"
    yield "GIF", "a.gif", encoded(kind="GIF"), "a GIF"
    yield (
        "animated GIF",
        "a.jpg",
        encoded(kind="GIF", save_all=True, append_images=[picture(seed=1)]),
        "a GIF",
    )
    yield "WebP", "a.webp", encoded(kind="WEBP"), "WebP"
    yield "HEIC", "a.heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "HEIC"
    yield "PDF", "a.jpg", b"%PDF-1.7\n" + b"\x00" * 60, "a PDF"
    yield "PostScript", "a.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"
    yield "ZIP", "a.tif", b"PK\x03\x04" + b"\x00" * 60, "ZIP archive"
    yield "DICOM", "a.dcm", b"\x00" * 128 + b"DICM" + b"\x00" * 60, "DICOM"
    yield "JPEG cut in half", "cut.jpg", jpeg[: len(jpeg) // 2], "cut short or damaged"
    yield "PNG cut in half", "cut.png", png[: len(png) // 2], "cut short or damaged"
    yield "TIFF cut in half", "cut.tif", tiff[: len(tiff) // 2], "cut short or damaged"
    yield "BMP cut in half", "cut.bmp", bmp[: len(bmp) // 2], "cut short or damaged"
    yield "JPEG header only", "head.jpg", jpeg[:30], "cut short or damaged"
    yield "PNG signature only", "head.png", png[:8], "cut short or damaged"
    yield "TIFF of garbage", "bad.tif", b"II*\x00" + b"\xff" * 200, "cut short or damaged"
    yield "bomb", "bomb.png", bomb(), "megapixels"
    yield "60,000 x 60,000 PNG", "huge.png", png_header(60_000, 60_000), "megapixels"
    yield "60,000 x 60,000 TIFF", "huge.tif", tiff_header(60_000, 60_000), "megapixels"
    yield "9,000 x 9,000 PNG", "large.png", png_header(9_000, 9_000), "9,000 x 9,000"
    yield "text bomb", "text.png", text_bomb(), "cut short or damaged"
    yield "APNG", "anim.png", animated_png(), "animated"
    yield "two pages", "pages.tif", two_pages(), "several pages"
    yield "1 x 1", "dot.png", encoded(picture(1, 1)), "too small"
    yield "1 x 500", "line.png", encoded(picture(1, 500)), "too small"
    yield "float pixels", "f.tif", encoded(Image.new("F", (64, 64), 0.5), "TIFF"), "floating-point"


def with_canaries(kind: str) -> bytes:
    """Return a picture of this format with ``CANARY`` in every place that its format has for words."""
    image = picture(seed=99)
    exif = Image.Exif()
    exif[0x010E] = f"{CANARY} description"
    exif[0x0131] = f"{CANARY} software"
    exif[0x013B] = f"{CANARY} artist"
    exif.get_ifd(0x8769)[0xA431] = f"{CANARY} serial"
    if kind == "JPEG":
        xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CANARY}</x:xmpmeta>".encode()
        return encoded(image, "JPEG", exif=exif, comment=f"{CANARY} comment", xmp=xmp) + CANARY.encode()
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", f"{CANARY} author")
        text.add_itxt("Description", f"{CANARY} text", zip=False)
        text.add(b"tIME", struct.pack(">HBBBBB", 2024, 1, 2, 3, 4, 5))
        return encoded(image, "PNG", pnginfo=text, exif=exif) + CANARY.encode()
    if kind == "TIFF":
        tags = {270: f"{CANARY} description", 305: f"{CANARY} software", 315: f"{CANARY} artist", 316: CANARY}
        return encoded(image, "TIFF", tiffinfo=tags) + CANARY.encode()
    if kind == "BMP":
        return encoded(image, "BMP") + CANARY.encode()
    raise ValueError(kind)
