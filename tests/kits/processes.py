"""Start programs for tests, wait for what they do, and end exactly those again."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: Callable[[], T], *, seconds: float, because: str | Callable[[], str] = "") -> T:
    """Return the first truthy answer; fail the test when there is none in time.

    Args:
        what: Asked about twenty times a second.
        seconds: How long to wait at most.
        because: Said when the time is up; a function is called only then.
    """
    until = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > until:
            reason = because() if callable(because) else because
            raise AssertionError(f"Not within {seconds} s. {reason}")
        time.sleep(0.05)


def own_environment(**values: str) -> dict[str, str]:
    """Return the environment for a site of its own: nothing of the site's or Django's is set but these values."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("WBCWEB_", "DJANGO_"))}
    return {**clean, **values}


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a program whose words go to a file; whoever starts it ends it."""
    with log.open("ab") as stream:
        return subprocess.Popen(
            [str(part) for part in command],
            stdout=stream,
            stderr=stream,
            stdin=subprocess.DEVNULL,
            env=None if env is None else dict(env),
            cwd=cwd,
            user=user,
        )


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program while the block runs; what it says goes to a file."""
    process = start(command, log=log, env=env, cwd=cwd, user=user)
    try:
        yield process
    finally:
        end(process)


def children_of(pid: int) -> list[int]:
    """Return the child processes of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # ended while we looked
            found += [int(child) for child in task.read_text().split()]
    return found


def tree_of(pid: int) -> list[int]:
    """Return a process and all that descend from it, parents first."""
    return [pid, *(found for child in children_of(pid) for found in tree_of(child))]


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to processes that this test started, as far as they are still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process and all that descend from it while the block runs; then let them go on."""
    stopped = tree_of(pid)
    signal_all(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_all(stopped[::-1], signal.SIGCONT)


def end(process: "subprocess.Popen[bytes]", *, seconds: float = 10) -> int:
    """Ask a program to end, insist when it does not, and return its exit code."""
    if process.poll() is None:
        # A stopped process hears SIGTERM only once it goes on.
        for number in (signal.SIGTERM, signal.SIGCONT):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    if process.poll() is None:
        process.kill()
    return process.wait()
