import errno
import sqlite3
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import DatabaseError, OperationalError

from apps.core import disk


class Usage(NamedTuple):
    total: int
    used: int
    free: int


GIB = 1024 * disk.MEBI


def caused(error: BaseException, by: BaseException) -> BaseException:
    error.__cause__ = by
    return error


def sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = code
    return error


def postgres(state: str) -> Exception:
    error = Exception("could not extend file")
    error.sqlstate = state
    return error


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (caused(OperationalError("full"), sqlite(13)), True),
        (caused(OperationalError("locked"), sqlite(5)), False),
        (caused(DatabaseError("full"), postgres("53100")), True),
        (caused(DatabaseError("unique"), postgres("23505")), False),
        (caused(ValueError("x"), caused(RuntimeError("y"), OSError(errno.ENOSPC, "full"))), True),
        (ValueError("x"), False),
        (None, False),
    ],
)
def test_a_full_disk_is_recognised_whoever_reports_it(error, full):
    assert disk.is_full(error) is full


@pytest.mark.parametrize(("free", "full"), [(0, True), (GIB, False)])
def test_an_io_error_of_sqlite_means_a_full_disk_when_there_is_no_room(error_free, free, full):
    error_free(free)
    assert disk.is_full(caused(OperationalError("disk I/O error"), sqlite(4874))) is full


@pytest.fixture
def error_free(monkeypatch):
    def give(free, total=100 * GIB):
        monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: Usage(total, total - free, free))

    return give


def test_errors_that_caused_each_other_in_a_circle_end():
    one, other = ValueError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    assert disk.is_full(one) is False


def test_room_is_asked_for_at_the_nearest_folder_that_exists(tmp_path, settings):
    settings.WBCWEB_MIN_FREE_MB = 7
    room = disk.room_at(tmp_path / "not" / "there" / "yet")
    assert room.folder == tmp_path
    assert room.reserve == 7 * disk.MEBI
    assert 0 < room.free <= room.total


def test_every_disk_is_looked_at_once(settings, tmp_path):
    assert len(disk.rooms()) == 1


def test_the_disk_of_the_database_is_among_them_whatever_its_engine_is_called(
    settings, tmp_path, monkeypatch
):
    from wbcweb.env import database_at

    elsewhere = tmp_path / "disk" / "site.sqlite3"
    seen: list[Path] = []
    room = disk.Room(folder=tmp_path, free=GIB, total=GIB, reserve=0)
    monkeypatch.setattr(disk, "room_at", lambda place: seen.append(place) or room)
    for url, wanted in ((f"sqlite:///{elsewhere}", True), ("postgres://somebody@host/site", False)):
        seen.clear()
        monkeypatch.setitem(settings.DATABASES, "default", database_at(url))
        disk.rooms()
        assert (elsewhere.parent in seen) == wanted


@pytest.mark.parametrize(
    ("free", "needed", "refused"), [(2 * GIB, GIB, False), (2 * GIB, 2 * GIB, True), (GIB // 4, 0, True)]
)
def test_what_would_take_the_reserve_is_refused_with_figures(
    error_free, settings, tmp_path, free, needed, refused
):
    settings.WBCWEB_MIN_FREE_MB = 512
    error_free(free)
    if not refused:
        disk.require(tmp_path, needed)
        return
    with pytest.raises(disk.DiskFull) as caught:
        disk.require(tmp_path, needed)
    words = caught.value.message
    assert disk.size(free) in words
    assert "512 MB" in words
    assert needed == 0 or disk.size(needed) in words
    assert caught.value.status == 503
    assert caught.value.detail == {"free": free, "needed": needed, "reserve": 512 * disk.MEBI}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0.0 MB"),
        (300_000, "0.3 MB"),
        (50 * disk.MEBI, "50 MB"),
        (1.5 * GIB, "1.5 GB"),
        (252 * GIB, "252 GB"),
    ],
)
def test_sizes_in_words(number, words):
    assert disk.size(number) == words
