"""Answers where no view of ours has a say: an address that is nobody's, a request that cannot be read, a fault.

The API's are JSON like all its others; pages get Django's own, drawn by ``templates/<status>.html``.
"""

from inspect import unwrap
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from apps.core.http import error_body

# Django wraps its own so that they look for the token against forgery in what was sent. Where that cannot be read, the
# answer to the fault would be another fault, and nobody would answer.
_BAD_REQUEST = unwrap(defaults.bad_request)
_FORBIDDEN = unwrap(defaults.permission_denied)
_NOT_FOUND = unwrap(defaults.page_not_found)
_SERVER_ERROR = unwrap(defaults.server_error)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return _json(request, 400, "invalid", "The request cannot be read.") or _BAD_REQUEST(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _json(request, 403, "permission-denied", "You may not do this.") or _FORBIDDEN(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    words = "There is no such address in the API. /api/v1/docs/ lists those that there are."
    return _json(request, 404, "not-found", words) or _NOT_FOUND(request, exception)


def server_error(request: HttpRequest, *_: Any) -> HttpResponse:
    """Answer 500."""
    words = "Something went wrong here, and is in the site's log. Nothing of your request was kept."
    return _json(request, 500, "server-error", words) or _SERVER_ERROR(request)


def _json(request: HttpRequest, status: int, code: str, message: str) -> JsonResponse | None:
    if not request.path.startswith("/api/"):
        return None
    return JsonResponse(error_body(code=code, message=message), status=status)
