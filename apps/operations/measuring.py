"""Requests counted and timed, in one sum for all web processes of a server.

Each process counts in a file that the others can read (``prometheus_client``'s multiprocess mode), so whichever is
asked answers for all.
"""

import logging
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

from apps.core import context
from apps.operations.shared_memory import server_folder

logger = logging.getLogger("wbcweb.requests")

_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Seconds; the promises to people (50, 100, 200, 300 ms, 1 s, 2 s) are among them.
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Requests:
    """The figures of this process's requests."""

    def __init__(self, folder: Path) -> None:
        os.environ[_VARIABLE] = str(folder)
        # The package would look for the variable when it is first imported, whoever that was.
        values.ValueClass = values.MultiProcessValue()
        own = CollectorRegistry()
        self.folder = folder
        self._counted = Counter(
            "wbcweb_http_requests", "Requests answered.", ("method", "route", "status"), registry=own
        )
        self._timed = Histogram(
            "wbcweb_http_request_seconds",
            "Time from the request to the beginning of its answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=own,
        )

    def add(self, request: HttpRequest, status: int, seconds: float) -> None:
        """Count one answered request."""
        method = request.method if request.method in _METHODS else "OTHER"
        route = context.route_of(request)
        self._counted.labels(method, route, str(status)).inc()
        self._timed.labels(method, route).observe(seconds)

    def collector(self) -> MultiProcessCollector:
        """Return what reads the figures of all processes."""
        return MultiProcessCollector(None, path=str(self.folder))


@cache
def requests() -> Requests:
    """Return the figures of this process, made on first use."""
    return Requests(server_folder("requests"))


class MeasureMiddleware:
    """Count and time every request, and write a line about it where machines read the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        requests()  # now, so that no request waits for it

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and count its answer."""
        begin = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - begin
        requests().add(request, response.status_code, seconds)
        fields = {
            "method": request.method,
            "route": context.route_of(request),
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        }
        logger.info("%(method)s %(route)s: %(status)s in %(ms)s ms", fields, extra={"fields": fields})
        return response
