"""What the present thread works for: the request, and the job. Logs and error pages ask here.

Standard library only, because the settings' logging needs it before anything else is loaded.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_request: ContextVar[Any] = ContextVar("request", default=None)
_job: ContextVar[dict[str, Any] | None] = ContextVar("job", default=None)


def sane_request_id(given: str | None) -> str:
    """Return a request id that came from outside when it is one, else a new one.

    Letters, digits, dot, dash and underscore, 8 to 64 of them: nothing that could forge a line of a log.
    """
    return given if given and _SANE.fullmatch(given) else secrets.token_hex(16)


def request_id() -> str:
    """Return the id of the request that is being worked for, an empty text when there is none."""
    return _request_id.get()


def fields(request: Any = None) -> dict[str, Any]:
    """Return what is known of the present work, for a line of a log: request id, user, job and attempt.

    A user is the number of the account, and only one that has been looked up anyway: logging asks no database.

    Args:
        request: The request a line is about, for one written when its work has ended already.
    """
    found: dict[str, Any] = {}
    identifier = _request_id.get() or getattr(request, "request_id", "")
    if identifier:
        found["request_id"] = identifier
    user = _user_of(_request.get() or request)
    if user is not None:
        found["user"] = user
    return found | (_job.get() or {})


@contextmanager
def of_request(identifier: str, request: Any = None) -> Iterator[None]:
    """Work for a request while the block runs."""
    id_token, request_token = _request_id.set(identifier), _request.set(request)
    try:
        yield
    finally:
        _request_id.reset(id_token)
        _request.reset(request_token)


@contextmanager
def of_job(
    *, job: str, kind: str, attempt: int, request_id: str = "", user: int | None = None
) -> Iterator[None]:
    """Work for one attempt of a job while the block runs.

    Args:
        job: Its public name.
        kind: What kind of job.
        attempt: Which attempt.
        request_id: Of the web request that asked for the job.
        user: Number of the account that asked.
    """
    values: dict[str, Any] = {"job": job, "kind": kind, "attempt": attempt}
    if user is not None:
        values["user"] = user
    id_token, job_token = _request_id.set(request_id), _job.set(values)
    try:
        yield
    finally:
        _request_id.reset(id_token)
        _job.reset(job_token)


def route_of(request: Any) -> str:
    """Return the pattern of a request's address, such as ``slides/<uuid:slide_id>/``: never what stood in its place."""
    match = getattr(request, "resolver_match", None)
    if match is not None:
        return match.route or "/"
    return "static" if request.path.startswith("/static/") else "unknown"


def _user_of(request: Any) -> int | None:
    """Return the number of a request's person when that is known already."""
    values = getattr(request, "__dict__", {})
    for name in ("_cached_user", "user"):  # Django's lazy lookup, or what a token's authentication set
        person = values.get(name)
        # A lazy object that nobody has asked yet keeps its person to itself.
        known = getattr(person, "__dict__", {}).get("id")
        if isinstance(known, int):
            return known
    return None
