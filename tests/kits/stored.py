"""What the site has written, wherever its store is."""

from pathlib import Path

from django.conf import settings

from apps.core import storage


def stored_files(*prefixes: str) -> list[str]:
    """Return the names of all stored files below the prefixes (default: all), half-written ones among them."""
    if settings.WBCWEB_S3 is None:
        root = Path(settings.MEDIA_ROOT)
        found = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    else:
        scratch = Path(settings.WBCWEB_DATA_DIR) / "scratch"
        found = [*storage.every_key(), *(f"scratch/{path.name}" for path in scratch.glob("*"))]
    return sorted(name for name in found if not prefixes or name.startswith(prefixes))
