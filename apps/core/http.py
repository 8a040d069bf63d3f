"""The one place where domain errors become answers, and the headers that no package sets."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from apps.core import disk
from apps.core.errors import DomainError

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def error_body(*, code: str, message: str, detail: Any = None) -> dict[str, Any]:
    """Return the JSON body that every error of the API has."""
    return {"error": {"code": code, "message": message, "detail": detail or {}}}


def wants_json(request: HttpRequest) -> bool:
    """Return whether an error is for a program: an address of the API, or JSON asked for by name."""
    if request.path.startswith("/api/"):
        return True
    return "application/json" in request.headers.get("Accept", "")


def known(error: Exception) -> Exception:
    """Return the domain's error for one that a full disk causes, whoever reports it; any other error as it is."""
    if isinstance(error, DomainError):
        return error
    refused = disk.refusal(error)
    if refused is None:
        return error
    logger.error("The disk is full", exc_info=error)
    return refused


class DomainErrorMiddleware:
    """Answer a domain error that a view let through, as a page or as JSON."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the answer for a domain error; leave every other exception alone."""
        exception = known(exception)
        if not isinstance(exception, DomainError):
            return None
        if wants_json(request):
            body = error_body(code=exception.code, message=exception.message, detail=exception.detail)
            return JsonResponse(body, status=exception.status)
        context = {"message": exception.message, "status": exception.status, "code": exception.code}
        response = render(request, "error.html", context, status=exception.status)
        if request.method == "GET" and request.headers.get("HX-Request") == "true" and exception.status < 500:
            # A poll that is refused would be repeated for ever: the page is to be loaded anew, and says why.
            response.headers["HX-Refresh"] = "true"
        return response


class SecureApiMiddleware:
    """Refuse requests of programs that come unencrypted to a site that speaks HTTPS.

    A page is led to HTTPS; a program that was led would go on sending its token in the clear, and nobody would notice.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, or refuse it."""
        if settings.SECURE_SSL_REDIRECT and request.path.startswith("/api/") and not request.is_secure():
            words = (
                "This site speaks HTTPS: use an address that begins with https. "
                "If you sent a token, end it and make another: this one went unencrypted."
            )
            return JsonResponse(error_body(code="https-required", message=words), status=403)
        return self.get_response(request)


class HeadersMiddleware:
    """Put the protecting headers on every answer: pages, data, errors, redirects, static files, probes.

    The outermost but for what counts and times requests, so that whatever answers gets them. What an answer says by
    itself stays: a stored picture brings a stricter policy and may be kept by the browser.
    """

    # What no page of ours uses is switched off, so that nothing injected can use it either.
    POLICY = (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), serial=(), usb=()"
    )
    DEFAULTS: Mapping[str, str] = {
        "Permissions-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        # Whoever uses the browser next must not find a page of the one before; static files say otherwise themselves.
        "Cache-Control": "private, no-store",
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add what is missing to the answer."""
        response = self.get_response(request)
        for name, value in self.DEFAULTS.items():
            response.headers.setdefault(name, value)
        return response
