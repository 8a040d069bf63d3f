"""PostgreSQL: copied by its own pg_dump, at the moment of a snapshot that the digests are of as well."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from apps.backups.databases.base import LEFT_OUT, Snapshot
from apps.backups.digests import TableDigest
from apps.backups.problems import BackupProblem
from apps.core import object_names

_WORDS = 2_000  # of what a failing program says


class PostgresDatabase:
    """A PostgreSQL database; see ``Database``."""

    engine = "postgresql"
    file_name = "database.pgdump"

    def __init__(self, parameters: dict[str, Any]) -> None:
        known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
        plain = {
            name: value for name, value in parameters.items() if name in known and value not in {None, ""}
        }
        # Never on a command line, where every user of the machine could read it.
        self._password = str(plain.pop("password", "")) or None
        self._place = make_conninfo(**plain)

    def size(self) -> int:
        """Return the size of the database; its dump is smaller."""
        with self._connected() as line:
            return int(_value(line, "SELECT pg_database_size(current_database())"))

    def copy(self, folder: Path, *, named: Callable[[str], None]) -> Snapshot:
        """Dump the database; digests and names of files are of the same moment."""
        target = folder / self.file_name
        target.unlink(missing_ok=True)
        with self._connected() as line:
            line.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            line.read_only = True
            snapshot = str(_value(line, "SELECT pg_export_snapshot()"))
            server = str(_value(line, "SHOW server_version"))
            there = set(_tables(line, all_of_them=True))
            left_out = sorted(there & set(LEFT_OUT))
            self._run(
                "pg_dump",
                server,
                f"--snapshot={snapshot}",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                *(f"--exclude-table-data={table}" for table in left_out),
                f"--file={target}",
            )
            for column in object_names.columns():
                if column.table in there:
                    with line.cursor("named") as cursor:
                        for (key,) in cursor.execute(object_names.question(column)):
                            named(key)
            return Snapshot(
                engine=self.engine,
                server=server,
                file=target,
                tables=_digests(line),
                left_out=left_out,
                migrations=_migrations(line, there),
            )

    def is_empty(self) -> bool:
        """Return whether there is no table."""
        with self._connected() as line:
            return not _tables(line, all_of_them=True)

    def load(self, file: Path) -> None:
        """Load a dump in one transaction."""
        with self._connected() as line:
            server = str(_value(line, "SHOW server_version"))
        self._run(
            "pg_restore",
            server,
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            str(file),
        )

    def digests(self) -> dict[str, TableDigest]:
        """Return the digests of the tables, all of one moment."""
        with self._connected() as line:
            line.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return _digests(line)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        try:
            line = psycopg.connect(self._place, password=self._password)
        except psycopg.Error as error:
            raise BackupProblem(f"PostgreSQL cannot be reached: {str(error).strip()}.") from error
        with line:
            yield line

    def _run(self, program: str, server: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs on this database."""
        path = _program(program, server)
        environment = {**os.environ, **({"PGPASSWORD": self._password} if self._password else {})}
        done = subprocess.run(
            [path, f"--dbname={self._place}", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BackupProblem(f"{program} failed: {done.stderr.strip()[-_WORDS:]}")


def _program(name: str, server: str) -> str:
    """Return the path of one of PostgreSQL's programs that is not older than the server.

    Raises:
        BackupProblem: when there is none, with what to install.
    """
    wanted = _major(server)
    # Debian keeps the programs of each version in a folder of their own, away from the path.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _major(path.parent.name))
    places = [shutil.which(name), *(str(folder / name) for folder in folders)]
    found = []
    for place in dict.fromkeys(filter(None, places)):
        try:
            said = subprocess.run([place, "--version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        found.append(_major(said))
        if found[-1] >= wanted:
            return place
    seen = f"only of version {max(found)}" if found else "not on this machine"
    raise BackupProblem(
        f"The program {name} is {seen}, and the server is PostgreSQL {wanted}: install its client programs "
        f"(on Debian and Ubuntu: apt install postgresql-client-{wanted})."
    )


def _major(words: str) -> int:
    number = re.search(r"\d+", words)
    return int(number[0]) if number else 0


def _value(line: psycopg.Connection, question: str) -> Any:
    row = line.execute(question).fetchone()
    return row[0] if row else None


def _tables(line: psycopg.Connection, *, all_of_them: bool = False) -> list[str]:
    rows = line.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY(current_schemas(false)) ORDER BY c.relname"
    )
    return [name for (name,) in rows.fetchall() if all_of_them or name not in LEFT_OUT]


def _digests(line: psycopg.Connection) -> dict[str, TableDigest]:
    # One form for every value, whatever the server and the person have set.
    for setting in (
        "TimeZone TO 'UTC'",
        "DateStyle TO 'ISO'",
        "extra_float_digits TO 1",
        "bytea_output TO 'hex'",
    ):
        line.execute(f"SET LOCAL {setting}")
    found = {}
    for table in _tables(line):
        digest = found[table] = TableDigest()
        with (
            line.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as rows,
        ):
            # libpq hands over one row at a time.
            for row in rows:
                digest.add(bytes(row))
    return found


def _migrations(line: psycopg.Connection, there: set[str]) -> list[tuple[str, str]]:
    if "django_migrations" not in there:
        return []
    return [(app, name) for app, name in line.execute("SELECT app, name FROM django_migrations ORDER BY id")]
