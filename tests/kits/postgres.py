"""A private PostgreSQL cluster in a temporary folder, reached through a Unix socket only."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.kits.missing import missing
from tests.kits.processes import end, frozen, start, wait_for

OWNER = "wbctest"


@dataclass
class PostgresKit:
    """A running cluster, which can be stopped and started again."""

    programs: Path
    socket_folder: Path
    user: str | None = None
    durable: bool = False
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def url(self, database: str = "wbcweb") -> str:
        """Return the address of one of its databases, as WBCWEB_DATABASE_URL wants it."""
        return f"postgres://{OWNER}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        folder = self.socket_folder
        settings = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=60"]
        if not self.durable:
            settings += ["fsync=off", "full_page_writes=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        log = folder / "server.log"
        self._process = start(
            [self.programs / "postgres", "-D", folder / "data", *options],
            log=log,
            user=self.user,
            cwd=folder,
            env=_plain(),
        )
        wait_for(self.answers, seconds=30, because=lambda: log.read_text()[-2000:])

    def answers(self) -> bool:
        """Return whether the server takes connections."""
        ready = [self.programs / "pg_isready", "-h", self.socket_folder, "-U", OWNER, "-d", "postgres", "-q"]
        return subprocess.run(ready, check=False, env=_plain()).returncode == 0

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT breaks connections in order, SIGQUIT at once, without writing anything more."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how)
            end(self._process)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT, *, away_s: float = 0.0) -> None:
        """Stop the server and start it again after some seconds."""
        self.stop(how)
        time.sleep(away_s)
        self.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the server take questions and answer nothing while the block runs."""
        assert self._process is not None
        with frozen(self._process.pid):
            yield


def _plain() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}


def _programs() -> Path:
    """Return the folder of the newest server programs; Debian keeps them away from the path."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    initdb = shutil.which("initdb")
    if initdb is None:
        missing("The server program of PostgreSQL (initdb)")
    return Path(initdb).resolve().parent


def _owner() -> str | None:
    """Return the user to run the server as: it refuses root, so root borrows another; None means oneself."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return missing("A user other than root, as which PostgreSQL could run,")


@contextlib.contextmanager
def private_postgres(*, durable: bool = False) -> Iterator[PostgresKit]:
    """Run a cluster with an empty database "wbcweb" while the block runs.

    Args:
        durable: Force every commit to disk, as a server in use does; for measurements, not for tests.
    """
    programs, user = _programs(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="wbcpg-"))  # short: a socket's path has at most 107 characters
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                folder / "data",
                "-U",
                OWNER,
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            user=user,
            env=_plain(),
            cwd=folder,
        )
        kit = PostgresKit(programs=programs, socket_folder=folder, user=user, durable=durable)
        try:
            kit.start()
            subprocess.run(
                [programs / "createdb", "-h", folder, "-U", OWNER, "wbcweb"],
                check=True,
                env=_plain(),
                capture_output=True,
            )
            yield kit
        finally:
            kit.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
