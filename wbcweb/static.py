"""How style sheets, scripts and pictures are kept for browsers."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedAndPacked(CompressedManifestStaticFilesStorage):
    """Give each file a name with its hash, and a packed copy beside it.

    Packed by gzip only: brotli, which whitenoise uses wherever it happens to be installed, takes minutes for the
    libraries of the API's documentation and saves a fifth.
    """

    def create_compressor(self, **options: Any) -> Compressor:
        """Return what packs a file."""
        return Compressor(**options, use_brotli=False)
