"""Whether the database is at the state this version of the software expects."""

from dataclasses import dataclass
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Migrations as pairs of app and name: ``pending`` wait to be applied, ``unknown`` come from a newer version."""

    pending: tuple[Key, ...]
    unknown: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class _Shipped:
    """The migrations of the installed code; ``parts`` of the squashed ones, and the ``apps`` that have any."""

    migrations: frozenset[Key]
    parts: dict[Key, frozenset[Key]]
    apps: frozenset[str]


@cache
def _shipped() -> _Shipped:
    """Read the installed migrations, once a process: a quarter of a second."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return _Shipped(
        migrations=frozenset(loader.disk_migrations),
        parts={key: frozenset(migration.replaces) for key, migration in loader.replacements.items()},
        apps=frozenset(loader.migrated_apps),
    )


def schema_state() -> SchemaState:
    """Compare the migrations of the code with those that the database has.

    Raises:
        django.db.Error: when the database does not answer.
    """
    shipped = _shipped()
    applied = frozenset(MigrationRecorder(connection).applied_migrations())
    # A squashed migration and its parts stand for one another.
    done = set(applied)
    for squashed, parts in shipped.parts.items():
        if squashed in applied or parts <= applied:
            done |= {squashed, *parts}
    known = shipped.migrations.union(*shipped.parts.values())
    return SchemaState(
        pending=tuple(sorted(shipped.migrations - done)),
        unknown=tuple(sorted(key for key in applied - known if key[0] in shipped.apps)),
    )
