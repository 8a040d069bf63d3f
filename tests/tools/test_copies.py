"""`make backup`, `make restore` and `make upgrade`, with a real site on an older database."""

from __future__ import annotations

import fcntl
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from devkit import common, copies, node_env, python_env

from tests.kits.processes import own_environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Use this very environment, and keep hands off packages, scripts and static files; return the data folder."""
    data = tmp_path / "data"
    for name in [name for name in own_environment() if name.startswith(("WBCWEB_", "DJANGO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WBCWEB_DATA_DIR", str(data))
    monkeypatch.setattr(python_env, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(python_env, "ensure", lambda _: None)
    monkeypatch.setattr(node_env, "is_built", lambda: True)
    usual = copies.run_shown

    def run(command: list[object], **values: object) -> int:
        return 0 if command[-1] == "collect" else usual(command, **values)

    monkeypatch.setattr(copies, "run_shown", run)
    return data


def manage(data: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=own_environment(WBCWEB_DATA_DIR=str(data)),
        check=True,
        capture_output=True,
    )


def tables(data: Path) -> set[str]:
    with closing(sqlite3.connect(data / "db.sqlite3")) as line:
        return {name for (name,) in line.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


@pytest.mark.slow
@pytest.mark.processes
def test_an_upgrade_backs_up_first_and_going_back_works(
    here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.backups.first_version"],
        cwd=ROOT,
        env=own_environment(WBCWEB_DATA_DIR=str(here), DJANGO_SETTINGS_MODULE="wbcweb.settings"),
        check=True,
        capture_output=True,
    )
    assert "core_hold" not in tables(here)
    backups = tmp_path / "backups"
    assert copies.upgrade(["--to", str(backups)]) == 0
    said = capfd.readouterr().out
    assert said.index("== Backup") < said.index("== Python packages") < said.index("== Tables")
    assert "Upgraded. Start the site again" in said
    assert {"core_hold", "core_erasure", "backups_backuprun"} <= tables(here)
    (folder,) = [path for path in backups.iterdir() if path.is_dir()]
    kept = json.loads((folder / "manifest.json").read_text())
    assert ["slides", "0003_copies"] in kept["migrations"]
    assert ["slides", "0004_who_trashed"] not in kept["migrations"]
    # What is restored by this version is brought to this version.
    here.rename(tmp_path / "aside")
    assert copies.restore([str(folder)]) == 0
    assert "core_hold" in tables(here)


def test_a_failing_upgrade_says_where_it_stopped_and_how_to_go_back(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def run(command: list[object], **_: object) -> int:
        done.append(str(command[-1] if "migrate" not in command else "migrate"))
        return 1 if "migrate" in command else 0

    monkeypatch.setattr(copies, "run_shown", run)
    monkeypatch.setattr(copies, "_site_loads", lambda: True)
    with pytest.raises(common.Problem) as stopped:
        copies.upgrade([])
    assert done == ["backup", "migrate"]
    for words in (
        "stopped at the tables",
        "make restore FROM=",
        "move the data folder aside",
        "git checkout",
    ):
        assert words in str(stopped.value)
    monkeypatch.setattr(copies, "run_shown", lambda *_a, **_k: 1)
    with pytest.raises(common.Problem, match="before it changed anything, because there is no backup"):
        copies.upgrade([])


def test_packages_come_first_when_the_old_ones_cannot_load_the_new_version(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(python_env, "ensure", lambda _: order.append("packages"))
    monkeypatch.setattr(copies, "run_shown", lambda command, **_: order.append(str(command[2])) or 0)
    monkeypatch.setattr(copies, "_site_loads", lambda: False)
    copies.upgrade([])
    assert order[:3] == ["packages", "backup", "packages"]
    assert order.index("backup") < order.index("migrate")


def test_a_running_site_is_not_upgraded(here: Path) -> None:
    here.mkdir()
    with (here / "run.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(common.Problem, match="The site is running: stop it first"):
            copies.upgrade([])


def test_nothing_is_restored_without_a_name(here: Path) -> None:
    for arguments in ([], [""]):
        with pytest.raises(common.Problem, match="make restore FROM="):
            copies.restore(arguments)


def test_make_hands_its_words_on() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make on this machine")

    # The tests themselves may have been started by make, whose own options would go along.
    clean = {name: value for name, value in own_environment().items() if not name.startswith("MAKE")}
    clean.pop("MFLAGS", None)

    def command_of(*words: str) -> str:
        done = subprocess.run(
            [make, "-n", *words], cwd=ROOT, env=clean, capture_output=True, text=True, check=True
        )
        return done.stdout.strip().splitlines()[-1]

    assert command_of("backup", "OUT=/b c", "KEEP=7").split("dev.py ")[1] == 'backup --to "/b c" --keep "7"'
    assert command_of("upgrade", "WITH_KEY=1").split("dev.py ")[1].split() == ["upgrade", "--with-key"]
    assert command_of("restore", "FROM=backups/x").split("dev.py ")[1] == 'restore "backups/x"'
