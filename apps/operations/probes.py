"""The three addresses that programs ask: does the process live, can it serve, how is it doing."""

import hmac
import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.operations.readiness import readiness

_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the framework's signature
    """Answer that the process lives; touches nothing, so that no trouble elsewhere gets it restarted."""
    return HttpResponse("live\n", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - as above
    """Answer with one word for each part; 503 when a part is amiss without which pages cannot be served."""
    found = readiness()
    return JsonResponse({"status": found.word, **found.parts}, status=503 if found.failing else 200)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the site's figures in the text format of Prometheus, to those who may have them."""
    refused = _refusal(request)
    if refused is not None:
        return refused
    from apps.operations.exposition import CONTENT_TYPE, exposition

    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to somebody who may not see the figures, None for others.

    With a token it is asked for from everybody. Without one only this machine itself is answered, and only while no
    proxy stands before the site: through a proxy everybody seems to be this machine.
    """
    token = settings.WBCWEB_METRICS_TOKEN
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
            return None
        return _plain(
            "The figures need the token of WBCWEB_METRICS_TOKEN.\n", 401, {"WWW-Authenticate": "Bearer"}
        )
    forwarded = settings.WBCWEB_TRUSTED_PROXIES or any(name in request.META for name in _FORWARDED)
    if not forwarded and _is_this_machine(request.META.get("REMOTE_ADDR", "")):
        return None
    return _plain("From elsewhere the figures need a token: set WBCWEB_METRICS_TOKEN.\n", 403)


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False  # a Unix socket has no address: at its other end is a proxy


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)


_PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/live": live,
    "/ready": ready,
    "/metrics": metrics,
}


class ProbeMiddleware:
    """Answer probes before anything else looks at the request.

    A probe comes by address instead of by name, without HTTPS, and without a session: the rules for people's
    requests, which stand behind this, would turn it away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe, pass on what is none."""
        probe = _PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        response = probe(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
