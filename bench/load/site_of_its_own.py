"""A site of its own for a measurement: fresh data, the web server as it is shipped, and whatever else is asked for."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
_START_S = 90.0


@dataclass
class Site:
    """A running site."""

    port: int
    folder: Path
    environment: dict[str, str]
    database: str
    seed: dict[str, Any] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        """Run a command of the site and return what it printed."""
        return _run([sys.executable, "manage.py", *arguments], self.environment)

    def query(self, expression: str) -> Any:
        """Return the value of an expression over the site's models, as JSON values; what is none becomes text."""
        code = (
            "import json; from apps.cells.models import *; from apps.accounts.models import *; "
            "from apps.jobs.models import *; from django.db.models import *; "
            f"print('=>' + json.dumps({expression}, default=str))"
        )
        printed = self.manage("shell", "--verbosity", "0", "--command", code)
        return json.loads(printed.rsplit("=>", 1)[1])


@contextlib.contextmanager
def running(
    *,
    database: str = "sqlite",
    seed: Sequence[str],
    web: bool = True,
    worker: bool = False,
    environment: dict[str, str] | None = None,
    seeder: str = "seed.py",
) -> Iterator[Site]:
    """Run a seeded site while the block runs; nothing of it is left afterwards.

    Args:
        database: "sqlite", or "postgres" for a private cluster that forces every commit to disk.
        seed: Arguments of the program that fills the site.
        web: Whether the web server runs.
        worker: Whether the embedded worker runs.
        environment: Further variables.
        seeder: That program, beside this file.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wbcweb-load-")))
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("WBCWEB_", "DJANGO_"))}
        site = Site(
            port=free_port(),
            folder=folder,
            environment={
                **clean,
                "WBCWEB_DATA_DIR": str(folder / "data"),
                "WBCWEB_ADMIN_EMAIL": "load@localhost",
                "WBCWEB_ADMIN_PASSWORD": secrets.token_urlsafe(18),
                **(environment or {}),
            },
            database=database,
        )
        if database == "postgres":
            site.environment["WBCWEB_DATABASE_URL"] = stack.enter_context(_postgres())
        if web:
            site.manage("collectstatic", "--noinput", "--verbosity", "0")
        site.manage("migrate", "--verbosity", "0")
        site.seed = json.loads(
            _run([sys.executable, f"bench/load/{seeder}", *seed], site.environment).splitlines()[-1]
        )
        programs = {}
        if web:
            programs["web"] = _web(site.port)
        if worker:
            programs["worker"] = [sys.executable, "manage.py", "worker"]
        for name, command in programs.items():
            site.pids[name] = stack.enter_context(_program(name, command, site)).pid
        if web:
            _wait_until_it_answers(site)
        yield site


def kill_web(site: Site) -> None:
    """Kill the web server with all its processes, in the midst of whatever they do."""
    first = psutil.Process(site.pids["web"])
    family = [first, *first.children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family[1:], timeout=30)


@contextlib.contextmanager
def web_again(site: Site) -> Iterator[None]:
    """Run the web server once more at the same address, while the block runs; it answers when the block begins."""
    with _program(f"web-{time.monotonic_ns()}", _web(site.port), site) as process:
        site.pids["web"] = process.pid
        _wait_until_it_answers(site)
        yield


def _web(port: int) -> list[str]:
    """Return the command line of the web server, with the configuration that ships."""
    return [
        *(sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"),
        *("--bind", f"127.0.0.1:{port}"),
    ]


@contextlib.contextmanager
def _program(name: str, command: Sequence[str], site: Site) -> Iterator[subprocess.Popen[bytes]]:
    log = site.folder / f"{name}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=ROOT, env=site.environment, stdout=stream, stderr=stream)
    try:
        yield process
    except BaseException:
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-4000:])
        raise
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    sys.path[:0] = [str(ROOT)]
    from tests.kits.postgres import private_postgres

    with private_postgres(durable=True) as kit:
        yield kit.url()


def _run(command: Sequence[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _wait_until_it_answers(site: Site) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_S
    while True:
        try:
            opener.open(f"{site.url}/accounts/login/", timeout=5).close()
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The site did not answer within {_START_S:.0f} s: {error}.") from error
            time.sleep(0.2)
        else:
            return


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
