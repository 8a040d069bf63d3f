"""Proof that the person at the keyboard is the one who signed in, asked for anew before acts that matter."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.models import User

_CONFIRMED_AT = "accounts.confirmed_at"
_SECOND_FACTOR = "accounts.second_factor"
_INITIAL_PASSWORD = "accounts.initial_password"  # noqa: S105 - a name in the session

View = Callable[..., HttpResponseBase]


def note_sign_in(request: HttpRequest, user: User) -> None:
    """Remember that somebody signed in just now, and whether with a second factor."""
    request.session[_CONFIRMED_AT] = time.time()
    if user.password_is_initial:
        request.session[_INITIAL_PASSWORD] = True
    records = get_authentication_records(request, user)
    request.session[_SECOND_FACTOR] = any(record.get("method") == "mfa" for record in records)


def has_initial_password(request: HttpRequest) -> bool:
    """Return whether the person signed in with a password that the site had made up."""
    return bool(request.session.get(_INITIAL_PASSWORD))


def note_own_password(request: HttpRequest) -> None:
    """Remember that the person has a password of the own choice now."""
    request.session.pop(_INITIAL_PASSWORD, None)


def ways_of_signing_in(request: HttpRequest, user: User) -> str:
    """Return what the person signed in with, in words; nothing when the session does not tell."""
    words = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery code"}
    records = get_authentication_records(request, user)
    return ", ".join(words.get(str(record.get("type")), str(record.get("method"))) for record in records)


def note_confirmed(request: HttpRequest) -> None:
    """Remember that the person has proved everything anew; the session goes on under a new key."""
    request.session.cycle_key()
    request.session[_CONFIRMED_AT] = time.time()


def note_second_factor(request: HttpRequest, *, present: bool) -> None:
    """Remember that the person has just set up a second factor, or removed the last one."""
    request.session[_SECOND_FACTOR] = present


def used_second_factor(request: HttpRequest) -> bool:
    """Return whether this session stands on a second factor; asks the session alone, not the database."""
    return bool(request.session.get(_SECOND_FACTOR))


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the person signed in or confirmed in the last few minutes."""
    age = time.time() - float(request.session.get(_CONFIRMED_AT, 0))
    return 0 <= age < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def confirmed_only(view: View) -> View:
    """Let an act pass when the person confirmed a moment ago; otherwise the confirming page comes first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not is_confirmed(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return guarded
