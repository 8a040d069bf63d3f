"""Names of processes that can be looked up again, so that a crash on this machine is noticed at once."""

import os
import socket
from functools import cache
from pathlib import Path

_PROC = Path("/proc")

# What the main process of a Celery worker is called.
CELERY = "celery-worker"


@cache
def _place() -> str:
    """Return a name of this machine, boot and process namespace; within it a process number means one process."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
        namespace = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:  # not Linux: names stay unique, and only the lease tells of a crash
        return f"{socket.gethostname()}/-"
    return f"{socket.gethostname()}/{boot}.{namespace}"


def _started(pid: int) -> str | None:
    """Return when a process began, in the kernel's ticks, or None when there is no such process (any more)."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in brackets may hold anything; what follows the last bracket is regular (proc(5), fields 3 and 22).
    rest = stat.rpartition(")")[2].split()
    if rest[0] in {"Z", "X"}:
        return None
    return rest[19]


def own_name(role: str) -> str:
    """Return a name for this process: machine, process number, start and role."""
    pid = os.getpid()
    return f"{_place()}/{pid}.{_started(pid) or 0}/{role}"[:200]


def pool_name() -> str:
    """Return the name of this process of a Celery worker's pool: its own, and which worker it belongs to."""
    parent = os.getppid()
    return own_name(f"celery/{parent}.{_started(parent) or 0}")


def worker_of(name: str) -> str:
    """Return the name under which the worker of a process is listed: that of the parent for a pool process."""
    own, found, parent = name.rpartition("/celery/")
    return f"{own.rpartition('/')[0]}/{parent}/{CELERY}" if found else name


def is_gone(name: str, *, alone: bool = False) -> bool:
    """Return whether a name was given on this machine to a process that has ended; False when unsure.

    Args:
        name: As ``own_name`` gives it.
        alone: That no other machine takes part, as with a database in a file: then a name from another boot is of
            this machine before it was started anew.
    """
    place, _, rest = name.partition("/")
    where, _, rest = rest.partition("/")
    host, _, here = _place().partition("/")
    if "-" in {where, here} or not rest:
        return False
    if alone and where.partition(".")[0] != here.partition(".")[0]:
        return True
    pid, _, started = rest.partition("/")[0].partition(".")
    if (place, where) != (host, here) or not pid.isdigit() or started in {"", "0"}:
        return False
    return _started(int(pid)) != started and not _hidden(int(pid))


def _hidden(pid: int) -> bool:
    """Return whether a process exists although this user may not see it in /proc."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return False
