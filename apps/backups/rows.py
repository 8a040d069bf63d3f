"""Rows as Python knows them, the same from either database: read in constant memory, written as they are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey, Model

from apps.backups.digests import TableDigest, plain_row

CHUNK = 2_000

Row = tuple[Any, ...]


def moved_models() -> list[type[Model]]:
    """Return every table that is moved, those that others point at first (as far as they do not point in circles)."""
    models = [model for model in apps.get_models(include_auto_created=True) if _is_a_table(model)]
    ordered: list[type[Model]] = []
    while models:
        ready = [
            model
            for model in models
            if not any(target in models and target is not model for target in _targets(model))
        ]
        # A circle: constraints are checked when the transaction ends, so any order will do.
        ordered += ready or [models[0]]
        models = [model for model in models if model not in ordered]
    return ordered


def _is_a_table(model: type[Model]) -> bool:
    meta = model._meta  # noqa: SLF001 - documented by Django
    return meta.managed and not meta.proxy


def _targets(model: type[Model]) -> set[type[Model]]:
    fields = model._meta.concrete_fields  # noqa: SLF001 - as above
    return {field.related_model for field in fields if isinstance(field, ForeignKey)}


def columns(model: type[Model]) -> list[Field[Any, Any]]:
    """Return the columns of a table, in one order on every database."""
    return sorted(model._meta.concrete_fields, key=lambda field: str(field.column))  # noqa: SLF001 - as above


def read(model: type[Model], alias: str) -> Iterator[Row]:
    """Yield the rows of a table by their primary key, some thousand at a time."""
    names = [field.attname for field in columns(model)]
    rows = model._base_manager.using(alias).order_by("pk").values_list(*names)  # noqa: SLF001 - as above
    return rows.iterator(chunk_size=CHUNK)


def digest(model: type[Model], alias: str) -> TableDigest:
    """Return the digest of a table that is the same on every database."""
    found = TableDigest()
    for row in read(model, alias):
        found.add(canonical(row))
    return found


def canonical(row: Sequence[Any]) -> bytes:
    """Return a row in the form that does not depend on the database it was read from."""
    return plain_row(_plain(value) for value in row)


def write(model: type[Model], alias: str, rows: Sequence[Row]) -> None:
    """Write rows exactly as they were read: no default, no time of now, no signal."""
    connection = connections[alias]
    fields = columns(model)
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001 - as above
    names = ", ".join(quote(str(field.column)) for field in fields)
    prepared = [
        tuple(field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True))
        for row in rows
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
                for values in prepared:
                    stream.write_row(values)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", prepared)  # noqa: S608 - names of ours


def empty(model: type[Model], connection: BaseDatabaseWrapper) -> None:
    """Remove what making the tables has put into one."""
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - as above
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | bytes):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, dict | list):
        return json.dumps(_numbers(value), sort_keys=True, ensure_ascii=True)
    if isinstance(value, UUID | Decimal | dt.date | dt.time | dt.timedelta):
        return str(value)
    if isinstance(value, memoryview):
        return bytes(value)
    raise TypeError(f"{type(value).__name__} has no form of its own yet.")


def _number(value: float) -> float | int:
    """Return a number in one form: PostgreSQL's JSON writes 1e22 as an integer, and knows no negative zero."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    if isinstance(value, float):
        return _number(value)
    return value
