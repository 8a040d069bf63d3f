from django.http import HttpRequest
from rest_framework.request import Request


def plain(request: Request) -> HttpRequest:
    """Return Django's own request inside the framework's."""
    inner: HttpRequest = request._request  # noqa: SLF001 - the framework's documented way, under a private name
    return inner
