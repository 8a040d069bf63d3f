"""Small files that ask for much: pixels, memory, time, words."""

import random
import struct
import zlib
from collections.abc import Callable

from PIL import ImageCms

from tests.hostile.good import CANARY, good
from tests.hostile.structure import PNG_MARK, chunk, chunks_of, inflating, segments_of

SIDES = (9_000, 20_000, 46_340, 65_500, 0x7FFFFFFF)


def _png(width: int, height: int, depth: int, colour: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG_MARK + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_of_nothing(rng: random.Random) -> bytes:
    """Return a PNG of many pixels that are all the same, or missing."""
    side = rng.choice((6_900, *SIDES))
    depth, colour = rng.choice(((1, 0), (8, 0), (8, 2), (16, 2), (8, 3), (16, 6)))
    return _png(side, rng.choice((side, 1, 33)), depth, colour, inflating(rng.choice((1_000, 6_000_000))))


def jpeg_of_nothing(rng: random.Random) -> bytes:
    """Return a JPEG whose frame claims another size than its data fill."""
    out = bytearray(b"\xff\xd8")
    size = struct.pack(">HH", rng.choice((65_500, 7_000, 40)), rng.choice((65_500, 7_000, 40)))
    for marker, own in segments_of(good(rng.choice(("jpeg", "jpeg progressive", "jpeg grey")))):
        body = own[:1] + size + own[5:] if marker in {0xC0, 0xC2} else own
        out += body if marker == 0 else struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
    return bytes(out)


def jpeg_of_scans(rng: random.Random) -> bytes:
    """Return a progressive JPEG that goes over its pixels some hundred times."""
    data = good("jpeg progressive")
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * rng.choice((20, 200, 600)) + b"\xff\xd9"


def tiff_of_nothing(rng: random.Random) -> bytes:
    """Return a TIFF of many pixels with next to no data, under every compression."""
    side = rng.choice((6_900, *SIDES[:-1]))
    parts, bits = rng.choice(((1, 1), (1, 8), (3, 8), (3, 16), (4, 16), (200, 8)))
    compression = rng.choice((1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34676))
    data = zlib.compress(b"\0" * rng.choice((100, 4_000_000)), 9)
    tags = [
        (256, 4, side),
        (257, 4, rng.choice((side, 40))),
        (258, 3, bits),
        (259, 3, compression),
        (262, 3, rng.choice((0, 1, 2, 3, 5, 6, 8))),
        (273, 4, 8 + 2 + 12 * 9 + 4),
        (277, 3, parts),
        (278, 4, rng.choice((1, side, 0xFFFFFFFF))),
        (279, 4, rng.choice((len(data), 0xFFFFFFF0))),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + data


def tiff_of_directories(rng: random.Random) -> bytes:
    """Return a TIFF whose directories are many, or lead in a circle."""
    count = rng.choice((2, 70, 5_000))
    body = b"".join(
        struct.pack("<H", 1)
        + struct.pack("<HHII", 256, 4, 1, 64)
        + struct.pack("<I", 8 + 18 * ((i + 1) % count))
        for i in range(count)
    )
    return b"II*\0" + struct.pack("<I", 8) + body


def bmp_of_nothing(rng: random.Random) -> bytes:
    """Return a BMP of many pixels, run-length encoded or missing."""
    side = rng.choice((6_900, *SIDES))
    depth, packing = rng.choice(((1, 0), (4, 2), (8, 1), (8, 0), (24, 0), (32, 3), (16, 3)))
    header = struct.pack(
        "<IiiHHIIiiII", 40, side, rng.choice((side, -side, 40)), 1, depth, packing, 0, 1, 1, 256, 0
    )
    colours = bytes(1024) if depth <= 8 else b""
    runs = rng.choice((b"\xff\x00" * 900, b"\x00\x02\xff\xff" * 900, b"\x00\x00" * 900, rng.randbytes(900)))
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 40 + len(colours)) + header + colours + runs


def _profile(rng: random.Random) -> bytes:
    """Return a colour profile with a broken table of contents, or a very long one."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    act = rng.randrange(4)
    if act == 0:
        made[128:132] = struct.pack(">I", rng.choice((0xFFFFFFFF, 100_000, 101)))
    elif act == 1:
        for _ in range(20):
            made[rng.randrange(128, len(made))] = rng.randrange(256)
    elif act == 2:
        made[16:20] = rng.choice((b"CMYK", b"GRAY", b"Lab ", b"XYZ ", b"9CLR", b"\0\0\0\0"))
    else:
        made += bytes(rng.choice((60_000, 3_000_000)))
        made[0:4] = struct.pack(">I", len(made))
    return bytes(made)


def colours(rng: random.Random) -> bytes:
    """Return a picture with such a profile."""
    profile = _profile(rng)
    if rng.random() < 0.5:
        parts = list(chunks_of(good("png")))
        body = b"p\0\0" + (zlib.compress(profile, 9) if rng.random() < 0.8 else inflating(70_000_000))
        return PNG_MARK + b"".join(chunk(*part) for part in [parts[0], (b"iCCP", body), *parts[1:]])
    pieces = [profile[i : i + 65_000] for i in range(0, len(profile), 65_000)]
    out = bytearray(b"\xff\xd8")
    for number, piece in enumerate(pieces, start=1):
        body = b"ICC_PROFILE\0" + bytes([number % 256, len(pieces) % 256]) + piece
        out += struct.pack(">BBH", 0xFF, 0xE2, len(body) + 2) + body
    return bytes(out) + good("jpeg")[2:]


def _exif(rng: random.Random) -> bytes:
    """Return Exif whose tags are long, many, nested in themselves or without values."""
    order = rng.choice("<>")
    start = b"II*\0" if order == "<" else b"MM\0*"
    count = rng.choice((1, 40, 5_000))
    rows = []
    for i in range(count):
        tag = rng.choice((0x010E, 0x0112, 0x8769, 0x8825, 0xA005, 0x014A, 0x9286, 0x927C, i & 0xFFFF))
        kind = rng.choice((1, 2, 3, 4, 5, 7, 9, 10, 12, 99))
        number = rng.choice((1, 4, 1_000, 0x7FFFFFFF, 0xFFFFFFFF))
        rows.append(struct.pack(f"{order}HHII", tag, kind, number, rng.choice((8, 8, 0, 1, 6, 0xFFFFFFF0))))
    return start + struct.pack(f"{order}IH", 8, count) + b"".join(rows) + struct.pack(f"{order}I", 8)


def exif(rng: random.Random) -> bytes:
    """Return a picture with such Exif."""
    made = _exif(rng)
    if rng.random() < 0.5:
        parts = list(chunks_of(good("png")))
        return PNG_MARK + b"".join(chunk(*part) for part in [parts[0], (b"eXIf", made), *parts[1:]])
    body = b"Exif\0\0" + made[:65_000]
    return b"\xff\xd8" + struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body + good("jpeg")[2:]


def words(rng: random.Random) -> bytes:
    """Return a picture with far more words than pixels."""
    many = rng.choice((200, 3_000))
    if rng.random() < 0.5:
        parts = list(chunks_of(good("png")))
        text = [(b"zTXt", b"k%d\0\0" % i + inflating(900_000)) for i in range(many // 10)]
        text += [(b"tEXt", b"k%d\0" % i + CANARY.encode()) for i in range(many)]
        return PNG_MARK + b"".join(chunk(*part) for part in [parts[0], *text, *parts[1:]])
    comment = struct.pack(">BBH", 0xFF, 0xFE, 102) + (CANARY.encode() * 20)[:100]
    return b"\xff\xd8" + comment * many + good("jpeg")[2:]


BOMBS: tuple[Callable[[random.Random], bytes], ...] = (
    png_of_nothing,
    jpeg_of_nothing,
    jpeg_of_scans,
    tiff_of_nothing,
    tiff_of_directories,
    bmp_of_nothing,
    colours,
    exif,
    words,
)
