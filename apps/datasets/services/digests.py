"""Checksums of streams."""

from __future__ import annotations

import hashlib
from typing import IO


def digest_of(stream: IO[bytes]) -> str:
    """Return the SHA-256 of what a stream still holds, as hexadecimal digits."""
    digest = hashlib.sha256()
    while data := stream.read(1 << 20):
        digest.update(data)
    return digest.hexdigest()
