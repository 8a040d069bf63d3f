"""The whole site in processes of its own, asked over HTTP."""

import http.client
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kits.processes import free_port, own_environment, running, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Answer:
    """What the site answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


@dataclass
class Site:
    """A site whose data lie in a folder; ``settings`` are further variables, without their prefix."""

    folder: Path
    log: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of its processes."""
        more = {f"WBCWEB_{name}": value for name, value in self.settings.items()}
        return own_environment(
            DJANGO_SETTINGS_MODULE="tests.operations.site_settings",
            PYTHONPATH=str(ROOT),
            WBCWEB_DATA_DIR=str(self.folder),
            **more,
        )

    def words(self) -> str:
        """Return the end of what the processes said, for a failing test."""
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""

    def python(self, *arguments: str) -> str:
        """Run Python in the site's environment to its end; return what it said."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(self) -> "Site":
        """Make the database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.python("manage.py", "migrate", "-v", "0")
        return self

    def copy_to(self, folder: Path, log: Path, **settings: str) -> "Site":
        """Return a fresh site like this one, which is quicker than to prepare it."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Site(folder=folder, log=log, settings={**self.settings, **settings})

    @contextmanager
    def served(self, *, workers: int = 1, threads: int = 4) -> "Iterator[subprocess.Popen[bytes]]":
        """Run the web server while a block runs."""
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--workers", str(workers), "--threads", str(threads)]
        with running(command, log=self.log, env=self.env, cwd=ROOT) as process:
            wait_for(self._answers, seconds=60, because=self.words)
            yield process

    @contextmanager
    def worker(self) -> "Iterator[subprocess.Popen[bytes]]":
        """Run the embedded worker while a block runs."""
        with running(
            [sys.executable, "manage.py", "worker"], log=self.log, env=self.env, cwd=ROOT
        ) as process:
            yield process

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Ask the site on a fresh connection; headers with underscores for dashes."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(line):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, body=body, headers=named)
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())

    def query(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """Return rows of the database, read (or changed) past Django."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as line, line:
            return line.execute(sql, args).fetchall()

    def _answers(self) -> bool:
        try:
            return self.ask("/live").status == 200
        except OSError:
            return False
