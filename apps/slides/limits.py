"""What one file may cost here, from the site's settings."""

from __future__ import annotations

from django.conf import settings

from ml.images import DecodeLimits

MEBI = 1024 * 1024
FILES_PER_UPLOAD = 2_000
# What a child needs for the largest field that the default settings allow, measured over all pixel types
# (tests/ml/test_images_memory.py), and for each megapixel that a site allows beyond it.
MEMORY = 512 * MEBI
MEGAPIXELS_WITHIN = 50
MEMORY_PER_MEGAPIXEL = 10 * MEBI


def max_bytes() -> int:
    """Return how many bytes one file may have."""
    return int(settings.WBCWEB_MAX_UPLOAD_MB) * MEBI


def decode_limits() -> DecodeLimits:
    """Return what the decoder may spend on one file."""
    megapixels = int(settings.WBCWEB_MAX_FIELD_MEGAPIXELS)
    beyond = max(0, megapixels - MEGAPIXELS_WITHIN)
    return DecodeLimits(
        max_bytes=max_bytes(),
        max_pixels=megapixels * 1_000_000,
        memory=MEMORY + MEMORY_PER_MEGAPIXEL * beyond,
    )
