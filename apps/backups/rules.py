"""The triggers of a database: aside while rows are written as they are, and the same again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.backups.problems import BackupProblem


def triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return our triggers by name, each with what it is and whether it is in force."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT t.tgname, pg_get_triggerdef(t.oid) || t.tgenabled::text || pg_get_functiondef(t.tgfoid) "
                "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE NOT t.tgisinternal AND n.nspname = ANY(current_schemas(false))"
            )
        return dict(cursor.fetchall())


@contextmanager
def aside(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Put all triggers of a database aside while the block runs, in the caller's transaction.

    For a database that nobody uses yet: rows that kept to the rules when they were written need not prove it again,
    and some rules look at what a row was before.

    Raises:
        BackupProblem: when one is not the same again afterwards; the caller's transaction must not commit then.
    """
    before = triggers(connection)
    _switch(connection, before, on=False)
    yield
    _switch(connection, before, on=True)
    if triggers(connection) != before:
        raise BackupProblem("The rules of the new database could not be put back; nothing of it is kept.")


def _switch(connection: BaseDatabaseWrapper, known: dict[str, str], *, on: bool) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, statement in known.items():
                cursor.execute(statement if on else f'DROP TRIGGER "{name}"')
            return
        cursor.execute(
            "SELECT DISTINCT t.tgrelid::regclass::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE NOT t.tgisinternal AND n.nspname = ANY(current_schemas(false))"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
