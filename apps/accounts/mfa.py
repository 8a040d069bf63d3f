"""What this site wants otherwise than allauth's second factors do by themselves."""

import base64
import hashlib
import hmac
import ipaddress

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.encoding import force_bytes

from apps.accounts import factors

_PURPOSE = b"wbcweb.accounts.second-factor"


def _boxes() -> MultiFernet:
    """Return the locks made of the site's keys: the present one closes, each of them opens."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hmac.digest(force_bytes(key), _PURPOSE, hashlib.sha256) for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class MFAAdapter(DefaultMFAAdapter):
    """Secrets encrypted with the site's key, our words, and the rule that administrators keep a factor."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": (
            "This code is not right. Codes of an app change every 30 seconds and work once; "
            "the clocks of phone and server must agree."
        ),
        "cannot_delete_authenticator": ("This site asks for a second factor: set up another one first."),
        "cannot_generate_recovery_codes": "Set up an authenticator app or a passkey first.",
    }

    def get_totp_issuer(self) -> str:
        """Return the name under which an authenticator app lists this site."""
        return f"wbcweb ({context.request.get_host()})"

    def encrypt(self, text: str) -> str:
        """Return a secret as the database may know it."""
        return _boxes().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret; one that the site's key does not open any more counts as none that anybody knows."""
        try:
            return _boxes().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            unknown = hmac.digest(force_bytes(settings.SECRET_KEY), encrypted_text.encode(), hashlib.sha256)
            return base64.b32encode(unknown[:20]).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Return whether a factor may go: not the last one of an administrator who must have one."""
        return not (factors.is_required_of(authenticator.user) and factors.is_last(authenticator))

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's signature
        """Return the name that a new passkey is given when its owner gives none."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Passkey {number}"


def passkeys_work_here() -> bool:
    """Return whether the address in the browser is one for which browsers keep passkeys: a name, not a number."""
    host = context.request.get_host()
    name = host.rpartition(":")[0] if host.count(":") == 1 else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return context.request.is_secure() or name == "localhost" or name.endswith(".localhost")
    return False
