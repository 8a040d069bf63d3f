from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as framework_handler

from apps.core.errors import DomainError
from apps.core.http import error_body, known

_WORDS = {
    403: "You may not do this.",
    404: "There is nothing here.",
    405: "This address does not take such a request.",
    406: "The API answers in JSON; the request accepts something else only.",
    415: "This address does not take a body of this content type.",
    429: "Too many requests. Wait a little, then go on.",
}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every error of the API in one form: ``{"error": {"code", "message", "detail"}}``."""
    exc = known(exc)
    if isinstance(exc, DomainError):
        return Response(error_body(code=exc.code, message=exc.message, detail=exc.detail), status=exc.status)
    if isinstance(exc, RequestDataTooBig):
        return Response(error_body(code="too-large", message="The request is too large."), status=413)
    if isinstance(exc, SuspiciousOperation | BadRequest | MultiPartParserError):
        return Response(error_body(code="invalid", message="The request cannot be read."), status=400)
    response = framework_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        problems = exc.detail if isinstance(exc.detail, dict) else {"problems": exc.detail}
        response.data = error_body(code="invalid", message=_sentence(problems), detail=problems)
        return response
    detail = getattr(exc, "detail", None)
    code = getattr(detail, "code", None) or {403: "permission-denied", 404: "not-found"}.get(
        response.status_code, "error"
    )
    # What the framework says of these four is written for its own pages, and names classes and media types.
    said = None if response.status_code in {404, 405, 406, 415} else detail
    message = str(said) if isinstance(said, str) and said else _WORDS.get(response.status_code, "")
    more: dict[str, Any] = {}
    if isinstance(exc, exceptions.Throttled):
        message = _WORDS[429]
        more = {"retry_after": int(exc.wait or 0)}
    response.data = error_body(
        code=str(code).replace("_", "-"), message=message or "This is refused.", detail=more
    )
    return response


def _sentence(detail: dict[str, Any]) -> str:
    """Return the general sentence and the first of the particular ones."""
    name, problem = next(iter(detail.items()), ("", ""))
    while isinstance(problem, dict | list) and problem:
        problem = next(iter(problem.values())) if isinstance(problem, dict) else problem[0]
    general = "Some of what was sent makes no sense"
    if not problem:
        return f"{general}."
    of = "" if name in {"non_field_errors", "problems"} else f"{name}: "
    return f"{general}: {of}{str(problem).rstrip('.')}."
