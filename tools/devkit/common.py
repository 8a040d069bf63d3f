"""Words for people, files with a memory, and programs that are run to their end."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
FRONTEND = ROOT / "frontend"
SET_UP = ROOT / "var" / "set-up"  # logs and locks of the set-up
_TICK_S = 30.0


class Problem(Exception):  # noqa: N818 - it is no error of the program, but a word to the person
    """Something that only the person can put right, said in one sentence."""


def say(text: str) -> None:
    """Print one line for the person at once."""
    print(text, flush=True)


def digest(paths: Iterable[Path], *extra: str) -> str:
    """Return a SHA-256 over names and contents of files (folders: all below) and further strings."""
    total = hashlib.sha256()
    for text in extra:
        total.update(text.encode() + b"\0")
    for path in paths:
        if not path.exists():
            total.update(f"{path.name} is absent\0".encode())
            continue
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            name = file.relative_to(path) if path.is_dir() else Path(file.name)
            total.update(name.as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    """Say whether a stamp file holds this value: the work it stands for need not be done again."""
    try:
        return stamp.read_text(encoding="ascii").strip() == value
    except OSError:
        return False


def set_stamp(stamp: Path, value: str) -> None:
    """Write a stamp file after its work has been done."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    fresh = stamp.with_name(stamp.name + ".new")
    fresh.write_text(value + "\n", encoding="ascii")
    fresh.replace(stamp)


@contextlib.contextmanager
def only_one(path: Path, *, waiting: str) -> Iterator[None]:
    """Hold a lock file while the block runs; say `waiting` when another process holds it first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def require_writable(folder: Path, *, what: str) -> None:
    """Raise Problem when a folder (or the nearest one above that exists) cannot be written to."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise Problem(f"{what} ({folder}) is not writable: change its owner or permissions, then try again.")


def require_space(folder: Path, gigabytes: float, *, what: str) -> None:
    """Raise Problem when the disk that holds a folder has less than `gigabytes` (10^9 bytes) free."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free / 1e9
    if free < gigabytes:
        raise Problem(
            f"The disk that holds {existing} is nearly full: {what} needs {gigabytes:g} GB, "
            f"and {free:.1f} GB are free."
        )


def run_logged(
    command: Sequence[str | Path],
    log: Path,
    *,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run a program to its end with its output in a log file; return its status and that output.

    A line every half minute tells that it still works.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    done = threading.Event()

    def tell() -> None:
        begin = time.monotonic()
        while not done.wait(_TICK_S):
            say(f"  ... still working ({time.monotonic() - begin:.0f} s)")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        with log.open("w", encoding="utf-8", errors="replace") as stream:
            try:
                process = subprocess.run(
                    [str(part) for part in command],
                    cwd=cwd,
                    env={**os.environ, **(environment or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
                status = process.returncode
            except OSError as error:
                stream.write(f"{command[0]} could not be started: {error}\n")
                status = 127
    finally:
        done.set()
        teller.join()
    return status, log.read_text(encoding="utf-8", errors="replace")


def run_shown(
    command: Sequence[str | Path], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
) -> int:
    """Run a program to its end with its output on the screen; return its status."""
    sys.stdout.flush()
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **(environment or {})}, check=False
    ).returncode


def tail(text: str, lines: int = 12) -> str:
    """Return the last lines of a text, indented."""
    return "\n".join("    " + line for line in text.strip().splitlines()[-lines:])
