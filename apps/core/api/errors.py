from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from apps.core.errors import DomainError
from apps.core.http import error_body


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every error of the API in one form: ``{"error": {"code", "message", "detail"}}``."""
    if isinstance(exc, DomainError):
        return Response(error_body(code=exc.code, message=exc.message, detail=exc.detail), status=exc.status)
    response = framework_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        response.data = error_body(
            code="invalid",
            message="Some of what was sent makes no sense.",
            detail=exc.detail if isinstance(exc.detail, dict) else {"problems": exc.detail},
        )
        return response
    detail = getattr(exc, "detail", None)
    code = getattr(detail, "code", None) or {403: "permission_denied", 404: "not_found"}.get(
        response.status_code
    )
    message = str(detail) if isinstance(detail, str) else "There is nothing here."
    if response.status_code == 403 and detail is None:
        message = "You may not do this."
    response.data = error_body(code=str(code or "error").replace("_", "-"), message=message)
    return response
