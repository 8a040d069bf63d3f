"""Copying and loading a whole database, for each kind that the site can have."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connections

from apps.backups.databases.base import Database, Snapshot
from apps.backups.problems import BackupProblem

__all__ = ["Database", "Snapshot", "site_database"]


def site_database(alias: str = DEFAULT_DB_ALIAS) -> Database:
    """Return the site's database as what can be copied and loaded.

    Raises:
        BackupProblem: when its kind is not supported, or it lives in memory only.
    """
    connection = connections[alias]
    if connection.vendor == "sqlite":
        from apps.backups.databases.sqlite import SQLiteDatabase

        return SQLiteDatabase(connection.settings_dict)
    if connection.vendor == "postgresql":
        from apps.backups.databases.postgres import PostgresDatabase

        return PostgresDatabase(connection.get_connection_params())
    raise BackupProblem(f"There is no backup for {connection.vendor}.")
