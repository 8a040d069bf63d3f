"""Ask for every picture as a reader's browser would, and write down everything that comes but the picture itself."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from apps.core import storage
from apps.core.http import HeadersMiddleware
from apps.studies import images
from apps.studies.models import StudyCase
from apps.studies.normalise.rendering import padding_key
from ml.images.container import picture_bytes, read_container
from ml.images.normalise import padding

FREE = ("address of", "code", "row", "number", "name in the store")
"""Beginnings of names of what is another for each picture by design: it must only not go with the arm."""


def is_free(name: str) -> bool:
    """Return whether a value may be another for each picture."""
    return name.startswith(FREE)


def observe(cases: Sequence[StudyCase]) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Return what is to be seen of each case apart from its picture, and the pictures."""
    folders = {case.image.rpartition("/")[0].rpartition("/")[0] for case in cases}
    stored = {entry.key: entry for folder in sorted(folders) for entry in storage.entries(folder)}
    rows, bodies = [], []
    for case in cases:
        answer = ask(case)
        body = _body(answer)
        row = {**_answered("", answer, body), **_container(case, body)}
        for name, environ in _OTHER_WAYS:
            other = ask(case, **environ)
            row |= _answered(f"{name}: ", other, _body(other))
        entry = stored.get(case.image)
        folder, _, name = case.image.rpartition("/")
        row |= {
            "row": case.pk,
            "number": case.number,
            "code": int(case.code, 16),
            "folder in the store": folder.rpartition("/")[0],
            "ending in the store": name.rpartition(".")[2],
            "name in the store": int(name.partition(".")[0], 16),
            "size in the store": entry.size if entry else None,
            "time in the store": entry.modified.isoformat() if entry and _keeps_times() else "",
            "bytes are those that were made": hashlib.sha256(body).hexdigest() == case.image_digest,
        }
        rows.append(row)
        bodies.append(body)
    return rows, bodies


def times(cases: Iterable[StudyCase], *, rounds: int, seed: int) -> list[tuple[int, float]]:
    """Return (key of the case, seconds its answer took), every case so often, in an order that mixes them."""
    order = [case for case in cases for _ in range(rounds)]
    random.Random(seed).shuffle(order)  # noqa: S311 - which is asked first, nothing secret
    found = []
    for case in order:
        begun = time.perf_counter()
        ask(case)
        found.append((case.pk, time.perf_counter() - begun))
    return found


def ask(case: StudyCase, *, method: str = "GET", **environ: str) -> HttpResponseBase:
    """Return the answer that carries a case's picture, with the headers that the site puts on every answer."""
    request = WSGIRequest(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(),
            "HTTP_ACCEPT_ENCODING": "gzip, br, zstd",
            **environ,
        }
    )
    return HeadersMiddleware(lambda asked: images.respond(asked, case))(request)


_OTHER_WAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("headers alone", {"method": "HEAD"}),
    ("a part", {"HTTP_RANGE": "bytes=0-99"}),
    (
        "if changed",
        {"HTTP_IF_NONE_MATCH": "*", "HTTP_IF_MODIFIED_SINCE": "Fri, 31 Dec 2100 23:59:59 GMT"},
    ),
)


def _answered(way: str, answer: HttpResponseBase, body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"{way}status": answer.status_code,
        f"{way}order of headers": " ".join(answer.headers),
        f"{way}bytes": len(body),
    }
    for name, value in answer.headers.items():
        found[f"{way}header {name}"] = value
    return found


def _container(case: StudyCase, body: bytes) -> dict[str, Any]:
    try:
        found = read_container(body).as_json()
    except ValueError as problem:
        return {"file: ": str(problem)}
    after = body[picture_bytes(body) :]
    if after == padding(len(after), padding_key(case.study.seed, case.code)):
        found["tail"] = "the padding of the case"
    return {f"file: {name}": value for name, value in found.items()}


def _body(answer: HttpResponseBase) -> bytes:
    return answer.content if isinstance(answer, HttpResponse) else b""


def _keeps_times() -> bool:
    return isinstance(storage.current(), storage.LocalStore)
