"""A private Redis server on a free loopback port."""

import contextlib
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.kits.missing import missing
from tests.kits.processes import end, free_port, frozen, start, wait_for


@dataclass
class RedisKit:
    """A server that can be stopped and started again on the same port.

    Args:
        folder: Where it keeps its log, and its data when it keeps any.
        port: Where it listens on this machine.
        keeps: Whether it writes every change to a file (append-only), as in production; else a restart loses all.
    """

    folder: Path
    port: int
    keeps: bool = False
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"redis://127.0.0.1:{self.port}/0"

    def ask(self, words: str) -> bytes:
        """Send a command and return the beginning of the answer, nothing when there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(words.encode() + b"\r\n")
                return line.recv(64)
        except OSError:
            return b""

    def answers(self) -> bool:
        """Return whether the server answers a ping."""
        return self.ask("PING").startswith(b"+PONG")

    def flush(self) -> None:
        """Let the server forget everything."""
        assert self.ask("FLUSHALL").startswith(b"+OK")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        program = shutil.which("redis-server")
        if program is None:
            missing("The program redis-server")
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "yes" if self.keeps else "no",
            "maxmemory-policy": "noeviction",
            "dir": str(self.folder),
        }
        log = self.folder / "redis.log"
        self._process = start(
            [program, *(word for name, value in options.items() for word in (f"--{name}", value))], log=log
        )
        wait_for(self.answers, seconds=15, because=lambda: log.read_text()[-2000:])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server: in order, or at once with SIGKILL."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how)
            end(self._process)
            self._process = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the server take connections and answer nothing while the block runs."""
        assert self._process is not None
        with frozen(self._process.pid):
            yield

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run the server while the block runs."""
        try:
            self.start()
            yield
        finally:
            self.stop()


def private_redis(folder: Path, *, keeps: bool = False) -> RedisKit:
    """Return a kit whose server keeps everything in a folder; nothing runs yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return RedisKit(folder=folder, port=free_port(), keeps=keeps)
