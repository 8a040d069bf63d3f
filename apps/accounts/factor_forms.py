"""Forms around second factors, in our words."""

import hashlib
import logging
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError

from apps.accounts import audit
from apps.accounts.models import User

logger = logging.getLogger(__name__)

# Longer than a code is accepted: three steps of 30 seconds (MFA_TOTP_TOLERANCE is one either way).
CODE_REMEMBERED_S = 120
LONGEST_NAME = 60

_CODE = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "autocapitalize": "off",
    "spellcheck": "false",
}


def use_up(user: User, code: str) -> None:
    """Let a code pass once: allauth forgets a used one after 30 seconds, while the step after it still accepts it.

    Raises:
        ValidationError: when the code was used before.
    """
    digest = hashlib.sha256(normalize_user_code(code).encode()).hexdigest()
    if not cache.add(f"accounts.code.{user.pk}.{digest}", "used", timeout=CODE_REMEMBERED_S):
        raise get_mfa_adapter().validation_error("incorrect_code")


def _record_failure(user: User, problem: ValidationError, factor: str) -> None:
    """Put on record that somebody failed with a second factor, or was not heard any more."""
    locked = problem.code in {"too_many_login_attempts", "rate_limited"}
    audit.record(
        actor=None,
        verb="second-factor-failed",
        target=f"user:{user.public_id}",
        detail={"reason": "locked" if locked else f"wrong {factor}"},
        request=context.request,
    )


class HostileCredential:
    """What is written in the name of a passkey comes from anybody: its parsers may stumble over anything in it."""

    def _clean_fields(self) -> None:
        """Turn whatever a parser raises into a refusal of the field."""
        try:
            super()._clean_fields()  # type: ignore[misc]
        except Exception as problem:  # noqa: BLE001 - logged and answered as a refusal
            self._refuse(problem)

    def _clean_form(self) -> None:
        """Turn whatever a parser raises into a refusal of the form."""
        try:
            super()._clean_form()  # type: ignore[misc]
        except Exception as problem:  # noqa: BLE001 - logged and answered as a refusal
            self._refuse(problem)

    def _refuse(self, problem: Exception) -> None:
        logger.info("A credential was refused by its parser: %r", problem)
        self.add_error(None, get_mfa_adapter().validation_error("incorrect_code"))  # type: ignore[attr-defined]


class SecondFactorForm(AuthenticateForm):
    """Sign in with the code of an app, or with a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label="Code",
            max_length=40,
            help_text="Six digits from your authenticator app, or one of your recovery codes.",
            widget=forms.TextInput(attrs={**_CODE, "autofocus": True}),
        )

    def clean_code(self) -> str:
        """Check the code, once."""
        try:
            code: str = super().clean_code()
        except ValidationError as problem:
            _record_failure(self.user, problem, "code")
            raise
        use_up(self.user, code)
        return code


class AddAppForm(ActivateTOTPForm):
    """Prove that an authenticator app has taken the site's secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label="Code of the app", max_length=20, widget=forms.TextInput(attrs=_CODE)
        )

    def clean_code(self) -> str:
        """Check the code, which then opens no sign-in any more."""
        code: str = super().clean_code()
        use_up(self.user, code)
        return code


def _name_field() -> forms.CharField:
    return forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        required=False,
        help_text="To tell your passkeys apart, such as “laboratory computer”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SignByPasskeyForm(HostileCredential, AuthenticateWebAuthnForm):
    """The second factor while signing in, by a passkey."""

    def clean_credential(self) -> Authenticator:
        """Check the signature."""
        try:
            return super().clean_credential()
        except ValidationError as problem:
            _record_failure(self.user, problem, "passkey")
            raise


class SignInByPasskeyForm(HostileCredential, LoginWebAuthnForm):
    """Sign in by a passkey alone."""


class AddPasskeyForm(HostileCredential, AddWebAuthnForm):
    """Name a new passkey; the browser fills in the credential."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field()
        # Whether it can stand alone is for the passkey to say; nobody needs to know the word for it.
        self.fields.pop("passwordless", None)


class RenamePasskeyForm(EditWebAuthnForm):
    """Give a passkey another name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field()
        self.fields["name"].required = True


class ConfirmForm(HostileCredential, forms.Form):
    """Prove anew who one is: password and second factor, or a passkey that has asked for PIN or finger."""

    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label="Code",
        required=False,
        max_length=40,
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
        widget=forms.TextInput(attrs=_CODE),
    )
    credential = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.used: Authenticator | None = None
        rows = Authenticator.objects.filter(user=user)
        self.types = set(rows.values_list("type", flat=True))
        if not self.has_factor:
            del self.fields["code"]
        if Authenticator.Type.WEBAUTHN not in self.types:
            del self.fields["credential"]

    @property
    def has_factor(self) -> bool:
        """Return whether the account has a second factor to be asked for."""
        return bool(self.types - {Authenticator.Type.RECOVERY_CODES})

    @property
    def has_passkey(self) -> bool:
        """Return whether the account has a passkey."""
        return Authenticator.Type.WEBAUTHN in self.types

    def clean(self) -> dict[str, Any]:
        """Ask for everything that the account has."""
        values = super().clean() or {}
        if self.errors:
            return values
        if values.get("credential") and self._check_credential(values["credential"]):
            return values  # a passkey that knows its owner is two factors
        # The password first: a recovery code is not to be used up beside a wrong one.
        self._check_password(values.get("password", ""))
        if self.used is None and self.has_factor and not self.errors:
            self._check_code(values.get("code", ""))
        return values

    def save(self) -> None:
        """Note which factor was used."""
        if self.used is not None:
            post_authentication(context.request, self.used, reauthenticated=True)

    def _check_credential(self, credential: dict[str, Any]) -> bool:
        """Return whether nothing more is to be asked: the passkey wanted a PIN or a finger, or it is refused."""
        try:
            answer = webauthn.parse_authentication_response(credential)
            done = check_rate_limit(self.user)
            self.used = webauthn.complete_authentication(self.user, credential)
        except ValidationError as problem:
            _record_failure(self.user, problem, "passkey")
            self.add_error(None, problem)
            return True
        done()
        return bool(answer.response.authenticator_data.is_user_verified())

    def _check_code(self, code: str) -> None:
        if not code:
            self.add_error("code", "Enter a code too: this account has a second factor.")
            return
        form = SecondFactorForm({"code": code}, user=self.user)
        if not form.is_valid():
            self.add_error("code", form.errors["code"])
            return
        self.used = form.authenticator

    def _check_password(self, password: str) -> None:
        if self.errors:
            return
        if not password:
            self.add_error("password", "Enter your password.")
            return
        adapter = get_adapter(context.request)
        try:
            known = adapter.authenticate(context.request, email=self.user.email, password=password)
        except ValidationError as problem:  # too many attempts
            self.add_error(None, problem)
            return
        if known is None or known.pk != self.user.pk:
            self.add_error("password", "This is not your password.")
