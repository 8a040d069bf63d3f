"""The supervisor's promises, with real processes."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kits.disks import small_disk

TOOLS = Path(__file__).resolve().parents[2] / "tools"

PART = """
import os, pathlib, signal, subprocess, sys, time
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print("hello from", name, flush=True)
if name == "stubborn": signal.signal(signal.SIGTERM, signal.SIG_IGN)
with (folder / f"{name}.pids").open("a") as f: f.write(f"{os.getpid()} {child.pid}\\n")
while True: time.sleep(0.05)
"""
RUNNER = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from devkit.supervisor import Part, Supervisor
folder = pathlib.Path(sys.argv[2])
parts = [Part(n, [sys.executable, str(folder / "part.py"), n, str(folder)]) for n in sys.argv[3:]]
sys.exit(Supervisor(parts, cwd=folder, logs=folder / "logs", grace_s=1.5).run())
"""

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
]


def pids(folder: Path, name: str) -> list[list[int]]:
    path = folder / f"{name}.pids"
    return [[int(p) for p in line.split()] for line in path.read_text().splitlines()] if path.exists() else []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait(condition: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path):
    (tmp_path / "part.py").write_text(PART)
    running: list[subprocess.Popen[str]] = []

    def start_(*names: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(TOOLS), str(tmp_path), *names],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        wait(lambda: all(pids(tmp_path, name) for name in names), "all parts")
        return process

    yield start_
    for process in running:
        process.kill()
        process.communicate()
    for path in tmp_path.glob("*.pids"):
        for line in pids(tmp_path, path.stem):
            for pid in filter(alive, line):
                os.kill(pid, signal.SIGKILL)


def test_one_signal_stops_every_part_and_what_it_started(start, tmp_path: Path) -> None:
    process = start("web", "worker")
    everyone = [pid for name in ("web", "worker") for line in pids(tmp_path, name) for pid in line]
    assert len(everyone) == 4
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert [pid for pid in everyone if alive(pid)] == []
    assert "web    | hello from web" in output
    assert "worker | hello from worker" in output
    assert (tmp_path / "logs" / "web.log").read_text() == "hello from web\n"


def test_a_part_that_exits_starts_again_and_leaves_nothing_behind(start, tmp_path: Path) -> None:
    start("web", "worker")
    ((master, child),) = pids(tmp_path, "worker")
    os.kill(master, signal.SIGKILL)
    wait(lambda: len(pids(tmp_path, "worker")) == 2, "a second worker")
    wait(lambda: not alive(child), "the end of the first worker's child")
    assert len(pids(tmp_path, "web")) == 1
    assert alive(pids(tmp_path, "worker")[1][0])


def test_a_part_that_ignores_the_signal_is_ended_after_the_grace(start, tmp_path: Path) -> None:
    process = start("stubborn")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert [pid for line in pids(tmp_path, "stubborn") for pid in line if alive(pid)] == []


def test_parts_end_with_a_supervisor_that_was_killed(start, tmp_path: Path) -> None:
    process = start("web")
    process.kill()
    wait(lambda: not alive(pids(tmp_path, "web")[0][0]), "the end of the part")


def test_log_files_rotate_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    from devkit import supervisor

    folder = tmp_path / "logs"
    folder.mkdir()
    handler = supervisor._LogFile(
        folder / "web.log", maxBytes=1000, backupCount=3, encoding="utf-8", delay=True
    )
    log = logging.Logger("web")  # noqa: LOG001 - known to this test alone
    log.addHandler(handler)
    for number in range(200):
        log.info("line %s of forty characters or a little more", number)
    handler.close()
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert all(path.stat().st_size <= 1000 for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert "line 199" in files[0].read_text()


def test_a_full_disk_costs_the_log_file_and_nothing_else(start, tmp_path: Path) -> None:
    with small_disk(tmp_path / "logs", megabytes=1) as disk:
        disk.fill()
        process = start("a")
        wait(lambda: len(pids(tmp_path, "a")) == 1, "the part to start")
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=15)
        assert process.returncode == 0
    assert "hello from a" in said
    assert "No space left" not in said
