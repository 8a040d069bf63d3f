"""How often somebody may ask: each person and each token by itself, strangers by their address."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.accounts.audit import client_address
from apps.accounts.models import ApiToken
from apps.core.rate import Limit

people = Limit("api")
strangers = Limit("api-stranger")


class PersonThrottle(BaseThrottle):
    """Limit the requests of a person, or of one token, by ``WBCWEB_API_RATE`` a minute."""

    def __init__(self) -> None:
        self._wait: int | None = None

    def allow_request(self, request: Request, view: object) -> bool:  # noqa: ARG002 - the framework's signature
        """Return whether the request may pass."""
        token = request.auth if isinstance(request.auth, ApiToken) else None
        who = f"token-{token.pk}" if token else f"person-{request.user.pk}"
        self._wait = people.take(who, per_minute=settings.WBCWEB_API_RATE)
        return self._wait is None

    def wait(self) -> int | None:
        """Return the seconds until the next request may come."""
        return self._wait


def count_stranger(request: HttpRequest | Request) -> None:
    """Count a request of somebody whom the API does not know.

    Raises:
        Throttled: when too many came from the same address in this minute.
    """
    inner = request._request if isinstance(request, Request) else request  # noqa: SLF001 - the framework's documented way
    wait = strangers.take(client_address(inner) or "nowhere", per_minute=settings.WBCWEB_API_RATE_STRANGERS)
    if wait is not None:
        raise Throttled(wait=wait)
