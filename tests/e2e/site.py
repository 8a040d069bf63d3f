"""The whole site in processes of its own, for a real browser."""

import json
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError

from tests.kits.processes import free_port, own_environment, running, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class BrowsedSite:
    """A site in a folder; ``address`` and ``made`` (what the seed says) once it runs."""

    folder: Path
    address: str = ""
    made: dict[str, Any] = field(default_factory=dict)
    processes: ExitStack = field(default_factory=ExitStack)

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of its processes."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "tests.e2e.site_settings",
            "WBCWEB_DATA_DIR": str(self.folder),
            "PYTHONPATH": str(ROOT),
        }
        return own_environment(**ours)

    @property
    def log(self) -> Path:
        """Return the file to which all its processes write."""
        return self.folder / "processes.log"

    def words(self) -> str:
        """Return the end of what the processes said, for a failing test."""
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""

    @contextmanager
    def up(self) -> "Iterator[BrowsedSite]":
        """Make and fill the database, and run web server and worker while a block runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._python("manage.py", "migrate", "-v", "0")
        self.made = json.loads(self._python("-m", "tests.e2e.seed"))
        self.address = f"http://localhost:{free_port()}"
        try:
            self.start()
            yield self
        finally:
            self.processes.close()

    def start(self) -> None:
        """Start web server and worker; return when the site answers."""
        bind = self.address.replace("http://localhost", "127.0.0.1")
        server = ("-m", "gunicorn", "wbcweb.wsgi", "--bind", bind, "--threads", "8")
        for command in (server, ("manage.py", "worker")):
            self.processes.enter_context(
                running([sys.executable, *command], log=self.log, env=self.env, cwd=ROOT)
            )
        wait_for(self._answers, seconds=60, because=self.words)

    def restart(self) -> None:
        """End web server and worker and start them again."""
        self.processes.close()
        self.processes = ExitStack()
        self.start()

    def query(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return rows of the database, read past Django."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as line:
            return line.execute(sql, args).fetchall()

    def _python(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/help/", timeout=2) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False
