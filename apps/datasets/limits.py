"""What one archive may cost here. Every number is held by a test with an archive that is above it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings

from apps.core.disk import MEBI

ENTRIES: Final = 100_000
"""Files in one archive."""

DIRECTORY_BYTES: Final = 64 * MEBI
"""Length of an archive's own table of contents, which is read into memory."""

TEXT_BYTES: Final = 64 * MEBI
"""One file of annotations, unpacked."""

UNPACKED_BYTES: Final = 64 * 1024 * MEBI
"""Everything read from one archive."""

RATIO: Final = 1_000
"""Bytes unpacked for one packed, above the first megabyte: a picture of one colour stays below, a bomb does not."""

BOXES_PER_PICTURE: Final = 5_000
BOXES: Final = 2_000_000
CLASSES: Final = 500
"""Different names of classes in one archive."""

REMARKS: Final = 20_000
"""Lines of one receipt; what comes after is counted and not written out."""

NAME_LENGTH: Final = 200

FORM_FILES: Final = 100
"""Files that one form may send at once; Django's own limit for one request."""

EXPORTS_KEPT: Final = timedelta(days=7)
SOURCES_KEPT: Final = timedelta(days=7)
NAMES_KEPT: Final = timedelta(days=7)


def archive_bytes() -> int:
    """Return how many bytes an archive that is sent may have."""
    return int(settings.WBCWEB_MAX_IMPORT_MB) * MEBI
