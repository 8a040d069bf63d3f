"""What runs here."""

import platform

import django
from django.conf import settings

from apps.core.checks import Area, Check

SOFTWARE = Area("Software")


def version() -> Check:
    """Say which versions these are."""
    seen = f"wbcweb {settings.WBCWEB_VERSION}, Django {django.get_version()}, Python {platform.python_version()}."
    return SOFTWARE.ok("Version", seen)
