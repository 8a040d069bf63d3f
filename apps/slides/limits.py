"""What one file may cost here, from the site's settings."""

from __future__ import annotations

from django.conf import settings

from ml.images import DecodeLimits

MEBI = 1024 * 1024
FILES_PER_UPLOAD = 2_000
ADDRESS_SPACE_BASE = 512 * MEBI
ADDRESS_SPACE_PER_PIXEL = (
    24  # measured: 16-bit RGB with an orientation tag, the costliest case, needs about 20
)


def max_bytes() -> int:
    """Return how many bytes one file may have."""
    return int(settings.WBCWEB_MAX_UPLOAD_MB) * MEBI


def decode_limits() -> DecodeLimits:
    """Return what the decoder may spend on one file."""
    pixels = int(settings.WBCWEB_MAX_FIELD_MEGAPIXELS * 1_000_000)
    return DecodeLimits(
        max_bytes=max_bytes(),
        max_pixels=pixels,
        address_space=ADDRESS_SPACE_BASE + ADDRESS_SPACE_PER_PIXEL * pixels,
    )
