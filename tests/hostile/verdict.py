"""What must hold of everything that the site kept of a hostile upload."""

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ml.images import pixel_sha256
from tests.hostile.good import CANARY
from tests.hostile.structure import PNG_MARK, chunks_of, segments_of
from tests.hostile.target import Target

ROWS = """
SELECT f.position, f.state, f.message, f.temp_key, d.image_key, d.thumbnail_key, d.pixel_sha256, d.width, d.height
FROM slides_uploadfile f LEFT JOIN slides_field d ON d.id = f.field_id
JOIN slides_upload u ON u.id = f.upload_id WHERE u.public_id = ? ORDER BY f.position
"""


@dataclass(frozen=True)
class Kept:
    """What became of one file; ``problems`` is empty when all is well."""

    state: str
    problems: list[str]


def judge(target: Target, upload: str) -> list[Kept]:
    """Look at every file of an upload that is done."""
    return [_judge(target.folder / "media", row) for row in target.query(ROWS, [upload.replace("-", "")])]


def _judge(media: Path, row: tuple[Any, ...]) -> Kept:
    _, state, message, temp_key, image_key, thumbnail_key, digest, width, height = row
    problems = []
    if temp_key:
        problems.append(f"the received file is still named: {temp_key}")
    if state == "stored":
        problems += stored_picture(media / image_key, digest=digest, size=(width, height))
        problems += stored_thumbnail(media / thumbnail_key)
    elif state == "failed":
        if not message.endswith("."):
            problems.append(f"refused without a sentence: {message!r}")
    elif state != "duplicate":
        problems.append(f"left {state}")
    return Kept(state, problems)


def stored_picture(path: Path, *, digest: str, size: tuple[int, int]) -> list[str]:
    """Return what is wrong with a stored picture: it is to be the pixels it was entered with, and nothing else."""
    data = path.read_bytes()
    problems = []
    if not data.startswith(PNG_MARK):
        return ["a stored picture is no PNG"]
    names = {name for name, _ in chunks_of(data)}
    if names != {b"IHDR", b"IDAT", b"IEND"}:
        problems.append(f"a stored picture holds {sorted(names)}")
    if CANARY.encode() in data:
        problems.append("a stored picture holds words of its file")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            pixels = np.asarray(image)
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        return [*problems, f"a stored picture does not decode: {error!r}"]
    if pixels.shape != (size[1], size[0], 3) or pixels.dtype != np.uint8:
        problems.append(f"a stored picture is {pixels.shape} of {pixels.dtype}, not {size}")
    elif pixel_sha256(pixels) != digest:
        problems.append("a stored picture has other pixels than were entered")
    return problems


def stored_thumbnail(path: Path) -> list[str]:
    """Return what is wrong with a stored thumbnail."""
    data = path.read_bytes()
    problems = ["a thumbnail holds words of its file"] if CANARY.encode() in data else []
    if any(marker == 0xFE or 0xE1 <= marker <= 0xEF for marker, _ in segments_of(data)):
        problems.append("a thumbnail holds more than pixels")
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            image.load()
            if max(image.size) > 320:
                problems.append(f"a thumbnail is {image.size}")
    except (OSError, ValueError, SyntaxError) as error:
        problems.append(f"a thumbnail does not decode: {error!r}")
    return problems
