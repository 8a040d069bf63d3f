"""Numbers as the administrator reads them."""

from __future__ import annotations

_UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def size(count: int) -> str:
    """Return a number of bytes in the unit that suits it: "812 bytes", "4.2 MB", "1.3 TB"."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def counted(number: int, word: str) -> str:
    """Return a number with its word, in the plural when it is not one: "1 file", "34 files"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
