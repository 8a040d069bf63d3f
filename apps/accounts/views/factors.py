"""Setting up, using and removing second factors: allauth's views with our forms, rules and record."""

import json
from typing import Any

from allauth.account.views import BaseReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe
from fido2.webauthn import ResidentKeyRequirement

from apps.accounts import audit, factors
from apps.accounts.confirm import note_confirmed, note_second_factor
from apps.accounts.factor_forms import ConfirmForm
from apps.accounts.mfa import passkeys_work_here
from apps.accounts.permissions import person
from apps.core.errors import Conflict

SECURITY = reverse_lazy("mfa_index")
# Before allauth's own order of checks, which answers other methods with whatever comes first.
page = require_http_methods(["GET", "HEAD", "POST"])
secret = method_decorator([sensitive_post_parameters(), sensitive_variables()], name="dispatch")


def _record(request: HttpRequest, verb: str, factor: str) -> None:
    user = person(request)
    target = f"user:{user.public_id}"
    audit.record(actor=user, verb=verb, target=target, detail={"factor": factor}, request=request)


def _removed(request: HttpRequest, factor: str) -> None:
    _record(request, "second-factor-removed", factor)
    if not factors.has_second_factor(request.user):
        note_second_factor(request, present=False)


def _challenge(values: dict[str, Any]) -> str:
    """Return what the browser is to ask the passkey, as JSON for an attribute."""
    data = values.get("js_data") or {}
    return json.dumps(data.get("request_options") or data.get("creation_options"), cls=DjangoJSONEncoder)


@secret
class SecondFactorView(AuthenticateView):
    """Ask for the second factor while somebody signs in."""

    template_name = "accounts/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which ways the account has."""
        values: dict[str, Any] = super().get_context_data(**kwargs)
        types = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return values | {"has_passkey": Authenticator.Type.WEBAUTHN in types, "challenge": _challenge(values)}


@method_decorator(login_not_required, name="dispatch")
class SignInByPasskeyView(LoginWebAuthnView):
    """Sign in with a passkey that knows its owner, without a password."""


@secret
class AddAppView(ActivateTOTPView):
    """Show the secret as a picture and wait for a first code."""

    template_name = "accounts/add_app.html"

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the factor together with its record."""
        response: HttpResponse = super().form_valid(form)
        note_second_factor(self.request, present=True)
        _record(self.request, "second-factor-added", "app")
        return response


class RemoveAppView(DeactivateTOTPView):
    """Remove the authenticator app."""

    template_name = "accounts/remove_factor.html"
    extra_context = {"what": "authenticator app"}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Remove the factor together with its record."""
        response: HttpResponse = super().form_valid(form)
        _removed(self.request, "app")
        return response


@secret
class AddPasskeyView(AddWebAuthnView):
    """Let the browser make a passkey."""

    template_name = "accounts/add_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask for one that can be found without a name being typed, where the device has room for it."""
        values: dict[str, Any] = super().get_context_data(**kwargs)
        wanted = dict(values["js_data"]["creation_options"]["publicKey"]["authenticatorSelection"])
        wanted["residentKey"] = ResidentKeyRequirement.PREFERRED.value
        values["js_data"]["creation_options"]["publicKey"]["authenticatorSelection"] = wanted
        return values | {"works_here": passkeys_work_here(), "challenge": _challenge(values)}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the factor together with its record."""
        response: HttpResponse = super().form_valid(form)
        note_second_factor(self.request, present=True)
        _record(self.request, "second-factor-added", "passkey")
        return response


class RenamePasskeyView(EditWebAuthnView):
    """Give a passkey another name."""

    template_name = "accounts/rename_passkey.html"
    success_url = SECURITY


class RemovePasskeyView(RemoveWebAuthnView):
    """Remove a passkey."""

    template_name = "accounts/remove_factor.html"
    success_url = SECURITY
    extra_context = {"what": "passkey"}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Remove the factor together with its record.

        Raises:
            Conflict: for the last factor of an administrator who must have one.
        """
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            raise Conflict(str(adapter.error_messages["cannot_delete_authenticator"]), code="last-factor")
        response: HttpResponse = super().form_valid(form)
        _removed(self.request, "passkey")
        return response


class RecoveryCodesView(ViewRecoveryCodesView):
    """Show the recovery codes, this once."""

    template_name = "accounts/recovery_codes.html"


class NewRecoveryCodesView(GenerateRecoveryCodesView):
    """Make new recovery codes; the old ones open nothing any more."""

    template_name = "accounts/new_recovery_codes.html"

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Make the codes together with the record."""
        response: HttpResponse = super().form_valid(form)
        _record(self.request, "recovery-codes-made", "recovery codes")
        return response


@secret
class ConfirmView(BaseReauthenticateView):
    """Ask for everything the account has before an act that matters."""

    form_class = ConfirmForm
    template_name = "accounts/confirm.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form who is asked."""
        return {**super().get_form_kwargs(), "user": person(self.request)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Bring the challenge that a passkey answers."""
        values: dict[str, Any] = super().get_context_data(**kwargs)
        if values["form"].has_passkey:
            values["js_data"] = {"request_options": webauthn.begin_authentication(person(self.request))}
            values["challenge"] = _challenge(values)
        return values

    def form_valid(self, form: ConfirmForm) -> HttpResponse:
        """Go on to what the person wanted, in a session with a new key."""
        form.save()
        note_confirmed(self.request)
        if form.used is not None:
            note_second_factor(self.request, present=True)
        messages.success(self.request, "Confirmed for the next ten minutes.")
        response: HttpResponse = super().form_valid(form)
        return response

    def get_default_success_url(self) -> str:
        """Go to the security page when nothing else was wanted."""
        return str(SECURITY)


second_factor = page(SecondFactorView.as_view())
sign_in_by_passkey = page(SignInByPasskeyView.as_view())
add_app = page(AddAppView.as_view())
remove_app = page(RemoveAppView.as_view())
add_passkey = page(AddPasskeyView.as_view())
rename_passkey = page(RenamePasskeyView.as_view())
remove_passkey = page(RemovePasskeyView.as_view())
recovery_codes = require_safe(RecoveryCodesView.as_view())
new_recovery_codes = page(NewRecoveryCodesView.as_view())
confirm = page(ConfirmView.as_view())
