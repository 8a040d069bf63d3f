"""A small site in a folder of its own, with real processes and a real database."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.kits.processes import own_environment, running, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Site:
    """Where a small site lives and how to talk to it."""

    folder: Path
    database_url: str | None = None
    redis_url: str | None = None
    times: dict[str, float] = field(default_factory=dict)
    busy_s: float | None = None  # how long SQLite's lock is waited for, when not as long as on a site
    _helper: "subprocess.Popen[str] | None" = None

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of the site's processes."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "tests.jobs.settings",
            "WBCWEB_DATA_DIR": str(self.folder),
            "JOBS_TEST_TIMES": json.dumps(self.times),
            "PYTHONPATH": str(ROOT),
            "CELERY_SKIP_CHECKS": "1",
        }
        if self.database_url:
            ours["WBCWEB_DATABASE_URL"] = self.database_url
        if self.busy_s:
            ours["JOBS_TEST_BUSY_S"] = str(self.busy_s)
        if self.redis_url:
            ours["WBCWEB_REDIS_URL"] = self.redis_url
        return own_environment(**ours)

    @property
    def log(self) -> Path:
        """Return the file to which all its processes write."""
        return self.folder / "processes.log"

    def words(self) -> str:
        """Return the end of what the processes said, for a failing test."""
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""

    def ask(self, act: str, **what: Any) -> Any:
        """Let the site's helper do something in a process of its own; return its answer."""
        if self._helper is None:
            with self.log.open("ab") as log:
                self._helper = subprocess.Popen(
                    [sys.executable, "-m", "tests.jobs.tool"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self.env,
                    cwd=ROOT,
                    text=True,
                )
        assert self._helper.stdin is not None
        assert self._helper.stdout is not None
        self._helper.stdin.write(json.dumps({"act": act, **what}) + "\n")
        self._helper.stdin.flush()
        answer = self._helper.stdout.readline()
        assert answer, self.words()
        return json.loads(answer)

    def close(self) -> None:
        """End the helper."""
        if self._helper is not None:
            self._helper.communicate()
            self._helper = None

    def prepare(self) -> "Site":
        """Make the database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ask("prepare")
        return self

    def copy_to(self, folder: Path) -> "Site":
        """Return a fresh site like this one, which is quicker than to prepare it."""
        shutil.copytree(self.folder, folder)
        return Site(folder=folder, times=dict(self.times))

    def submit(
        self, kind: str, count: int = 1, *, pause: float = 0.0, commit: bool = True, **params: Any
    ) -> list[str]:
        """Ask for work; return the names of the jobs."""
        names: list[str] = self.ask(
            "submit", kind=kind, count=count, params=params, pause=pause, commit=commit
        )
        return names

    def cancel(self, job: str) -> str:
        """Cancel a job; return its state afterwards."""
        return str(self.ask("cancel", job=job))

    def manage(self, *command: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """Run a management command while a block runs."""
        return running([sys.executable, "manage.py", *command], log=self.log, env=self.env, cwd=ROOT)

    def worker(self) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """Run an embedded worker while a block runs."""
        return self.manage("worker")

    def query(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return rows, read past Django; question marks for arguments."""
        if self.database_url:
            with psycopg.connect(self.database_url) as line:
                return list(line.execute(sql.replace("?", "%s"), args).fetchall())
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as line:
            return line.execute(sql, args).fetchall()

    def column(self, job: str, name: str) -> Any:
        """Return one column of a job."""
        key = job if self.database_url else UUID(job).hex
        return self.query(f"SELECT {name} FROM jobs_job WHERE public_id = ?", [key])[0][0]

    def state(self, job: str) -> str:
        """Return a job's state."""
        return str(self.column(job, "state"))

    def attempts(self, job: str) -> list[tuple[int, str, str]]:
        """Return (number, outcome, log) of each attempt."""
        pk = self.column(job, "id")
        rows = self.query(
            "SELECT number, outcome, log FROM jobs_attempt WHERE job_id = ? ORDER BY number", [pk]
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def effects(self, job: str | None = None) -> list[tuple[Any, ...]]:
        """Return (job, attempt, note) of the effects, of one job or of all."""
        if job is None:
            return self.query("SELECT job, attempt, note FROM jobs_test_effect")
        return self.query("SELECT job, attempt, note FROM jobs_test_effect WHERE job = ?", [job])

    def until(self, job: str, *states: str, seconds: float = 60) -> str:
        """Wait for a job to reach one of some states; return it."""
        wait_for(
            lambda: self.state(job) in states,
            seconds=seconds,
            because=lambda: f"{self.state(job)}\n{self.words()}",
        )
        return self.state(job)

    def left(self) -> int:
        """Return how many jobs have not ended."""
        return int(self.query("SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running')")[0][0])

    def media(self, job: str, attempt: int) -> Path:
        """Return the folder of an attempt's files."""
        return self.folder / "media" / "jobs" / job / str(attempt)
