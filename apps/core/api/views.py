"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI document; the same for everybody, and made once, since making it takes a second."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


class SchemaView(APIView):
    """The OpenAPI document."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """Return the document (OpenAPI 3.1)."""
        return Response(document())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the document as a page on which requests can be tried out."""
    return render(request, "core/api_docs.html")
