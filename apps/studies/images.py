"""The answer that carries a case's picture to its reader: the same bytes around every picture.

Whoever calls has decided that this person may see this case now.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from apps.core import storage
from apps.core.errors import NotFound
from apps.studies.models import StudyCase

CONTENT_TYPE: Final = "image/jpeg"
CACHE: Final = "private, no-store, no-transform"
"""Nothing keeps it, nothing on the way compresses it: a reader's browser holds the next picture in memory."""

HEADERS: Final = {
    "Cache-Control": CACHE,
    "Accept-Ranges": "none",
    "Content-Disposition": "inline",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": storage.SANDBOX,
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOT_HERE: Final = "There is no image at this address."


def respond(request: HttpRequest, case: StudyCase) -> HttpResponse:
    """Return the picture of a case, whole: no tag, no time, no name, no ranges, one length within a study.

    It is read whole before the answer begins, so that the time it takes is that of one small file, whichever it is.

    Raises:
        NotFound: there is no picture, with the same words for whatever reason.
    """
    if not case.image:
        raise NotFound(NOT_HERE)
    try:
        with storage.open_key(case.image) as stream:
            data = stream.read()
    except NotFound:
        raise NotFound(NOT_HERE) from None
    response = HttpResponse(b"" if request.method == "HEAD" else data, content_type=CONTENT_TYPE)
    response.headers["Content-Length"] = str(len(data))
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
