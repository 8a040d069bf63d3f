"""Files on the local disk for as long as they are looked at; a process that is killed leaves them for a day."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings

_LEFT_BEHIND_S = 24 * 3600


def folder() -> Path:
    """Return the folder for scratch files, made when it is missing; old ones in it are removed."""
    path = Path(settings.WBCWEB_DATA_DIR) / "scratch"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = time.time() - _LEFT_BEHIND_S
    for left in path.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < oldest:
                left.unlink()
    return path


@contextlib.contextmanager
def named() -> Iterator[IO[bytes]]:
    """Give an empty file that others may open by its name while the block runs."""
    with tempfile.NamedTemporaryFile(dir=folder()) as stream:
        yield stream


def nameless() -> IO[bytes]:
    """Return an empty file without a name: it is gone when it is closed, however the process ends."""
    return tempfile.TemporaryFile(dir=folder())


def small(most_bytes: int) -> IO[bytes]:
    """Return an empty file that is kept in memory until it is larger than so many bytes."""
    spooled: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=most_bytes, dir=str(folder()))  # noqa: SIM115
    return spooled
