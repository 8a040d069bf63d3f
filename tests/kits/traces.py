"""Look for traces of something in every table, whatever room it is of."""

from collections.abc import Iterable

from django.db import connection


def tables_with(*texts: str, but: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return per table the rows, as text, in which one of the texts stands; UUIDs are found in either spelling."""
    wanted = {spelling.lower() for text in texts for spelling in (text, text.replace("-", ""))}
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - set(but)):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = "\x1f".join(str(value) for value in row).lower()
                if any(each in text for each in wanted):
                    found.setdefault(table, []).append(text)
    return found
