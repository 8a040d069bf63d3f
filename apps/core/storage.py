"""Files under opaque names: what they were called, and whose they are, only the database knows."""

import os
import re
import secrets
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified

from apps.core.errors import InvalidInput, NotFound

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*/[a-z0-9_-]+(\.[a-z0-9]+)?")
_PART = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,16})?")

# A picture opened by its own address must not run anything, whatever its bytes are.
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"
IMMUTABLE = "private, max-age=31536000, immutable"


def new_key(prefix: str, suffix: str) -> str:
    """Return a name never given before, such as ``fields/ab/<32 hex>.png``; it tells nothing about the file.

    Args:
        prefix: Folder below the store, lower case, ``a/b`` allowed.
        suffix: File extension with its dot, or nothing.
    """
    prefix = prefix.strip("/")
    if not _PART.fullmatch(prefix) or not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"Not a place for files: {prefix!r}, {suffix!r}.")
    name = secrets.token_hex(16)
    return f"{prefix}/{name[:2]}/{name}{suffix}"


def path_of(key: str) -> Path:
    """Return where a key's file lies, for code that needs a path (a decoder in a child process).

    Raises:
        ValueError: when the key could not have come from here.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"Not a key of the store: {key!r}.")
    return Path(settings.MEDIA_ROOT) / key


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save_bytes(key: str, data: bytes) -> None:
    """Store bytes so that after a power cut there is the whole file or none.

    Written under a temporary name, forced to disk, then renamed.
    """
    target = path_of(key)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def open_key(key: str) -> BinaryIO:
    """Open a stored file for reading.

    Raises:
        NotFound: when there is no such file.
    """
    try:
        return path_of(key).open("rb")
    except FileNotFoundError:
        raise NotFound("The file of this object is missing from the store.", code="file-missing") from None


def delete_key(key: str) -> None:
    """Remove a stored file; one that is not there is no error."""
    path_of(key).unlink(missing_ok=True)


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


def serve(
    request: HttpRequest,
    key: str,
    content_type: str,
    *,
    download_name: str | None = None,
    cache: str = IMMUTABLE,
) -> HttpResponse | FileResponse | HttpResponseNotModified:
    """Answer with a stored file, telling nothing but its pixels: no time, no tag, no name.

    The caller has asked who may see it. Without ``download_name`` the browser shows it in the page.

    Raises:
        NotFound: when there is no such file.
    """
    disposition = _attachment(download_name) if download_name else "inline"
    stream = open_key(key)
    if request.method == "HEAD":
        response: HttpResponse | FileResponse = HttpResponse(content_type=content_type)
        response.headers["Content-Length"] = str(os.fstat(stream.fileno()).st_size)
        stream.close()
    else:
        size = os.fstat(stream.fileno()).st_size
        response = FileResponse(stream, content_type=content_type)
        response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = cache
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
