"""What the database knows of its own tables, by which it chooses its way through them."""

from django.db import connection

# How many rows of each index are looked at: a sample says enough, and takes milliseconds whatever the table holds.
SAMPLE = 1000


def refresh() -> None:
    """Let SQLite look at its tables; PostgreSQL does so by itself.

    Without it SQLite takes a project for a small part of a site and an act for a rare thing, and walks through a
    hundred thousand rows where it could have gone to the hundred that were asked for. A connection knows what was
    found when it is opened.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={SAMPLE}")
        cursor.execute("ANALYZE")
