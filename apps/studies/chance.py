"""All that chance decides in a study comes from its seed by HMAC-SHA256: the same on any machine and database."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

_BETWEEN: Final = "\x1f"  # stands in no word, so two lists of words never make one message


def bits(seed: str, *words: str) -> bytes:
    """Return 256 bits of a seed (64 hexadecimal digits) for these words.

    Raises:
        ValueError: when a word holds the separator, or the seed is no such seed.
    """
    if any(_BETWEEN in word for word in words):
        raise ValueError("A word holds the separator.")
    return hmac.new(bytes.fromhex(seed), _BETWEEN.join(words).encode(), sha256).digest()


def name(seed: str, *words: str) -> str:
    """Return the first 128 of these bits as 32 hexadecimal digits."""
    return bits(seed, *words)[:16].hex()
