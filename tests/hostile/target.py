"""The real site under fire: web server and worker in processes of their own, watched from outside."""

import contextlib
import http.client
import json
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.kits.processes import free_port, own_environment, running, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWER_S = 120.0


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


def _descendants(pid: int) -> list[int]:
    near = children(pid)
    return near + [below for child in near for below in _descendants(child)]


def peak_mib(pid: int) -> float:
    """Return the most memory that a process ever had resident (VmHWM of proc(5)); 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return 0.0


@dataclass
class Target:
    """A site in a folder."""

    folder: Path
    port: int = 0
    web: "subprocess.Popen[bytes] | None" = None
    worker: "subprocess.Popen[bytes] | None" = None
    decoder_peak_mib: float = 0.0
    processes: ExitStack = field(default_factory=ExitStack)
    _done: threading.Event = field(default_factory=threading.Event)

    @property
    def env(self) -> dict[str, str]:
        return own_environment(
            DJANGO_SETTINGS_MODULE="tests.hostile.site_settings",
            WBCWEB_DATA_DIR=str(self.folder),
            WBCWEB_API_RATE="0",
            WBCWEB_LOG_LEVEL="warning",
            PYTHONPATH=str(ROOT),
        )

    @property
    def log(self) -> Path:
        return self.folder / "processes.log"

    @contextmanager
    def up(self) -> "Iterator[Target]":
        """Run the site while a block runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.python("manage.py", "migrate", "-v", "0")
        self.port = free_port()
        web = (sys.executable, "-m", "gunicorn", "wbcweb.wsgi", "--worker-class", "gthread", "--threads", "8")
        web += (
            "--workers",
            "1",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--timeout",
            "120",
            "--log-level",
            "warning",
        )
        with self.processes:
            run = {"log": self.log, "env": self.env, "cwd": ROOT}
            self.web = self.processes.enter_context(running(web, **run))
            self.worker = self.processes.enter_context(
                running((sys.executable, "manage.py", "worker"), **run)
            )
            self.processes.callback(self._done.set)
            wait_for(self._answers, seconds=90, because=self.words)
            threading.Thread(target=self._watch_decoders, daemon=True).start()
            yield self

    def words(self) -> str:
        """Return the end of what the processes said."""
        return self.log.read_text(errors="replace")[-4_000:] if self.log.exists() else ""

    def python(self, *args: str) -> str:
        """Run a command of the site; return what it says."""
        done = subprocess.run(
            [sys.executable, *args], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4_000:]
        return done.stdout

    def web_processes(self) -> list[int]:
        """Return the web server and its worker processes, by number."""
        assert self.web is not None
        return [self.web.pid, *children(self.web.pid)] if self.web.poll() is None else []

    def query(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return rows of the database, read past the site."""
        with closing(
            sqlite3.connect(f"file:{self.folder / 'db.sqlite3'}?mode=ro", uri=True, timeout=20)
        ) as line:
            return line.execute(sql, args).fetchall()

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Send a request of a program; return status and body."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        with closing(line):
            line.request(method, path, body, {"Authorization": f"Bearer {key}", **(headers or {})})
            answer = line.getresponse()
            return answer.status, answer.read()

    def send_json(self, path: str, body: object, *, key: str) -> dict[str, Any]:
        """Post JSON; return the answer, which must be a success."""
        status, text = self.request(
            "POST",
            path,
            key=key,
            body=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert status < 300, (path, status, text[:500])
        return dict(json.loads(text or b"{}"))

    def send_file(self, path: str, filename: str, data: bytes, *, key: str) -> int:
        """Post a file as a browser does, whatever it is called; return the status."""
        border = uuid4().hex
        quoted = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
        body = head.encode("utf-8", "surrogatepass") + data + f"\r\n--{border}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={border}"}
        return self.request("POST", path, key=key, body=body, headers=kind)[0]

    def send_raw(self, head: bytes, body: bytes, *, wait_s: float = 5.0) -> int:
        """Send bytes as they are; return the status, 0 when the server closed the line without any."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait_s) as line:
            said = b""
            with contextlib.suppress(OSError):
                line.sendall(head + body)
                line.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while part := line.recv(65_536):
                    said += part
        words = said.split(b" ", 2)
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}/help/", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _watch_decoders(self) -> None:
        """Keep the largest memory that any decoding child had; a child that ends between two looks had less than that
        or was refused more by the kernel."""
        while not self._done.is_set():
            if self.worker is not None:
                for pid in _descendants(self.worker.pid):
                    with contextlib.suppress(OSError):
                        if b"ml.images.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                            self.decoder_peak_mib = max(self.decoder_peak_mib, peak_mib(pid))
            time.sleep(0.1)
