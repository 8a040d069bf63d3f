"""What a JPEG file is apart from its picture: everything before and after the picture data. Torch-free.

Written from ITU-T T.81 (annex B, markers) and JFIF 1.02; it reads no picture data.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

_SCAN = 0xDA
_END = 0xD9
_TABLES = 0xDB
_FRAMES = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive"}
_JFIF = b"JFIF\x00"
_COMMENT = 0xFE
_BARE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


@dataclass(frozen=True, slots=True)
class Container:
    """``head`` and ``tables`` are digests; ``foreign`` names segments that no picture needs (EXIF, ICC, comments)."""

    magic: str
    process: str
    width: int
    height: int
    bits: int
    sampling: str
    segments: str
    head: str
    tables: str
    foreign: str
    tail: str
    length: int

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def read_container(data: bytes) -> Container:
    """Return what a file says outside its picture data.

    Raises:
        ValueError: it is no JPEG, or has no picture in it.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("This is no JPEG.")
    at, names, foreign, tables = 2, [], [], hashlib.sha256()
    process, bits, height, width, sampling = "", 0, 0, 0, ""
    while True:
        if at + 4 > len(data) or data[at] != 0xFF:
            raise ValueError("The JPEG has no picture data.")
        marker = data[at + 1]
        if marker in _BARE:
            at += 2
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + size]
        names.append(f"{marker:02x}")
        if marker in _FRAMES:
            process, bits = _FRAMES[marker], body[0]
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            sampling = " ".join(f"{one >> 4}x{one & 15}" for one in body[7::3])
        elif marker == _TABLES:
            tables.update(body)
        elif marker == _COMMENT or (
            0xE0 <= marker <= 0xEF and not (marker == 0xE0 and body.startswith(_JFIF))
        ):
            foreign.append(f"{marker:02x}")
        at += 2 + size
        if marker == _SCAN:
            break
    end = data.rfind(b"\xff\xd9")
    tail = data[end + 2 :] if end >= at else b""
    return Container(
        magic=data[:3].hex(),
        process=process,
        width=width,
        height=height,
        bits=bits,
        sampling=sampling,
        segments=" ".join(names),
        head=hashlib.sha256(data[:at]).hexdigest(),
        tables=tables.hexdigest(),
        foreign=" ".join(foreign),
        tail="zeros or nothing" if not tail.strip(b"\x00") else "other bytes",
        length=len(data),
    )


def picture_bytes(data: bytes) -> int:
    """Return how many bytes a JPEG has up to its end marker: what anybody could find by encoding its pixels anew."""
    return data.rfind(b"\xff\xd9") + 2
