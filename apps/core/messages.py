"""Django's messages in a cookie whose name follows the site's other cookies."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


def cookie_name(name: str) -> str:
    """Return the name of a cookie of ours: over HTTPS with the prefix that ties it to this host."""
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name


class MessageCookie(CookieStorage):
    """Messages in a cookie."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override] # Django keeps a plain name
        """Return its name."""
        return cookie_name("wbcweb_messages")


class Messages(FallbackStorage):
    """Messages in a cookie, long ones in the session."""

    storage_classes = (MessageCookie, SessionStorage)
