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

LONGEST_KEY = 100
WRONG_KEY = (
    "This key opens nothing: it is wrong, has expired or was revoked. Make a new one under “My account”."
)
FACTOR_NEEDED = "This site asks for a second factor: sign in with yours, or set one up."
OWN_PASSWORD_NEEDED = "Sign in to the pages first and choose a password of your own."  # noqa: S105 - words


def _has_key(request: HttpRequest | Request) -> bool:
    return bool(request.headers.get("Authorization", "").strip())


def _token(request: HttpRequest | Request) -> ApiToken | None:
    """Return the token whose key a request brings, None when it opens nothing."""
    scheme, _, key = request.headers["Authorization"].strip().partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key.startswith(API_KEY_PREFIX) or len(key) > LONGEST_KEY:
        return None
    return api_token_by_key(key)


def _through(token: ApiToken) -> User:
    user: User = token.user
    user.through = token
    return user


class TokenAuthentication(BaseAuthentication):
    """Know programs by ``Authorization: Bearer <key>``. A wrong key is refused, whoever else the request comes from."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the person, who carries the token as ``through``, and the token; None without a key.

        Raises:
            AuthenticationFailed: when the key opens nothing.
            Throttled: when too many wrong ones came from the same address.
            PermissionDenied: when an administrator's account lost the second factor that the site asks for.
        """
        if not _has_key(request):
            return None
        token = _token(request)
        if token is None:
            throttles.count_stranger(request)
            raise exceptions.AuthenticationFailed(WRONG_KEY)
        if factors.is_required_of(token.user) and not factors.has_second_factor(token.user):
            raise exceptions.PermissionDenied(FACTOR_NEEDED, code="second-factor")
        note_use(token)
        return _through(token), token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the value of ``WWW-Authenticate``: with one the framework answers 401, else 403."""
        return 'Bearer realm="wbcweb"'


class SessionAuthentication(BaseSessionAuthentication):
    """Know people by their session; what they send needs the token against forged requests."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the person who is signed in, None when nobody is.

        Raises:
            PermissionDenied: without the token against forged requests, or the second factor that the site asks for,
                or with a password that the site had made up.
        """
        found: tuple[User, None] | None = super().authenticate(request)
        if found is None:
            return None
        inner: HttpRequest = request._request  # noqa: SLF001 - the framework's documented way, under a private name
        if confirm.has_initial_password(inner):
            raise exceptions.PermissionDenied(OWN_PASSWORD_NEEDED, code="initial-password")
        if factors.is_required_of(found[0]) and not confirm.used_second_factor(inner):
            raise exceptions.PermissionDenied(FACTOR_NEEDED, code="second-factor")
        return found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the value of ``WWW-Authenticate``."""
        return "Session"


def early_person(request: HttpRequest) -> User | None:
    """Return who asks before the framework has looked, for a view that must know before it reads the body.

    Nobody is refused here: the framework looks again, and says why.
    """
    if _has_key(request):
        token = _token(request)
        return None if token is None else _through(token)
    user = getattr(request, "user", None)  # absent when the OpenAPI document is made
    return user if isinstance(user, User) and user.is_active else None
