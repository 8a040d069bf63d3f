"""How the API knows who asks: by the key of a token, else by the session of a browser.

The framework imports this module while it is half imported itself (the classes are in its settings), so nothing here
may import its views.
"""

from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as BaseSessionAuthentication
from rest_framework.request import Request

from apps.accounts import confirm, factors
from apps.accounts.api import throttles
from apps.accounts.models import ApiToken, User
from apps.accounts.selectors import api_token_by_key
from apps.accounts.services.api_tokens import note_use
from apps.accounts.tokens import API_KEY_PREFIX

WRONG_KEY = (
    "This key opens nothing: it is wrong, has expired or was revoked. Make a new one under “My account”."
)
FACTOR_NEEDED = "This site asks its administrators for a second factor: sign in with yours, or set one up."


def person_by_key(request: HttpRequest | Request) -> tuple[User, ApiToken] | None:
    """Return who a request's key stands for, None when it has none; the person carries the token as ``through``.

    Raises:
        AuthenticationFailed: when the key opens nothing.
        Throttled: when too many wrong ones came from the same address.
        PermissionDenied: when an administrator's account lost the second factor that the site asks for.
    """
    scheme, _, key = request.headers.get("Authorization", "").strip().partition(" ")
    if not scheme:
        return None
    key = key.strip()
    token = None
    if scheme.lower() == "bearer" and key.startswith(API_KEY_PREFIX) and key.isascii() and len(key) < 200:
        token = api_token_by_key(key)
    if token is None:
        throttles.count_stranger(request)
        raise exceptions.AuthenticationFailed(WRONG_KEY)
    user: User = token.user
    if factors.is_required_of(user) and not factors.has_second_factor(user):
        raise exceptions.PermissionDenied(FACTOR_NEEDED, code="second-factor")
    user.through = token
    note_use(token)
    return user, token


class TokenAuthentication(BaseAuthentication):
    """Know programs by ``Authorization: Bearer <key>``. A wrong key is refused, whoever else the request comes from."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the person and the token, None without a key."""
        return person_by_key(request)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the value of ``WWW-Authenticate``: with one the framework answers 401, else 403."""
        return 'Bearer realm="wbcweb"'


class SessionAuthentication(BaseSessionAuthentication):
    """Know people by their session; what they send needs the token against forged requests."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the person who is signed in, None when nobody is.

        Raises:
            PermissionDenied: without the token against forged requests, or the second factor that the site asks for.
        """
        found: tuple[User, None] | None = super().authenticate(request)
        if found is None:
            return None
        inner: HttpRequest = request._request  # noqa: SLF001 - the framework's documented way, under a private name
        if factors.is_required_of(found[0]) and not confirm.used_second_factor(inner):
            raise exceptions.PermissionDenied(FACTOR_NEEDED, code="second-factor")
        return found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the value of ``WWW-Authenticate``."""
        return "Session"


def early_person(request: HttpRequest) -> User | None:
    """Return who asks before the framework has looked, for a view that must know before it reads the body.

    Raises:
        AuthenticationFailed, Throttled, PermissionDenied: as `person_by_key`.
    """
    found = person_by_key(request)
    if found is not None:
        return found[0]
    user = getattr(request, "user", None)  # absent when the OpenAPI document is made
    return user if isinstance(user, User) and user.is_active else None
