"""The first administrator: made when the site has none, with a password that is shown once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.errors import InvalidInput

DEFAULT_EMAIL = "admin@localhost"
# Without letters and digits that are taken for one another; 31 of them, 20 places: 99 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """The account just made; `generated` is its password when the site made it up, to be shown and forgotten."""

    user: User
    generated: str | None


def ensure_administrator() -> FirstAdministrator | None:
    """Make the first site administrator, or return None when there is one already.

    Address and password come from the settings; without them the address is `admin@localhost` and the password
    is made up.

    Raises:
        InvalidInput: when the password of the settings is too weak.
    """
    with transaction.atomic():
        if User.objects.filter(is_superuser=True).exists():
            return None
        email = settings.WBCWEB_ADMIN_EMAIL or DEFAULT_EMAIL
        given = settings.WBCWEB_ADMIN_PASSWORD
        generated = None if given else make_password()
        if given:
            _check(given, email)
        user = User.objects.create_superuser(email, given or generated)
        if generated:
            User.objects.filter(pk=user.pk).update(password_is_initial=True)
        audit.record(actor=None, verb="first-administrator", target=f"user:{user.public_id}")
    return FirstAdministrator(user, generated)


def make_password() -> str:
    """Return a random password that can be read aloud and typed."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _check(password: str, email: str) -> None:
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise InvalidInput(f"WBCWEB_ADMIN_PASSWORD is too weak: {' '.join(error.messages)}") from error
