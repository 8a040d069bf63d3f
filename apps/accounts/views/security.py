"""How one's own account is protected: password, second factors, and where one is signed in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import audit_trail, factors, own_account, services
from apps.accounts.confirm import confirmed_only, used_second_factor
from apps.accounts.mfa import passkeys_work_here
from apps.accounts.permissions import person
from apps.accounts.sessions import SessionStore


@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """Show what protects the account, its sessions, and what happened to it of late."""
    user = person(request)
    here = request.session.public_id if isinstance(request.session, SessionStore) else None
    context = {
        "factors": own_account.factors_of(user),
        "must_set_up": factors.is_required_of(user) and not used_second_factor(request),
        "passkeys_work": passkeys_work_here(),
        "sessions": own_account.sessions_of(user, here=here),
        "events": audit_trail.of_account(user),
    }
    return render(request, "accounts/security.html", context)


@require_POST
@confirmed_only
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Sign out one other browser."""
    services.end_own_session(user=person(request), public_id=session_id, request=request)
    messages.success(request, "That browser is signed out.")
    return redirect("mfa_index")


@require_POST
@confirmed_only
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    ended = services.end_other_sessions(user=person(request), request=request)
    words = "You were signed in nowhere else." if not ended else "You are signed out everywhere else."
    messages.success(request, words)
    return redirect("mfa_index")
