"""SQLite: copied by its own online backup, which gives one moment's state while the site reads and writes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from apps.backups.databases.base import LEFT_OUT, Snapshot
from apps.backups.digests import TableDigest, plain_row
from apps.backups.problems import BackupProblem
from apps.core import object_names

_BUSY_S = 60.0


class SQLiteDatabase:
    """A SQLite file; see ``Database``."""

    engine = "sqlite"
    file_name = "database.sqlite3"

    def __init__(self, settings: dict[str, Any]) -> None:
        name = str(settings["NAME"])
        if name == ":memory:" or name.startswith("file:"):
            raise BackupProblem("This database lives in memory and cannot be copied.")
        self.path = Path(name)

    def size(self) -> int:
        """Return the size of the file with what its log adds."""
        found = (self.path.with_name(self.path.name + end) for end in ("", "-wal"))
        return sum(path.stat().st_size for path in found if path.exists())

    def copy(self, folder: Path, *, named: Callable[[str], None]) -> Snapshot:
        """Copy the file, empty what is left out, and look whether the copy is sound."""
        if not self.path.is_file():
            raise BackupProblem(f"There is no database at {self.path}.")
        target = folder / self.file_name
        target.unlink(missing_ok=True)
        with _opened(self.path) as source, _opened(target) as copy:
            # All pages in one step: one moment's state. Step by step it would begin anew with every write.
            source.backup(copy, pages=-1)
            left_out = _finish(copy)
            _keep_whole(copy, target)
            for key in _named_files(copy):
                named(key)
            return Snapshot(
                engine=self.engine,
                server=sqlite3.sqlite_version,
                file=target,
                tables=_digests(copy),
                left_out=left_out,
                migrations=_migrations(copy),
            )

    def is_empty(self) -> bool:
        """Return whether there is no table."""
        if not self.path.exists():
            return True
        with _opened(self.path) as line:
            return not _tables(line)

    def load(self, file: Path) -> None:
        """Put a copy in the file's place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.restoring")
        shutil.copyfile(file, fresh)
        fresh.chmod(0o600)
        with _opened(fresh) as line:
            _keep_whole(line, file)
        with fresh.open("rb") as stream:
            os.fsync(stream.fileno())
        for end in ("-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        fresh.replace(self.path)

    def digests(self) -> dict[str, TableDigest]:
        """Return the digests of the file's tables."""
        with _opened(self.path) as line:
            return _digests(line)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=_BUSY_S)) as line:
        # What is no text, which SQLite takes all the same, must not stop a backup.
        line.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        yield line


def _finish(copy: sqlite3.Connection) -> list[str]:
    """Make one file of the copy, and empty the tables that are left out so that nothing of them stays in it."""
    copy.execute("PRAGMA journal_mode=DELETE")
    copy.execute("PRAGMA secure_delete=ON")
    left_out = [table for table in _tables(copy, all_of_them=True) if table in LEFT_OUT]
    with copy:
        for table in left_out:
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of ours
    return left_out


def _keep_whole(line: sqlite3.Connection, file: Path) -> None:
    found = [row[0] for row in line.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise BackupProblem(
            f"SQLite says of {file.name}: {'; '.join(found)}. The database file is damaged: keep it as it is, "
            "and restore the newest backup that is sound."
        )


def _tables(line: sqlite3.Connection, *, all_of_them: bool = False) -> list[str]:
    names = line.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [
        name
        for (name,) in names.fetchall()
        if not name.startswith("sqlite_") and (all_of_them or name not in LEFT_OUT)
    ]


def _digests(line: sqlite3.Connection) -> dict[str, TableDigest]:
    found = {}
    for table in _tables(line):
        digest = found[table] = TableDigest()
        for row in line.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name that the database gave
            digest.add(plain_row(row))
    return found


def _named_files(line: sqlite3.Connection) -> Iterator[str]:
    there = set(_tables(line))
    for column in object_names.columns():
        if column.table in there:
            for (key,) in line.execute(object_names.question(column)):
                yield key


def _migrations(line: sqlite3.Connection) -> list[tuple[str, str]]:
    if "django_migrations" not in _tables(line):
        return []
    return [(app, name) for app, name in line.execute("SELECT app, name FROM django_migrations ORDER BY id")]
