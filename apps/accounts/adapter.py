from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse

from apps.accounts.confirm import is_confirmed


class AccountAdapter(DefaultAccountAdapter):
    """What this site wants otherwise than allauth's usual."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not right.",
        "too_many_login_attempts": (
            "Too many failed attempts to sign in. Wait five minutes, or ask an administrator for a reset link."
        ),
        "enter_current_password": "This is not your present password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return False: accounts are made by administrators."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """Return where a person goes after changing the password."""
        return resolve_url("/")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002 - as above
        """Return the name under which failures of an account are counted.

        allauth's own contains the Host header, and with it a port that the sender may choose freely: each new one
        would give five more guesses.
        """
        return str(credentials.get("email") or credentials.get("username") or "").strip().lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an attempt above the limits, and put the refusal on record."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            from apps.accounts.signals import record_failure

            record_failure(request, email=str(credentials.get("email", "")), reason="locked")
            raise

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:  # noqa: ARG002 - allauth's signature
        """Return whether the person has to confirm first, by the rule of the whole site."""
        return not is_confirmed(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the one page on which people confirm who they are, with everything they have."""
        if not user.is_authenticated:
            return []
        address = reverse("account_reauthenticate")
        return [{"id": "reauthenticate", "description": "Confirm that it is you", "url": address}]

    def forget_failures(self, request: HttpRequest, *, email: str) -> None:
        """Lift the lockout of an account, after its password was set by an administrator's link."""
        key = self._get_login_attempts_cache_key(request, email=email)
        ratelimit.clear(request, app="allauth.account", action="login_failed", key=key)
