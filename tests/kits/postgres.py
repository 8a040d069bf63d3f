"""A private PostgreSQL cluster in a temporary folder, reached through a Unix socket only."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.kits.missing import missing
from tests.kits.processes import running, wait_for

OWNER = "wbctest"


@dataclass(frozen=True)
class PostgresKit:
    """A running cluster."""

    programs: Path
    socket_folder: Path

    def url(self, database: str = "wbcweb") -> str:
        """Return the address of one of its databases, as WBCWEB_DATABASE_URL wants it."""
        return f"postgres://{OWNER}@/{database}?host={quote(str(self.socket_folder), safe='')}"


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
def private_postgres() -> Iterator[PostgresKit]:
    """Run a cluster with an empty database "wbcweb" while the block runs."""
    programs, user = _programs(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="wbcpg-"))  # short: a socket's path has at most 107 characters
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        data = folder / "data"
        plain = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            user=user,
            env=plain,
            cwd=folder,
        )
        quick = [
            "fsync=off",
            "full_page_writes=off",
            "listen_addresses=",
            f"unix_socket_directories={folder}",
        ]
        options = [part for setting in [*quick, "max_connections=60"] for part in ("-c", setting)]
        log = folder / "server.log"
        with running(
            [programs / "postgres", "-D", data, *options], log=log, user=user, cwd=folder, env=plain
        ):
            ready = [programs / "pg_isready", "-h", folder, "-U", OWNER, "-d", "postgres", "-q"]
            wait_for(
                lambda: subprocess.run(ready, check=False, env=plain).returncode == 0,
                seconds=30,
                because=lambda: log.read_text()[-2000:],
            )
            subprocess.run(
                [programs / "createdb", "-h", folder, "-U", OWNER, "wbcweb"],
                check=True,
                env=plain,
                capture_output=True,
            )
            yield PostgresKit(programs=programs, socket_folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
