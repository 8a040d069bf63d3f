"""The counters from which new rows get their numbers: a number that was given once is never given again."""

from __future__ import annotations

from django.db import connections
from django.db.models import AutoField, Max, Model


def highest(model: type[Model], alias: str) -> int | None:
    """Return the highest number that a table has ever given, that of a row which is gone among them.

    None when the table does not count.
    """
    key = model._meta.pk  # noqa: SLF001 - documented by Django
    if not isinstance(key, AutoField):
        return None
    present = model._base_manager.using(alias).aggregate(top=Max("pk"))["top"] or 0  # noqa: SLF001 - as above
    return max(present, _given(model, alias))


def set_highest(model: type[Model], alias: str, value: int) -> None:
    """Let a table count on from there."""
    connection = connections[alias]
    meta = model._meta  # noqa: SLF001 - as above
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [meta.db_table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [meta.db_table, value])
        else:
            # The second argument says whether the value was given already.
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), GREATEST(%s, 1), %s)",
                [connection.ops.quote_name(meta.db_table), meta.pk.column, value, value > 0],
            )


def _given(model: type[Model], alias: str) -> int:
    connection = connections[alias]
    meta = model._meta  # noqa: SLF001 - as above
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [meta.db_table])
        else:
            cursor.execute(
                "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)",
                [connection.ops.quote_name(meta.db_table), meta.pk.column],
            )
        row = cursor.fetchone()
    return int(row[0] or 0) if row else 0
