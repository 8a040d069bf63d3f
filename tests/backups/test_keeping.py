"""Backups day after day: little room, nothing half, the old ones go, and nobody comes back who was erased."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backups.site import ROOT, KeptSite
from tests.kits.processes import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.slow]

Filled = tuple[KeptSite, dict[str, str]]


def objects_in(folder: Path) -> dict[str, Path]:
    root = folder / "objects"
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}


def backups_of(site: KeptSite) -> list[str]:
    return sorted(path.name for path in site.backups.iterdir() if (path / "manifest.json").exists())


def test_an_unchanged_file_takes_no_room_twice_and_old_backups_go(filled: Filled) -> None:
    site, made = filled
    first = site.back_up()
    second = site.back_up()
    assert objects_in(first).keys() == objects_in(second).keys()
    assert all(path.samefile(objects_in(second)[key]) for key, path in objects_in(first).items())
    # A picture that lost a bit in the backup is copied anew, and said.
    key, rotten = min(objects_in(second).items())
    data = bytearray(rotten.read_bytes())
    data[0] ^= 1
    rotten.write_bytes(data)
    said = site.command("backup", "--to", site.backups)
    assert "Damaged in the backup before, and copied anew: 1 file." in said
    third = site.backups / backups_of(site)[-1]
    assert objects_in(third)[key].read_bytes() != bytes(data)
    site.command("verify_backup", third)
    # What was removed for good is in no later backup.
    site.ask("erase", kind="specimen", name=made["specimen"])
    site.ask("due")
    said = site.command("backup", "--to", site.backups, "--keep", "2")
    assert said.count("Removed the old backup") == 2
    assert backups_of(site)[0] == third.name
    assert len(backups_of(site)) == 2
    assert len(objects_in(site.backups / backups_of(site)[1])) == len(objects_in(third)) - 4
    site.command("verify_backup", third)
    assert sorted(path.name for path in site.backups.iterdir() if path.name.startswith(".")) == [".lock"]
    for path in site.backups.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert "at least one backup" in site.refused("backup", "--to", site.backups, "--keep", "0").lower()


def test_no_session_and_no_key_is_in_a_backup_unless_the_key_is_asked_for(
    filled: Filled, place: Callable[..., KeptSite]
) -> None:
    site, _ = filled
    (key_of_session, data), *_ = site.ask(
        "query", sql="SELECT session_key, session_data FROM accounts_session"
    )
    secret = (site.folder / "secret_key").read_text()
    folder = site.back_up()
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for private in (key_of_session, data, secret):
        assert private.encode() not in everything
    without = place("without")
    assert "not the one of the backup" in without.command("restore", folder)
    with_key = site.back_up("--with-key")
    assert (with_key / "secret_key").read_text() == secret
    restored = place("with")
    assert "not the one of the backup" not in restored.command("restore", with_key)
    assert (restored.folder / "secret_key").read_text() == secret
    assert stat.S_IMODE((restored.folder / "secret_key").stat().st_mode) == 0o600
    # A key that was kept apart and is in place already is as good.
    apart = place("apart")
    apart.folder.mkdir()
    shutil.copy(site.folder / "secret_key", apart.folder)
    assert "not the one of the backup" not in apart.command("restore", folder)


def test_a_backup_that_does_not_fit_is_refused_and_changes_nothing(filled: Filled, tmp_path: Path) -> None:
    site, _ = filled
    site.back_up()
    before = backups_of(site)
    with_room = site.refused("backup", "--to", site.folder / "media" / "here")
    assert "among the stored files" in with_room
    (tmp_path / "file").write_text("")
    assert "cannot be written to" in site.refused("backup", "--to", tmp_path / "file" / "backups")
    with (site.backups / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Another backup" in site.refused("backup", "--to", site.backups)
    site.close()
    site.more["WBCWEB_MIN_FREE_MB"] = "1000000"
    sentence = site.refused("backup", "--to", site.backups)
    assert re.search(r"The backup needs [\d.]+ [kM]B, and 0 bytes may be used", sentence)
    assert backups_of(site) == before


def test_a_full_disk_leaves_no_half_backup(filled: Filled) -> None:
    site, _ = filled
    said = site.ask("command", name="backup", args=["--to", str(site.backups)], full_after=3)
    assert "is full" in said["refused"]
    assert [path.name for path in site.backups.iterdir()] == [".lock"]
    site.command("verify_backup", site.back_up())


def test_a_file_that_was_lost_before_is_said(filled: Filled) -> None:
    site, _ = filled
    lost = site.ask("query", sql="SELECT image_key FROM slides_field ORDER BY id")[0][0]
    (site.folder / "media" / lost).unlink()
    said = site.command("backup", "--to", site.backups)
    assert f"Missing from the store: 1 file that the database names, such as {lost}" in said
    folder = site.backups / backups_of(site)[0]
    assert json.loads((folder / "manifest.json").read_text())["objects"]["some_missing"] == [lost]
    assert (
        "names 1 file more, missing from the store already"
        in site.ask("command", name="selfcheck", args=[])["said"]
    )
    site.command("verify_backup", folder)


def test_a_killed_backup_is_gone_on_with(filled: Filled) -> None:
    site, _ = filled
    code = (
        "import django, time; django.setup()\n"
        "from apps.backups import objects\n"
        "usual = objects._copy\n"
        "def slow(*a):\n"
        "    time.sleep(0.3)\n"
        "    return usual(*a)\n"
        "objects._copy = slow\n"
        "objects.Inventory.add.__globals__['_COMMIT_EVERY'] = 1\n"
        "from django.core.management import call_command\n"
        f"call_command('backup', '--to', {str(site.backups)!r})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=site.env, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    work = site.backups / ".unfinished"
    wait_for(lambda: len(objects_in(work)) >= 3, seconds=120)
    process.send_signal(signal.SIGKILL)
    process.wait()
    half = {key: path.stat().st_ino for key, path in objects_in(work).items()}
    stray = work / "objects" / "fields" / "zz" / "stray.png.part"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"half")
    assert backups_of(site) == []
    folder = site.back_up()
    assert not work.exists()
    same = [key for key, path in objects_in(folder).items() if half.get(key) == path.stat().st_ino]
    assert len(same) >= 2, "what was there was copied again"
    assert stray.name not in {path.name for path in folder.rglob("*")}
    site.command("verify_backup", folder)
    # The hold of the killed one runs out by itself; another backup does not wait for it.
    assert site.ask("query", sql="SELECT count(*) FROM core_hold") == [["1"]]


def test_a_killed_restore_is_gone_on_with(filled: Filled, place: Callable[..., KeptSite]) -> None:
    site, _ = filled
    folder, other = site.back_up(), site.back_up()
    before = site.ask("digest")
    target = place("restored")
    code = (
        "import django, os; django.setup()\n"
        "from apps.core import storage\n"
        "usual, done = storage.save_stream, []\n"
        "def dying(*a):\n"
        "    usual(*a); done.append(1)\n"
        "    if len(done) == 4: os.kill(os.getpid(), 9)\n"
        "storage.save_stream = dying\n"
        "from django.core.management import call_command\n"
        f"call_command('restore', {str(folder)!r})\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code], env=target.env, cwd=ROOT, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert (target.folder / "restoring.json").exists()
    assert not (target.folder / "db.sqlite3").exists()
    assert "There are stored files here already" in target.refused("restore", other)
    target.command("restore", folder)
    assert target.ask("digest")["files"] == before["files"]
    assert not (target.folder / "restoring.json").exists()


def test_an_older_backup_brings_nobody_back_who_was_erased(
    filled: Filled, place: Callable[..., KeptSite]
) -> None:
    site, made = filled
    old = site.back_up()
    site.ask("erase", kind="specimen", name=made["specimen"])
    site.ask("due")
    name = site.ask("erase", kind="person", name=made["person"])
    site.back_up()
    listed = json.loads((site.backups / "erasures.json").read_text())
    assert {entry["target"] for entry in listed} == {f"user:{made['person']}", f"specimen:{made['specimen']}"}
    # The old one alone knows both.
    assert b"reviewer@example.org" in (old / "database.sqlite3").read_bytes()
    restored = place("restored")
    assert "Erased again what was erased after this backup was made: 2" in restored.command("restore", old)
    assert restored.ask("query", sql="SELECT count(*) FROM accounts_user WHERE email LIKE 'reviewer%'") == [
        ["0"]
    ]
    assert restored.ask("query", sql=f"SELECT count(*) FROM accounts_user WHERE name = '{name}'") == [["1"]]
    assert restored.ask("due") == ["succeeded"]
    assert restored.ask("query", sql="SELECT count(*) FROM slides_slide") == [["1"]]
    assert len(restored.ask("digest")["files"]) == 4
