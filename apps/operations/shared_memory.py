"""A folder that all web processes of one server share, and that the next server finds empty.

In memory where the machine has such a place: a full disk must never stop a count, and with it a request.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - below it a folder of our own, which nobody else may enter
_held: list[int] = []


def server_folder(name: str) -> Path:
    """Return the folder of this process's server: its siblings, started by the same parent, get the same one.

    Every process holds a shared lock on it for as long as it lives. Whoever finds it without any is the first of a
    new server, and clears what an earlier one left; folders of other servers that are gone are removed.
    """
    base = _own_base()
    folder = base / f"{name}-{_process_namespace()}-{os.getppid()}"
    _sweep(base, but=folder)
    while not _enter(folder):
        pass  # another server swept it away between its making and its locking
    return folder


def _enter(folder: Path) -> bool:
    """Make a folder and hold its lock; return whether it is still there then."""
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = folder / "lock"
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return False
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clear(folder)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    if not os.fstat(descriptor).st_nlink:
        os.close(descriptor)
        return False
    _held.append(descriptor)
    return True


def _own_base() -> Path:
    """Return a folder that only this account can enter."""
    base = (_MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())) / f"wbcweb-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        base.mkdir(mode=0o700)
    found = base.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return base
    return Path(
        tempfile.mkdtemp(prefix="wbcweb-")
    )  # somebody else was there first; siblings count apart then


def _process_namespace() -> str:
    """Return a word for the space in which process numbers are unique: containers may share their memory."""
    try:
        return Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return "0"


def _sweep(base: Path, *, but: Path) -> None:
    for folder in base.iterdir():
        if folder == but:
            continue
        with contextlib.suppress(OSError):
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _clear(folder)
                (folder / "lock").unlink()
                folder.rmdir()
            finally:
                os.close(descriptor)


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "lock":
            path.unlink()
