"""How much room the pictures of an upload will take."""

from typing import Final

# Bytes that are stored for one that is received: lossless, with a thumbnail. Measured on 375 photographs of smears:
# 7 to 13 for a JPEG, 95 per cent of them below 12.5.
PER_JPEG_BYTE: Final = 12
PER_BYTE: Final = 2


def stored_bytes(filename: str, size: int) -> int:
    """Return about how many bytes a received file of this name and size takes once it is stored."""
    jpeg = filename.lower().endswith((".jpg", ".jpeg"))
    return size * (PER_JPEG_BYTE if jpeg else PER_BYTE)
