"""The themes a person can choose, and the cookie that remembers the choice.

The cookie is read on the server, so that the first paint is already right and no inline script is needed.
"""

from collections.abc import Mapping
from typing import Final

from apps.core.messages import cookie_name

COOKIE: Final = "wbc_theme"
COOKIE_AGE_S: Final = 365 * 24 * 3600
DEFAULT: Final = "system"
CHOICES: Final[tuple[tuple[str, str], ...]] = (
    ("system", "System"),
    ("light", "Light"),
    ("dark", "Dark"),
    ("viewing", "Viewing"),
)
_NAMES: Final = frozenset(name for name, _ in CHOICES)


def is_theme(name: str) -> bool:
    """Tell whether ``name`` is one of the themes on offer."""
    return name in _NAMES


def theme_from_cookies(cookies: Mapping[str, str]) -> str:
    """Return the remembered theme; the default when the cookie is absent or holds nonsense."""
    name = cookies.get(cookie_name(COOKIE), DEFAULT)
    return name if is_theme(name) else DEFAULT
