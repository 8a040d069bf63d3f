"""Lies that keep to the form: headers, chunks, segments and tags with right checksums and wrong contents."""

import random
import struct
import zlib
from collections.abc import Iterator
from functools import cache

from tests.hostile.good import CANARY
from tests.hostile.mutate import WORDS

PNG_MARK = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes, *, length: int | None = None, right: bool = True) -> bytes:
    """Return a PNG chunk, with another length or a wrong checksum if wanted."""
    check = zlib.crc32(name + body) ^ (0 if right else 0x5A5A5A5A)
    return struct.pack(">I", len(body) if length is None else length) + name + body + struct.pack(">I", check)


def chunks_of(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and body of each chunk of a good PNG."""
    at = len(PNG_MARK)
    while at + 12 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _lie_in_header(rng: random.Random, body: bytes) -> bytes:
    fields = list(struct.unpack(">IIBBBBB", body))
    for _ in range(rng.choice((1, 1, 2))):
        place = rng.randrange(7)
        fields[place] = rng.choice(WORDS) if place < 2 else rng.choice((0, 1, 2, 3, 4, 6, 7, 8, 16, 255))
    return struct.pack(">IIBBBBB", *fields)


@cache
def inflating(size: int) -> bytes:
    """Return a few bytes that inflate to so many."""
    return zlib.compress(b" " * size, 9)


def _foreign_chunk(rng: random.Random) -> tuple[bytes, bytes]:
    junk = rng.randbytes(rng.choice((0, 1, 4, 13, 26, 300)))
    return rng.choice(
        [
            (b"PLTE", rng.randbytes(3 * rng.choice((0, 1, 85, 256, 300)))),
            (b"tRNS", junk),
            (b"gAMA", struct.pack(">I", rng.choice(WORDS))),
            (b"pHYs", struct.pack(">IIB", rng.choice(WORDS), rng.choice(WORDS), rng.choice((0, 1, 255)))),
            (b"iCCP", b"profile\0\0" + zlib.compress(junk * 50)),
            (b"zTXt", CANARY.encode() + b"\0\0" + inflating(rng.choice((10, 70_000_000)))),
            (b"iTXt", CANARY.encode() + b"\0\1\0\0\0" + inflating(rng.choice((10, 70_000_000)))),
            (b"tEXt", CANARY.encode() * rng.choice((1, 2_000))),
            (b"eXIf", rng.choice((b"II*\0", b"MM\0*", b"")) + junk),
            (b"acTL", struct.pack(">II", rng.choice(WORDS), rng.choice(WORDS))),
            (b"fcTL", junk),
            (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(junk)),
            (b"CgBI", junk),
            (rng.choice((b"ABCD", b"abcd", b"\0\0\0\0")), junk),
        ]
    )


def png(rng: random.Random, good: bytes) -> bytes:
    """Return a PNG whose chunks are well formed one by one and wrong together."""
    parts = list(chunks_of(good))
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(parts)) if parts else 0
        act = rng.randrange(7)
        if act == 0 and parts and parts[0][0] == b"IHDR" and len(parts[0][1]) == 13:
            parts[0] = (b"IHDR", _lie_in_header(rng, parts[0][1]))
        elif act == 1 and parts:
            del parts[at]
        elif act == 2 and parts:
            parts.insert(rng.randrange(len(parts) + 1), parts[at])
        elif act == 3:
            rng.shuffle(parts)
        elif act == 4 and parts:
            name, body = parts[at]
            parts[at] = (name, body[: rng.randrange(len(body) + 1)])
        else:
            parts.insert(rng.randrange(len(parts) + 1), _foreign_chunk(rng))
    lie = rng.randrange(len(parts)) if parts and rng.random() < 0.2 else -1
    made = [
        chunk(name, body, length=rng.choice(WORDS) if i == lie else None, right=rng.random() > 0.03)
        for i, (name, body) in enumerate(parts)
    ]
    return PNG_MARK + b"".join(made)


def segments_of(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and body of each segment of a good JPEG; the pixels come with marker 0."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        (length,) = struct.unpack(">H", jpeg[at + 2 : at + 4])
        yield jpeg[at + 1], jpeg[at + 4 : at + 2 + length]
        at += 2 + length
    yield 0, jpeg[at:]


def _foreign_segment(rng: random.Random) -> tuple[int, bytes]:
    junk = rng.randbytes(rng.choice((0, 2, 17, 64, 700)))
    return rng.choice(
        [
            (0xFE, CANARY.encode() * rng.choice((1, 4_000))),
            (0xE0, b"JFIF\0" + junk),
            (0xE1, b"Exif\0\0" + rng.choice((b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"")) + junk),
            (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + CANARY.encode()),
            (0xE2, b"ICC_PROFILE\0" + bytes([rng.choice((0, 1, 255)), rng.choice((0, 1, 255))]) + junk),
            (0xE2, b"MPF\0" + rng.choice((b"II*\0", b"MM\0*")) + junk),
            (0xEE, b"Adobe" + junk),
            (0xDB, junk),
            (0xC4, junk),
            (0xDD, struct.pack(">H", rng.choice((0, 1, 7, 0xFFFF)))),
            (rng.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xF7)), _frame(rng)),
            (0xDA, junk),
            (rng.choice((0xD0, 0xD8, 0xD9, 0x01, 0xCC, 0xF0)), junk),
        ]
    )


def _frame(rng: random.Random) -> bytes:
    parts = rng.choice((0, 1, 2, 3, 4, 255))
    head = struct.pack(
        ">BHHB", rng.choice((8, 12, 16, 0)), rng.choice(WORDS) & 0xFFFF, rng.choice(WORDS) & 0xFFFF, parts
    )
    return head + b"".join(
        bytes([i, rng.choice((0x11, 0x22, 0x41, 0, 0xFF)), 0]) for i in range(min(parts, 9))
    )


def jpeg(rng: random.Random, good: bytes) -> bytes:
    """Return a JPEG whose segments are well formed one by one and wrong together."""
    parts = list(segments_of(good))
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(parts))
        act = rng.randrange(6)
        if act == 0 and len(parts) > 1:
            del parts[at]
        elif act == 1:
            parts.insert(at, parts[at])
        elif act == 2:
            marker, body = parts[at]
            changed = bytearray(body)
            for _ in range(3):
                if changed:
                    changed[rng.randrange(min(len(changed), 64))] = rng.randrange(256)
            parts[at] = (marker, bytes(changed))
        else:
            parts.insert(rng.randrange(len(parts)), _foreign_segment(rng))
    out = bytearray(b"\xff\xd8")
    for marker, whole in parts:
        body = whole[:65_533]
        lie = rng.random() < 0.05
        length = rng.choice((0, 1, 2, 3, 0xFFFF)) if lie else len(body) + 2
        out += body if marker == 0 else struct.pack(">BBH", 0xFF, marker, length) + body
    return bytes(out)


TIFF_TAGS = (
    254,
    256,
    257,
    258,
    259,
    262,
    266,
    273,
    274,
    277,
    278,
    279,
    282,
    284,
    296,
    317,
    320,
    322,
    323,
    324,
    325,
)
TIFF_TAGS += (330, 338, 339, 347, 513, 514, 530, 700, 33723, 34377, 34665, 34675, 34853, 50838)
COMPRESSIONS = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    32771,
    32773,
    32809,
    32946,
    34676,
    34677,
    34712,
    34925,
    50000,
    50001,
    65535,
)


def tiff(rng: random.Random, good: bytes) -> bytes:
    """Return a little-endian classic TIFF with lies in its directory; of other TIFFs the start is changed."""
    data = bytearray(good)
    if data[:4] != b"II*\0":
        for _ in range(3):
            data[rng.randrange(8, min(len(data), 200))] = rng.choice((0, 1, 255))
        return bytes(data)
    (directory,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[directory : directory + 2])
    for _ in range(rng.choice((1, 1, 2, 4))):
        entry = directory + 2 + 12 * rng.randrange(max(1, count))
        tag, kind, number, value = struct.unpack("<HHII", data[entry : entry + 12])
        act = rng.randrange(6)
        if act == 0:
            tag = rng.choice(TIFF_TAGS)
        elif act == 1:
            kind = rng.choice((0, 1, 2, 3, 4, 5, 7, 11, 12, 13, 16, 255))
        elif act == 2:
            number = rng.choice(WORDS)
        elif act == 3:
            value = rng.choice((*WORDS, directory, 8, len(data)))
        elif act == 4 and tag == 259:
            value = rng.choice(COMPRESSIONS)
        else:
            end = directory + 2 + 12 * count
            data[end : end + 4] = struct.pack("<I", rng.choice((directory, 8, len(data), 0xFFFFFFFF)))
        data[entry : entry + 12] = struct.pack("<HHII", tag, kind, number, value)
    return bytes(data)


def bmp(rng: random.Random, good: bytes) -> bytes:
    """Return a BMP whose headers lie: sizes, depth, compression, offsets, colours."""
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.choice((2, 10, 14, 18, 22, 28, 30, 34, 46, 50))
        value = rng.choice((*WORDS, 40, 12, 108, 124, 1, 2, 3, 4, 8, 16, 24, 32))
        data[at : at + 4] = struct.pack("<I", value)
    return bytes(data)
