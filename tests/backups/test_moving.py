"""From SQLite to PostgreSQL and back: the same rows, the same rules, and a site that goes on."""

from __future__ import annotations

import fcntl
from collections.abc import Callable

import psycopg
import pytest

from tests.backups.conftest import new_database
from tests.backups.site import KeptSite
from tests.kits.postgres import PostgresKit

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.postgres]

Filled = tuple[KeptSite, dict[str, str]]


def test_a_site_moves_there_and_back_and_goes_on(
    filled: Filled, place: Callable[..., KeptSite], postgres: PostgresKit
) -> None:
    site, made = filled
    # Numbers that were given to rows which are gone are not given again, wherever the site moves.
    site.ask("erase", kind="specimen", name=other_specimen(site, made))
    site.ask("due")
    url = new_database(postgres)
    looked = site.ask("look", made=made)
    before = site.ask("digest")
    next_slide = 1 + int(
        site.ask("query", sql="SELECT seq FROM sqlite_sequence WHERE name = 'slides_slide'")[0][0]
    )
    said = site.command("move_database", "--to", url)
    assert "every table is the same on both sides" in said
    assert site.ask("digest") == before  # and the one that it was moved from is as it was

    moved = KeptSite(site.folder, url)
    try:
        after = moved.ask("digest")
        assert after["plain"] == before["plain"]
        assert after["files"] == before["files"]
        seen = moved.ask("look", made=made)
        assert seen["signed_in"] == 302
        assert (seen["picture"], seen["history"]) == (looked["picture"], looked["history"])
        assert moved.ask("label", made=made, to="monocyte", version=4) == 200
        for table in ("cells_labelevent", "cells_seenmark", "accounts_auditevent", "core_erasure"):
            assert "append-only" in moved.ask("sealed", table=table)
        assert moved.ask("new_slide") == next_slide
        assert moved.ask("analyse", made=made) == "succeeded"

        back = site.folder.parent / "back.sqlite3"
        before = moved.ask("digest")
        moved.command("move_database", "--to", f"sqlite:///{back}")
        assert [path.name for path in back.parent.iterdir() if back.name in path.name] == [back.name]
        returned = KeptSite(site.folder, f"sqlite:///{back}")
        try:
            assert returned.ask("digest")["plain"] == before["plain"]
            assert returned.ask("look", made=made)["signed_in"] == 302
            assert returned.ask("label", made=made, to="eosinophil", version=5) == 200
            assert "append-only" in returned.ask("sealed", table="cells_labelevent")
            assert returned.ask("new_slide") == next_slide + 1
        finally:
            returned.close()
    finally:
        moved.close()


def other_specimen(site: KeptSite, made: dict[str, str]) -> str:
    rows = site.ask("query", sql="SELECT public_id FROM slides_specimen")
    return next(name for (name,) in rows if name != made["specimen"].replace("-", ""))


def test_what_cannot_be_moved_is_said_and_nothing_is_kept(filled: Filled, postgres: PostgresKit) -> None:
    site, _ = filled
    url = new_database(postgres)
    full = new_database(postgres, template="wbcweb")
    assert "is not empty: it has" in site.refused("move_database", "--to", full)
    assert "a postgres:// or sqlite:// address" in site.refused("move_database", "--to", "mysql://x/y")
    assert "There is a database at" in site.refused("move_database", "--to", "sqlite")
    with (site.folder / "run.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "The site is running" in site.refused("move_database", "--to", url)
    site.ask("worker_seen", seconds_ago=10)
    assert "Workers are alive (on gpu-box)" in site.refused("move_database", "--to", url)
    site.ask("worker_seen", seconds_ago=200)
    # SQLite takes what PostgreSQL does not: a text that is too long, one with a null character.
    for text in ("x" * 500, "null \x00 character"):
        site.ask("execute", sql="UPDATE slides_slide SET title = %s WHERE id = 2", args=[text])
        refused = site.refused("move_database", "--to", url)
        assert "does not take the row 2 of slides_slide" in refused
        assert "nothing was kept" in refused
    with psycopg.connect(url) as line:
        left = line.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert left == []
