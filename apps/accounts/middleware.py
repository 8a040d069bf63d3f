"""What happens to a request of somebody who is not, or not any more, signed in."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

SIGNED_OUT = "You were signed out, so what you sent was not saved. Sign in and send it again."


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
