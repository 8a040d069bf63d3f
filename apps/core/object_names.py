"""Which columns of the database name stored files; each room enters its own at start-up.

A backup asks them what it must hold, and nothing is removed from the store while one of them still names it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class NamingColumn:
    """A column that holds keys of the store.

    Args:
        table: Name of the table in the database.
        column: The column; empty text and null name nothing.
        where: SQL that both databases understand: in which rows the file must be there. All when empty.
    """

    table: str
    column: str
    where: str = ""


# Names written in code, never anything from outside. The keys go in as one parameter: SQLite takes a limited number.
_QUESTIONS = {
    "sqlite": 'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IN (SELECT value FROM json_each(%s))',
    "postgresql": (
        'SELECT DISTINCT "{column}" FROM "{table}" '
        'WHERE "{column}" IN (SELECT jsonb_array_elements_text(%s::jsonb))'
    ),
}
_COLUMNS: dict[tuple[str, str], NamingColumn] = {}


def register(table: str, column: str, *, where: str = "") -> None:
    """Enter a column; called when Django starts.

    Raises:
        ValueError: when it is entered already.
    """
    if (table, column) in _COLUMNS:
        raise ValueError(f"{table}.{column} is entered twice.")
    _COLUMNS[table, column] = NamingColumn(table, column, where)


def columns() -> tuple[NamingColumn, ...]:
    """Return the columns that are entered."""
    return tuple(_COLUMNS.values())


def question(column: NamingColumn) -> str:
    """Return the SQL that asks for the keys of the files that must be there, for a copy of the database as well."""
    where = f" AND ({column.where})" if column.where else ""
    return f'SELECT "{column.column}" FROM "{column.table}" WHERE "{column.column}" <> \'\'{where}'  # noqa: S608 - as above


def still_named(keys: Iterable[str]) -> set[str]:
    """Return those of the keys that some row names, whatever the state of the row.

    One look through each table, since keys are not indexed; hand over many at once.
    """
    wanted = list(keys)
    found: set[str] = set()
    if not wanted:
        return found
    with connection.cursor() as cursor:
        for named in columns():
            question = _QUESTIONS[connection.vendor].format(table=named.table, column=named.column)
            cursor.execute(question, [json.dumps(wanted)])
            found.update(key for (key,) in cursor.fetchall())
    return found
