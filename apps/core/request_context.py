"""Give every request an id, which stands in the log's lines, on error pages and in the answer."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from apps.core import context

HEADER: Final = "X-Request-Id"


class RequestContextMiddleware:
    """Work for the request, under the id that it brought or a new one, until it is answered.

    First of all, so that whatever goes wrong behind it is logged with the id.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, and return its id with the answer."""
        identifier = context.sane_request_id(request.headers.get(HEADER))
        request.request_id = identifier  # type: ignore[attr-defined]  # for what is logged after the answer
        with context.of_request(identifier, request):
            response = self.get_response(request)
        response.headers[HEADER] = identifier
        return response
