"""Send stored files to browsers."""

from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified

from apps.core.errors import InvalidInput
from apps.core.storage.store import Store

# A picture opened by its own address must not run anything, whatever its bytes are.
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"
IMMUTABLE = "private, max-age=31536000, immutable"


class StoredFile(FileResponse):
    """A stored file, read in pieces that suit a network."""

    block_size = 1 << 16


def answer(
    store: Store,
    request: HttpRequest,
    key: str,
    content_type: str,
    *,
    download_name: str | None,
    cache: str,
) -> HttpResponse | FileResponse | HttpResponseNotModified:
    """Answer with a stored file; see ``storage.serve``."""
    disposition = _attachment(download_name) if download_name else "inline"
    if request.method == "HEAD":
        response: HttpResponse | FileResponse = HttpResponse(content_type=content_type)
        response.headers["Content-Length"] = str(store.size(key))
    else:
        opened = store.stream(key)
        response = StoredFile(opened.stream, content_type=content_type)
        response.headers["Content-Length"] = str(opened.size)
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = cache
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _attachment(download_name: str) -> str:
    if not download_name or any(ord(character) < 32 for character in download_name) or "/" in download_name:
        raise InvalidInput("This is not a name for a file.")
    plain = (
        download_name.encode("ascii", "replace")
        .decode()
        .replace("\\", "_")
        .replace('"', "_")
        .replace("?", "_")
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(download_name)}"
