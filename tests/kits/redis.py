"""A private Redis server on a free loopback port."""

import contextlib
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.kits.missing import missing
from tests.kits.processes import free_port, running, wait_for


@dataclass
class RedisKit:
    """A server that can be stopped and started again on the same port."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        """Return whether the server answers a ping."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run the server while the block runs."""
        program = shutil.which("redis-server")
        if program is None:
            missing("The program redis-server")
        command = [
            program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        log = self.folder / "redis.log"
        with running([*command, "--dir", str(self.folder)], log=log):
            wait_for(self.answers, seconds=15, because=lambda: log.read_text()[-2000:])
            yield


def private_redis(folder: Path) -> RedisKit:
    """Return a kit whose server keeps everything in a folder; nothing runs yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return RedisKit(folder=folder, port=free_port())
