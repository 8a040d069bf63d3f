"""Back up, destroy, restore: every row and every file is as it was, and the site goes on. On both databases."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from apps.core.storage import Bucket, S3Store
from tests.backups.site import ROOT, KeptSite
from tests.kits.processes import free_port, running, wait_for
from tests.kits.s3 import ACCESS_KEY, REGION, SECRET_KEY, private_s3

pytestmark = [pytest.mark.processes, pytest.mark.slow]

ROUNDS_BEFORE_REMOVALS = 5
LEFT_OUT = {"accounts_session", "core_cache", "core_hold"}
# What restoring itself writes: the schedule's clean-ups, and who works.
OF_THE_MOMENT = {"backups_backuprun", "jobs_job", "jobs_attempt", "jobs_worker"}


def test_every_row_and_file_comes_back_and_the_site_goes_on(pair: tuple[KeptSite, KeptSite]) -> None:
    site, restored = pair
    made = site.ask("fill")
    seen = site.ask("look", made=made)
    assert seen["signed_in"] == 302
    assert len(seen["history"]["events"]) == 6  # found, suggested, three acts, seen
    before = site.ask("digest")
    folder = site.back_up()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["database"]["tables"] == before["raw"]
    assert set(manifest["database"]["left_out"]) == LEFT_OUT
    assert manifest["objects"]["count"] == len(before["files"]) == 8
    assert manifest["objects"]["missing"] == 0
    # The site is gone, with everything that it knew.
    site.close()
    shutil.rmtree(site.folder)

    said = restored.command("restore", folder)
    assert "each is as it was" in said
    assert "Jobs that ran then: 1 wait again" in said
    after = restored.ask("digest")
    assert after["files"] == before["files"]
    for kind in ("raw", "plain"):
        changed = {name for name, found in after[kind].items() if found != before[kind].get(name)}
        assert changed <= OF_THE_MOMENT | LEFT_OUT, kind
    assert restored.ask("query", sql="SELECT count(*) FROM accounts_session") == [["0"]]
    assert not (restored.folder / "restoring.json").exists()
    # A job that ran then waits again, and nothing counts against it.
    job = restored.ask("query", sql="SELECT state, attempt, failures FROM jobs_job")
    assert job == [["queued", "1", "0"]]
    assert restored.ask("query", sql="SELECT outcome FROM jobs_attempt") == [["released"]]

    assert looks_by_a_real_server(restored, made) == (seen["picture"], seen["history"])
    # The rules of history are in force, and work goes on where it was.
    assert restored.ask("label", made=made, to="monocyte", version=4) == 200
    assert "There is a database here already" in restored.refused("restore", folder)
    for table in ("cells_labelevent", "cells_seenmark", "accounts_auditevent"):
        assert "append-only" in restored.ask("sealed", table=table)


def looks_by_a_real_server(site: KeptSite, made: dict[str, str]) -> tuple[str, object]:
    """Start the restored site as it runs in earnest; sign in by the form and load a cell's picture and history."""
    port = free_port()
    address = f"http://localhost:{port}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "wbcweb.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
    ]
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with running(command, log=site.folder / "web.log", env=site.env, cwd=ROOT):

        def page() -> str:
            try:
                return str(browser.open(f"{address}/accounts/login/", timeout=5).read().decode())
            except OSError:
                return ""

        form = wait_for(page, seconds=60, because=lambda: (site.folder / "web.log").read_text()[-3000:])
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token
        sent = {"login": "reviewer@example.org", "password": "correct horse battery staple"}
        sent["csrfmiddlewaretoken"] = token[1]
        asked = urllib.request.Request(f"{address}/accounts/login/", urlencode(sent).encode())  # noqa: S310 - our own server
        asked.add_header("Referer", f"{address}/accounts/login/")
        assert "Sign out" in browser.open(asked, timeout=20).read().decode()
        picture = browser.open(f"{address}/cells/{made['cell']}/crop/", timeout=20).read()
        history = browser.open(f"{address}/api/v1/cells/{made['cell']}/events/", timeout=20).read()
    return hashlib.sha256(picture).hexdigest(), json.loads(history)


def test_files_in_a_bucket_come_back_too_and_into_a_folder_as_well(
    empty_sqlite: Path, place: Callable[..., KeptSite], tmp_path: Path
) -> None:
    kit = private_s3(tmp_path / "s3")
    with kit.up():
        site = place("site", **kit.environment("first"))
        shutil.copytree(empty_sqlite, site.folder)
        for bucket in ("first", "second"):
            own = {"endpoint": kit.url, "region": REGION, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
            S3Store(Bucket(name=bucket, **own)).make_bucket()
        site.ask("fill")
        before = site.ask("digest")["files"]
        assert len(before) == 8
        folder = site.back_up()
        assert "There is a database here already" in site.refused("restore", folder)
        half = place("half", **kit.environment("first"))
        assert "There are stored files here already" in half.refused("restore", folder)
        for restored in (place("bucket", **kit.environment("second")), place("folder")):
            restored.command("restore", folder)
            assert restored.ask("digest")["files"] == before
            restored.close()
        site.close()
        half.close()


def test_while_people_work_and_files_are_removed_a_backup_is_whole(pair: tuple[KeptSite, KeptSite]) -> None:
    site, restored = pair
    site.ask("fill")
    site.ask("churn")
    # From then on each round removes an older slide for good.
    wait_for(lambda: site.ask("rounds") >= ROUNDS_BEFORE_REMOVALS, seconds=120, because=site.words)
    begun = site.ask("rounds")
    folders = [site.back_up(slow=0.05) for _ in range(3)]
    assert site.ask("rest") > begun, "nothing happened meanwhile"
    for folder in folders:
        assert json.loads((folder / "manifest.json").read_text())["objects"]["missing"] == 0
        site.command("verify_backup", folder)
    # What was put off is removed once nobody holds it.
    site.ask("due")
    assert site.ask("query", sql="SELECT count(*) FROM core_doomedobject") == [["0"]]
    assert site.ask("query", sql="SELECT count(*) FROM core_hold") == [["0"]]
    restored.command("restore", folders[-1])
    named = restored.ask(
        "query", sql="SELECT image_key FROM slides_field UNION SELECT crop_key FROM cells_cell"
    )
    assert len(named) >= 8
    assert {key for (key,) in named} <= set(restored.ask("digest")["files"])


def test_a_damaged_backup_is_refused_before_anything_is_written(
    sqlite_site: KeptSite, place: Callable[..., KeptSite], tmp_path: Path
) -> None:
    sqlite_site.ask("fill", slides=1)
    whole = sqlite_site.back_up()
    target = place("restored")
    for name, (act, sentence) in DAMAGES.items():
        damaged = tmp_path / "damaged" / whole.name
        shutil.copytree(whole, damaged)
        act(damaged)
        assert sentence in target.refused("restore", damaged), name
        assert sentence in target.refused("verify_backup", damaged), name
        assert not (target.folder / "media").exists(), name
        shutil.rmtree(damaged)
    stray = target.folder / "media" / "fields" / "ab" / "00.png"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"somebody's")
    assert "There are stored files here already" in target.refused("restore", whole)
    assert stray.read_bytes() == b"somebody's"
    stray.unlink()
    assert "each is as it was" in target.command("restore", whole)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def _picture(folder: Path) -> Path:
    return min((folder / "objects").rglob("*.png"))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit of a file": (lambda folder: _flip(_picture(folder)), "is not as it was"),
    "a file gone": (lambda folder: _picture(folder).unlink(), "is missing"),
    "the list": (lambda folder: (folder / "objects.tsv").write_text(""), "missing or damaged"),
    "a bit of the database": (lambda folder: _flip(folder / "database.sqlite3"), "is damaged: its checksum"),
    "half the database": (lambda folder: os.truncate(folder / "database.sqlite3", 4096), "not whole"),
    "the manifest": (lambda folder: (folder / "manifest.json").write_text('{"format": 1}'), "manifest"),
    "a newer form": (
        lambda folder: (folder / "manifest.json").write_text('{"format": 9}'),
        "a newer version",
    ),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "is not a backup"),
}
