"""Put sign-in, failed sign-in, sign-out and change of password on record, whichever way they happen."""

from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.confirm import note_own_password, note_sign_in, ways_of_signing_in
from apps.accounts.models import User, UserManager
from apps.accounts.services.sessions import end_sessions
from apps.accounts.sessions import SessionStore


def record_failure(request: HttpRequest | None, *, email: str, reason: str) -> None:
    """Put a failed attempt on record.

    What was typed is not kept: people type passwords into the wrong field. A known address is kept as its account.
    """
    user = User.objects.filter(email=UserManager.normalize_email(email)).first()
    audit.record(
        actor=None,
        verb="sign-in-failed",
        target=f"user:{user.public_id}" if user else "",
        detail={"reason": reason if user else f"{reason}, no such account"},
        request=request,
    )


@receiver(user_logged_in, dispatch_uid="accounts.signed-in")
def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    if isinstance(request.session, SessionStore):
        browser = request.headers.get("User-Agent", "")
        request.session.begin(address=audit.client_address(request), browser=browser)
    note_sign_in(request, user)
    audit.record(
        actor=user,
        verb="signed-in",
        target=f"user:{user.public_id}",
        detail={"with": ways_of_signing_in(request, user) or None},
        request=request,
    )


@receiver(user_login_failed, dispatch_uid="accounts.sign-in-failed")
def _sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    email = str(credentials.get("email") or credentials.get("username") or "")
    record_failure(request, email=email, reason="refused")


@receiver(user_logged_out, dispatch_uid="accounts.signed-out")
def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        audit.record(actor=user, verb="signed-out", target=f"user:{user.public_id}", request=request)


@receiver(password_changed, dispatch_uid="accounts.password-changed")
def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    # Whoever holds an older link could set the password back to one of theirs.
    user.links.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
    end_sessions(user=user, but=request)
    User.objects.filter(pk=user.pk).update(password_is_initial=False)
    note_own_password(request)
    audit.record(actor=user, verb="password-changed", target=f"user:{user.public_id}", request=request)
