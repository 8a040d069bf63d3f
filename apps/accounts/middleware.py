"""What happens to a request of somebody who is not signed in, not any more, or not well enough."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts import factors
from apps.accounts.audit import client_address
from apps.accounts.confirm import has_initial_password, used_second_factor
from apps.accounts.sessions import SessionStore
from apps.core.http import error_body, wants_json

logger = logging.getLogger(__name__)

SIGNED_OUT = "You were signed out, so what you sent was not saved. Sign in and send it again."
CONFIRM = "Confirm that it is you. What you asked for has not been done yet: ask for it again afterwards."
FACTOR_NEEDED = "This site asks for a second factor: set one up to go on."
CHOOSE_YOUR_OWN = (
    "Choose a password of your own to go on: the one that the site made up has been on a screen."
)

# Where an administrator without the second factor that the site asks for may go, to set one up or to leave.
OPEN_WITHOUT_FACTOR = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "account_reauthenticate",
        "account_change_password",
        "account_logout",
    }
)


class ActivityMiddleware:
    """Keep a session alive while its person works, and know when and from where that was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then note the request if a person made it."""
        response = self.get_response(request)
        session = request.session
        if isinstance(session, SessionStore) and _is_a_persons_act(request) and request.user.is_authenticated:
            try:
                session.touch(address=client_address(request))
            except Error:
                # On a full disk nothing can be noted. The person got an answer, and shall have it.
                logger.warning("When a person was last at work could not be noted", exc_info=True)
        return response


def _is_a_persons_act(request: HttpRequest) -> bool:
    """Return False for what a page asks by itself while nobody may be there: reading by a script, that is, polling."""
    if request.method not in {"GET", "HEAD"}:
        return True
    return request.headers.get("Sec-Fetch-Dest") != "empty" and "HX-Request" not in request.headers


class SecondFactorMiddleware:
    """Lead where more proof is wanted: to the setting up of a second factor, or to confirming who one is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Let a person who has not finished setting up the account go nowhere but to the pages for that."""
        open_to_all = not getattr(view, "login_required", True)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if open_to_all or name in OPEN_WITHOUT_FACTOR:
            return None
        if request.user.is_authenticated and has_initial_password(request):
            address = reverse("account_change_password")
            return _lead(request, address, code="initial-password", words=CHOOSE_YOUR_OWN)
        if not factors.is_required_of(request.user):
            return None
        if used_second_factor(request):
            return None
        return _lead(request, reverse("mfa_index"), code="second-factor", words=FACTOR_NEEDED)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer an act that wants a fresh proof; what was sent is not kept, as a session is no place for it."""
        if not isinstance(exception, ReauthenticationRequired):
            return None
        back = request.get_full_path() if request.method in {"GET", "HEAD"} else _page_before(request)
        address = f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"
        return _lead(request, address, code="confirm", words=CONFIRM)


def _lead(request: HttpRequest, address: str, *, code: str, words: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(error_body(code=code, message=words), status=403)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"HX-Redirect": address})
    if request.method not in {"GET", "HEAD"} or code == "initial-password":
        messages.warning(request, words)
    return redirect(address)


class SignInMiddleware(LoginRequiredMiddleware):
    """Lead to the sign-in page in the way that suits the request, and back to a page afterwards."""

    # The stubs promise a redirect; Django hands on any response.
    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:  # type: ignore[override]
        """Return the answer to somebody who is not signed in."""
        if request.headers.get("HX-Request") == "true":
            # A fragment: following a redirect would put the sign-in page into the middle of the page.
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        # An address that only takes what is sent cannot be gone back to; the page it was sent from can.
        messages.warning(request, SIGNED_OUT)
        return redirect_to_login(_page_before(request), self.get_login_url(view_func))


def _page_before(request: HttpRequest) -> str:
    """Return the page of ours that a form was sent from, else the home page."""
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(before)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
