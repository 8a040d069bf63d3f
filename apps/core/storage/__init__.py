"""Files under opaque names: what they were called, and whose they are, only the database knows.

They lie in the data folder, or in a bucket when the site names one. Everything that reads or writes a stored file goes
through these functions, so that no room knows which. Keys come from ``new_key``; any other name is a ``ValueError``.
All functions raise ``StoreAway`` when the store does not answer, and ``OSError`` when the local disk fails.
"""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified

from apps.core.storage.keys import checked, folder, new_key
from apps.core.storage.local import LocalStore
from apps.core.storage.s3 import Bucket, S3Store
from apps.core.storage.serving import IMMUTABLE, SANDBOX, answer
from apps.core.storage.store import Entry, Incoming, Store, StoreAway

__all__ = [
    "IMMUTABLE",
    "SANDBOX",
    "Bucket",
    "Entry",
    "Incoming",
    "LocalStore",
    "S3Store",
    "Store",
    "StoreAway",
    "current",
    "delete_folder",
    "delete_key",
    "entries",
    "every_key",
    "forget_time",
    "local_copy",
    "new_key",
    "open_key",
    "problem",
    "receive",
    "remove_unfinished",
    "save_bytes",
    "save_stream",
    "serve",
]


def current() -> LocalStore | S3Store:
    """Return the store that the site's settings name."""
    where: dict[str, Any] | None = settings.WBCWEB_S3
    if where is None:
        return LocalStore(Path(settings.MEDIA_ROOT))
    return S3Store(Bucket(**where))


def save_bytes(key: str, data: bytes) -> None:
    """Store bytes: the whole file or none, whatever happens; an earlier file of this key is replaced."""
    current().save(checked(key), io.BytesIO(data))


def save_stream(key: str, stream: IO[bytes]) -> None:
    """Store what a seekable stream holds, from its beginning; otherwise as ``save_bytes``."""
    current().save(checked(key), stream)


def receive(key: str) -> Incoming:
    """Begin to store a file that comes piece by piece; see ``Incoming``."""
    return current().incoming(checked(key))


def open_key(key: str) -> IO[bytes]:
    """Open a stored file for reading and seeking.

    Raises:
        NotFound: when there is no such file.
    """
    return current().open(checked(key))


def local_copy(key: str) -> AbstractContextManager[Path]:
    """Give a path at which the file can be read while the block runs, for code that needs one (a decoder).

    Raises:
        NotFound: when there is no such file.
    """
    return current().local_copy(checked(key))


def delete_key(key: str) -> None:
    """Remove a stored file that no row names any more; one that is not there is no error.

    While a backup is made it stays, and is removed afterwards; see ``apps.core.disposal``.
    """
    from apps.core import disposal

    if not disposal.put_off([checked(key)]):
        current().delete(key)


def delete_folder(prefix: str) -> None:
    """Remove every file below a folder of the store; never the whole store. Otherwise as ``delete_key``."""
    from apps.core import disposal

    below = folder(prefix)
    if not below:
        raise ValueError("The whole store is not to be removed.")
    if not disposal.put_off(every_key(below)):
        current().delete_folder(below)


def forget_time(key: str) -> None:
    """Give a stored file the one time that all such files have, where the store lets it: a bucket keeps its own.

    For files of which nobody is to learn which was written first. A sweep by age must not look for them.

    Raises:
        NotFound: when there is no such file.
    """
    current().forget_time(checked(key))


def entries(prefix: str = "") -> Iterator[Entry]:
    """Yield the stored files below a folder, or all: key, size in bytes, time of writing."""
    return current().entries(folder(prefix))


def every_key(prefix: str = "") -> Iterator[str]:
    """Yield the keys below a folder, or all, in the same order each time."""
    return (entry.key for entry in entries(prefix))


def remove_unfinished(prefix: str, *, before: datetime) -> None:
    """Remove what processes that ended in the middle of writing left below a folder before a time."""
    current().remove_unfinished(folder(prefix), before=before)


def problem(*, write: bool = False) -> str | None:
    """Return what is wrong with the store as a sentence for the administrator, or None when it answers.

    Args:
        write: Also store, read and remove a small file.
    """
    store = current()
    try:
        store.probe(write=write)
    except StoreAway as away:
        return f"The file store, {store.name}, cannot be used: {away.why}."
    except OSError as error:
        return f"The file store, {store.name}, cannot be used: {error.strerror or error}."
    return None


def serve(
    request: HttpRequest,
    key: str,
    content_type: str,
    *,
    download_name: str | None = None,
    cache: str = IMMUTABLE,
) -> HttpResponse | FileResponse | HttpResponseNotModified:
    """Answer with a stored file, telling nothing but its pixels: no time, no tag, no name, no address of the store.

    The caller has asked who may see it. Without ``download_name`` the browser shows it in the page.

    Raises:
        NotFound: when there is no such file.
    """
    return answer(current(), request, checked(key), content_type, download_name=download_name, cache=cache)
