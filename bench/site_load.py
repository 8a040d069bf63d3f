"""Many fields through the real site: upload over HTTP, ingest job, analysis job, database, embedded worker."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from client import Client
from machine import mark, table
from pictures import File

ROOT = Path(__file__).resolve().parents[1]
TARGET_FIELDS = 292
TARGET_S = 120.0
TARGET_WORKER_MB = 1500.0
TARGET_WEB_MB = 200.0
_START_S = 60.0
_LIMIT_S = 1800.0
_EMAIL = "bench@localhost"


@dataclass
class SiteLoad:
    """Seconds and megabytes (10^6 bytes, peak resident) of one run."""

    fields: int
    cells: int
    upload_s: float
    work_s: float
    peak_mb: dict[str, float] = field(default_factory=dict)

    @property
    def target_s(self) -> float:
        """Return the allowed time, in proportion when fewer or more fields were sent."""
        return TARGET_S * self.fields / TARGET_FIELDS

    @property
    def met(self) -> bool:
        """Say whether time and memory are within their targets."""
        return (
            self.work_s < self.target_s
            and self.peak_mb["worker"] < TARGET_WORKER_MB
            and self.peak_mb["web"] < TARGET_WEB_MB
        )

    def table(self) -> str:
        """Return the Markdown of this measurement."""
        worker, web, decoder = (self.peak_mb.get(name, 0.0) for name in ("worker", "web", "decoder"))
        rows = [
            ["upload over HTTP, one file at a time", f"{self.upload_s:.1f} s", ""],
            [
                f"ingest, analysis and database, {self.fields} fields, {self.cells} cells",
                f"{self.work_s:.1f} s ({1000 * self.work_s / self.fields:.0f} ms a field)",
                f"< {self.target_s:.0f} s: {mark(self.work_s < self.target_s)}",
            ],
            [
                "memory of the worker, peak",
                f"{worker:.0f} MB",
                f"< 1500 MB: {mark(worker < TARGET_WORKER_MB)}",
            ],
            ["memory of a web process, peak", f"{web:.0f} MB", f"< 200 MB: {mark(web < TARGET_WEB_MB)}"],
            ["memory of the decoding child, peak", f"{decoder:.0f} MB", ""],
        ]
        return table(["the whole site, embedded worker, SQLite", "measured", "target"], rows)


def measure(files: list[File]) -> SiteLoad:
    """Start a site on a fresh data folder, send the files through it, stop it."""
    with tempfile.TemporaryDirectory(prefix="wbcweb-bench-") as folder:
        password = secrets.token_urlsafe(18)
        port = _free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WBCWEB_")},
            "WBCWEB_DATA_DIR": folder,
            "WBCWEB_PORT": str(port),
            "WBCWEB_ADMIN_EMAIL": _EMAIL,
            "WBCWEB_ADMIN_PASSWORD": password,
            "WBCWEB_LOG_LEVEL": "warning",
        }
        log = Path(folder) / "bench.log"
        _manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
        _manage(environment, "bootstrap")
        with log.open("wb") as stream:
            running = [
                subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
                for command in _programs(port)
            ]
        memory = Memory({"web": running[0].pid, "worker": running[1].pid})
        try:
            client = Client(f"http://127.0.0.1:{port}")
            client.wait_until_it_answers(_START_S)
            client.sign_in(_EMAIL, password)
            return _send(client, environment, files, memory)
        except Exception:
            sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-4000:])
            raise
        finally:
            memory.stop()
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=60)


def _send(client: Client, environment: dict[str, str], files: list[File], memory: Memory) -> SiteLoad:
    project = _project(environment)
    begin = time.monotonic()
    upload = client.post_json(
        f"/api/v1/projects/{project}/uploads/", {"mode": "one-slide", "title": "Bench", "slide": None}
    )["id"]
    for name, data in files:
        client.post_file(f"/api/v1/uploads/{upload}/files/", name, data)
    sent = time.monotonic()
    client.post_json(f"/api/v1/uploads/{upload}/complete/", {})
    report: dict[str, Any] = {}
    slide = ""
    while not slide:
        _check_time(sent)
        report = client.get_json(f"/api/v1/uploads/{upload}/")
        if report["state"] == "done":
            slides = {file["slide"] for file in report["files"] if file["slide"]}
            if not slides:
                raise RuntimeError(f"No field was stored: {report['files'][:3]}")
            slide = _id(slides.pop())
        time.sleep(0.25)
    while True:
        _check_time(sent)
        shown = client.get_json(f"/api/v1/slides/{slide}/cells/")
        if shown["slide"]["state"] == "failed":
            raise RuntimeError(f"The analysis failed: {shown['slide'].get('state_message')}")
        if shown["slide"]["state"] == "done":
            break
        time.sleep(0.5)
    done = time.monotonic()
    return SiteLoad(
        fields=len(shown["fields"]),
        cells=len(shown["cells"]),
        upload_s=sent - begin,
        work_s=done - sent,
        peak_mb=memory.peaks(),
    )


def _id(slide: Any) -> str:
    """Return a slide's id, given as such or within an object."""
    return str(slide["id"] if isinstance(slide, dict) else slide)


def _check_time(begin: float) -> None:
    if time.monotonic() - begin > _LIMIT_S:
        raise TimeoutError(f"The site did not finish within {_LIMIT_S:.0f} s.")


def _programs(port: int) -> list[list[str]]:
    """Return the command lines of web server and worker, as `make run` starts them on two cores."""
    web = [sys.executable, "-m", "gunicorn", "wbcweb.wsgi", "--worker-class", "gthread", "--threads", "8"]
    web += ["--workers", "1", "--no-control-socket", "--timeout", "120", "--bind", f"127.0.0.1:{port}"]
    return [web, [sys.executable, "manage.py", "worker"]]


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _project(environment: dict[str, str]) -> str:
    code = "from apps.accounts.models import Project; print(Project.objects.get(is_demo=True).public_id)"
    return _manage(environment, "shell", "--verbosity", "0", "--command", code).strip().splitlines()[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Memory:
    """Watch the resident memory of programs and of what they start, twice a second."""

    def __init__(self, roots: dict[str, int]) -> None:
        self._roots = roots
        self._peaks: dict[str, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def peaks(self) -> dict[str, float]:
        """Return the highest values seen, in megabytes: one web process, the worker, its decoding child."""
        return dict(self._peaks)

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            children = _children()
            # gunicorn's first process only watches; those below it are the web processes.
            for pid in [self._roots["web"], *_below(self._roots["web"], children)]:
                self._note("web", pid)
            self._note("worker", self._roots["worker"])
            for pid in _below(self._roots["worker"], children):
                self._note("decoder", pid)

    def _note(self, name: str, pid: int) -> None:
        self._peaks[name] = max(self._peaks.get(name, 0.0), _peak_mb(pid))


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        found.setdefault(parent, []).append(int(stat.parent.name))
    return found


def _below(pid: int, children: dict[int, list[int]]) -> list[int]:
    return [deeper for child in children.get(pid, []) for deeper in (child, *_below(child, children))]


def _peak_mb(pid: int) -> float:
    """Return a process's highest resident memory so far, or 0 when it is gone (proc(5), VmHWM in KiB)."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0.0
