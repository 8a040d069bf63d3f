"""Second factors: who has one, who must have one."""

from allauth.mfa.models import Authenticator
from django.conf import settings

from apps.accounts.models import User
from apps.accounts.permissions import Person, is_site_admin

# Recovery codes stand in for a lost factor; alone they are none.
TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: Person) -> bool:
    """Return whether an account is protected by an authenticator app or a passkey."""
    return isinstance(user, User) and Authenticator.objects.filter(user=user, type__in=TYPES).exists()


def is_required_of(user: Person) -> bool:
    """Return whether the site lets this person work with a second factor only (ADR 0021)."""
    if settings.WBCWEB_REQUIRE_MFA:
        return isinstance(user, User)
    return bool(settings.WBCWEB_REQUIRE_ADMIN_MFA) and is_site_admin(user)


def is_last(authenticator: Authenticator) -> bool:
    """Return whether removing this one leaves its owner without a second factor."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=TYPES)
    return authenticator.type in TYPES and not others.exclude(pk=authenticator.pk).exists()
