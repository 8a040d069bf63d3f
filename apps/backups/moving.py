"""Moving a site from one database to another: SQLite to PostgreSQL when it grows, and back.

Everything is read in one transaction that lets nobody write. What is written is kept only when every table has the
same digest on both sides: on PostgreSQL it is one transaction, tables included; of SQLite it is a file that gets its
name last. The source stays as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DataError, Error, IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.utils import timezone

from apps.backups import rows, rules, running, sequences
from apps.backups.digests import TableDigest, differing
from apps.backups.problems import BackupProblem
from apps.core.schema_state import schema_state
from apps.core.sqlite.queue import ENDINGS
from apps.jobs.models import Worker

Say = Callable[[str], None]

TARGET = "target"
_ALIVE = dt.timedelta(minutes=2)


def move(*, target: dict[str, Any], say: Say) -> dict[str, TableDigest]:
    """Move everything from the site's database into an empty one; return the digest of every table.

    Args:
        target: Django's settings of the other database.
        say: Told what happens, in lines for the administrator.

    Raises:
        BackupProblem: with a sentence; the target is then as empty as before.
    """
    _refuse_unready()
    if "sqlite" in target["ENGINE"]:
        with _fresh_file(Path(target["NAME"])) as fresh, _connected({**target, "NAME": fresh}):
            _make_tables(say)
            with _frozen(), transaction.atomic(using=TARGET):
                return _copy(say)
    with _connected(target):
        _refuse_filled()
        with _frozen(), transaction.atomic(using=TARGET):
            _make_tables(say)
            return _copy(say)


def _make_tables(say: Say) -> None:
    say("Making the tables ...")
    call_command("migrate", database=TARGET, interactive=False, verbosity=0)


def _copy(say: Say) -> dict[str, TableDigest]:
    """Copy every table inside both transactions, and compare."""
    models = rows.moved_models()
    there = connections[TARGET]
    read: dict[str, TableDigest] = {}
    _check(there)
    with rules.aside(there):
        for model in reversed(models):
            rows.empty(model, there)
        for model in models:
            read[_table(model)] = _copy_table(model)
            say(f"  {_table(model)}: {read[_table(model)].rows} rows")
        # Here, because PostgreSQL puts no trigger back while it has constraints left to look at.
        _check(there)
    for model in models:
        counted = sequences.highest(model, DEFAULT_DB_ALIAS)
        if counted is not None:
            sequences.set_highest(model, TARGET, counted)
    say("Comparing ...")
    wrong = differing(read, {_table(model): rows.digest(model, TARGET) for model in models})
    if wrong:
        raise BackupProblem(f"The new database is not the same: {', '.join(wrong)}. Nothing of it is kept.")
    return read


def _check(there: BaseDatabaseWrapper) -> None:
    """Hold every row against those that it points at."""
    try:
        there.check_constraints()
    except IntegrityError as error:
        raise BackupProblem(f"The rows do not fit together: {error}. Nothing was kept.") from error


def _copy_table(model: type[Model]) -> TableDigest:
    digest = TableDigest()
    for part in _parts(rows.read(model, DEFAULT_DB_ALIAS)):
        for row in part:
            digest.add(rows.canonical(row))
        try:
            # A savepoint, so that the row which does not fit can be looked for.
            with transaction.atomic(using=TARGET):
                rows.write(model, TARGET, part)
        except (DataError, IntegrityError, ValueError) as error:
            raise BackupProblem(_misfit(model, part, error)) from error
    return digest


def _misfit(model: type[Model], part: list[rows.Row], error: Exception) -> str:
    """Return the sentence about the first row that the other database does not take."""
    place = [field.primary_key for field in rows.columns(model)].index(True)
    for row in part:
        try:
            with transaction.atomic(using=TARGET):
                rows.write(model, TARGET, [row])
        except (DataError, IntegrityError, ValueError) as its_own:
            why = str(its_own).strip().splitlines()[0]
            return (
                f"The new database does not take the row {row[place]} of {_table(model)}: {why}. "
                "Change that row, then move again; nothing was kept."
            )
    return f"The new database does not take rows of {_table(model)}: {error}. Nothing was kept."


def _refuse_unready() -> None:
    if running.is_site_running():
        raise BackupProblem("The site is running on this machine: stop it first (Ctrl+C).")
    state = schema_state()
    if state.pending or state.unknown:
        raise BackupProblem("The present database is not of this version: run `make upgrade` first.")
    alive = Worker.objects.filter(seen_at__gt=timezone.now() - _ALIVE)
    if alive.exists():
        names = ", ".join(sorted({str(worker.host) for worker in alive}))
        raise BackupProblem(
            f"Workers are alive (on {names}): stop the site and its workers first. What people did meanwhile would "
            "stay behind. Workers that have just ended are forgotten after two minutes."
        )


def _refuse_filled() -> None:
    there = connections[TARGET]
    try:
        tables = there.introspection.table_names()
    except Error as error:
        raise BackupProblem(f"The new database cannot be reached: {str(error).strip()}.") from error
    if tables:
        raise BackupProblem(
            f"The new database is not empty: it has {len(tables)} tables, such as {min(tables)}. "
            "Name an empty one; nothing was changed."
        )


@contextmanager
def _fresh_file(path: Path) -> Iterator[Path]:
    """Give a file to write to, which gets the name when all went well and is gone when not."""
    if path.exists() and path.stat().st_size:
        raise BackupProblem(
            f"There is a database at {path} already. Name a place where none is; nothing was changed."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.moving")
    parts = [fresh.with_name(fresh.name + end) for end in ("", "-wal", "-shm", *ENDINGS)]
    for part in parts:
        part.unlink(missing_ok=True)
    try:
        yield fresh
        fresh.chmod(0o600)
        # Closed by now, so that its log is part of it.
        fresh.replace(path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


@contextmanager
def _connected(target: dict[str, Any]) -> Iterator[None]:
    """Know the other database under a name of its own while the block runs."""
    connections.settings[TARGET] = connections.configure_settings(
        {DEFAULT_DB_ALIAS: connections[DEFAULT_DB_ALIAS].settings_dict, TARGET: dict(target)}
    )[TARGET]
    try:
        yield
    finally:
        connections[TARGET].close()
        del connections[TARGET]
        del connections.settings[TARGET]


@contextmanager
def _frozen() -> Iterator[None]:
    """Read one moment's state of the source, and let nobody write meanwhile."""
    here = connections[DEFAULT_DB_ALIAS]
    with transaction.atomic():  # on SQLite this alone holds the one lock for writing
        if here.vendor == "postgresql":
            quote = here.ops.quote_name
            tables = ", ".join(quote(_table(model)) for model in rows.moved_models())
            with here.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")
        yield


def _table(model: type[Model]) -> str:
    return str(model._meta.db_table)  # noqa: SLF001 - documented by Django


def _parts(found: Iterable[rows.Row]) -> Iterator[list[rows.Row]]:
    each = iter(found)
    while part := list(islice(each, rows.CHUNK)):
        yield part
