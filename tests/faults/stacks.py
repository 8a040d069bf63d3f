"""The two ways to run the site's jobs, with real servers: what a scenario does its worst to."""

import contextlib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import psycopg
from psycopg import sql

from tests.faults.crew import Crew
from tests.jobs.site import ROOT, Site
from tests.kits.postgres import OWNER, PostgresKit, private_postgres
from tests.kits.processes import start
from tests.kits.redis import RedisKit, private_redis

# Everything a good deal quicker than on a site, so that a lease can run out in a test.
QUICK = {
    "lease": 6.0,
    "beat": 2.0,
    "watch": 0.5,
    "reap": 1.0,
    "resend_first": 5.0,
    "resend_longest": 20.0,
    "resend_after_refusal": 2.0,
    "stalled": 3.0,
    "retry_first": 0.2,
    "worker_fresh": 6.0,
    "sweep_after": 2.0,
}
BUSY_S = 2.0
IDLE_IN_TRANSACTION_S = 4.0


class Stack:
    """A prepared site; each scenario gets a copy of its own."""

    name: ClassVar[str]

    def __init__(self, folder: Path, times: dict[str, float]) -> None:
        self.folder = folder
        self.times = times
        self._count = 0

    def next_folder(self) -> Path:
        """Return the folder of one more scenario."""
        self._count += 1
        return self.folder / f"{self._count}"

    @contextlib.contextmanager
    def site(self) -> "Iterator[Ground]":
        """Give a fresh site with whatever servers it needs."""
        raise NotImplementedError


class Ground:
    """One scenario's site, its workers and its servers."""

    redis: RedisKit | None = None
    postgres: PostgresKit | None = None

    def __init__(self, site: Site) -> None:
        self.site = site

    def worker(self, number: int) -> "subprocess.Popen[bytes]":
        """Start a worker by the command that a site would use."""
        raise NotImplementedError

    def crew(self, size: int) -> Crew:
        """Start some workers that are kept up."""
        return Crew(self.worker, size)

    @contextlib.contextmanager
    def database_away(self, seconds: float) -> Iterator[None]:
        """Let the database answer nobody for so long, then do the block."""
        raise NotImplementedError

    def manage(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a management command."""
        return start([sys.executable, "manage.py", *command], log=self.site.log, env=self.site.env, cwd=ROOT)


class Embedded(Stack):
    """SQLite and embedded workers."""

    name = "SQLite, embedded worker"

    @classmethod
    @contextlib.contextmanager
    def prepared(cls, folder: Path, times: dict[str, float]) -> "Iterator[Embedded]":
        """Make the site once."""
        stack = cls(folder, times)
        first = Site(folder / "prepared", times=times, busy_s=BUSY_S).prepare()
        first.close()
        yield stack

    @contextlib.contextmanager
    def site(self) -> "Iterator[Ground]":
        """Give a fresh copy of the site."""
        site = Site(self.folder / "prepared").copy_to(self.next_folder())
        site.times, site.busy_s = dict(self.times), BUSY_S
        try:
            yield EmbeddedGround(site)
        finally:
            site.close()


class EmbeddedGround(Ground):
    """One scenario on SQLite."""

    def worker(self, number: int) -> "subprocess.Popen[bytes]":
        """Start an embedded worker."""
        return self.manage("worker")

    @contextlib.contextmanager
    def database_away(self, seconds: float) -> Iterator[None]:
        """Hold the one write lock for so long, as a program does that reads the file and forgets to end."""
        with contextlib.closing(sqlite3.connect(self.site.folder / "db.sqlite3", timeout=60)) as line:
            line.isolation_level = None
            line.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            line.execute("ROLLBACK")
        yield


class Scaled(Stack):
    """PostgreSQL, Redis, Celery workers and two reapers."""

    name = "PostgreSQL, Redis, Celery"

    def __init__(self, folder: Path, times: dict[str, float], postgres: PostgresKit) -> None:
        super().__init__(folder, times)
        self.postgres = postgres

    @classmethod
    @contextlib.contextmanager
    def prepared(cls, folder: Path, times: dict[str, float]) -> "Iterator[Scaled]":
        """Run a cluster and make the site in it once."""
        with private_postgres() as kit:
            stack = cls(folder, times, kit)
            first = Site(folder / "prepared", database_url=kit.url(), times=times).prepare()
            first.close()
            yield stack

    @contextlib.contextmanager
    def site(self) -> "Iterator[Ground]":
        """Give a copy of the database, and a Redis server of its own."""
        folder = self.next_folder()
        folder.mkdir(parents=True)
        name = f"faults{self._count}"
        host = str(self.postgres.socket_folder)
        with psycopg.connect(host=host, user=OWNER, dbname="postgres", autocommit=True) as line:
            line.execute(sql.SQL("CREATE DATABASE {} TEMPLATE wbcweb").format(sql.Identifier(name)))
        options = f"-c idle_in_transaction_session_timeout={int(IDLE_IN_TRANSACTION_S * 1000)}"
        url = f"{self.postgres.url(name)}&options={options.replace(' ', '%20').replace('=', '%3D')}"
        # Kept short: a socket's path has at most 107 characters, and Redis keeps its data beside.
        redis = private_redis(Path(tempfile.mkdtemp(prefix="wbcredis-")), keeps=True)
        site = Site(folder, database_url=url, redis_url=redis.url, times=dict(self.times))
        with redis.up():
            ground = ScaledGround(site, self.postgres, redis)
            reapers = [ground.manage("reaper") for _ in range(2)]
            try:
                yield ground
            finally:
                for reaper in reapers:
                    reaper.terminate()
                    reaper.wait(30)
                site.close()


class ScaledGround(Ground):
    """One scenario on servers."""

    def __init__(self, site: Site, postgres: PostgresKit, redis: RedisKit) -> None:
        super().__init__(site)
        self.postgres, self.redis = postgres, redis

    def worker(self, number: int) -> "subprocess.Popen[bytes]":
        """Start a Celery worker for all queues."""
        command = [sys.executable, "-m", "celery", "-A", "wbcweb", "worker", "-l", "warning", "-c", "1"]
        command += ["-Q", "default,gpu-short,gpu-long", "-n", f"w{number}@here"]
        return start(command, log=self.site.log, env=self.site.env, cwd=ROOT)

    @contextlib.contextmanager
    def database_away(self, seconds: float) -> Iterator[None]:
        """Stop the server at once, start it again after so long, then do the block."""
        import signal

        assert self.postgres is not None
        self.postgres.restart(signal.SIGQUIT, away_s=seconds)
        yield
