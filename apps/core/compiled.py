"""Reads whose statement is written once, for the few that most requests make.

Django writes the SQL of a query anew each time, which for a read of one row by its key takes several times as long
as the database takes to answer. A `CompiledRead` writes it once for each connection and puts the values of the
moment in their places. Which statements are worth it, a profile of a request tells; see docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")

_KEPT = "_compiled_reads"
# Values that stand for those of the moment while a statement is written; no query of ours holds them by itself.
_STAND_INS: dict[type, tuple[Any, ...]] = {
    int: tuple(7_316_204_951 + n for n in range(4)),
    str: tuple(f"stand-in {n} of a compiled read" for n in range(4)),
    UUID: tuple(UUID(int=0x5EED_0000_4000_8000_0000_0000_0000_0000 + n) for n in range(4)),
    datetime: tuple(datetime(1871, 3, 14, 15, 9, 26, n, UTC) for n in range(1, 5)),
}


class CompiledRead(Generic[Row]):
    """A query with named values, none of which may be null or a list.

    Args:
        build: Makes the query of the values, by name; it must not look at them.
        depends: On what the statement depends besides, such as functions that other rooms register; it is written
            anew when that changes.
        optional: Names of values that the query need not hold.
        kinds: The type of each value: int, str, UUID or datetime.
    """

    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Row]],
        *,
        depends: Callable[[], Hashable] = tuple,
        optional: Collection[str] = (),
        **kinds: type,
    ) -> None:
        self._build = build
        self._depends = depends
        self._kinds = kinds
        self._needed = set(kinds) - set(optional)

    def all(self, **values: Any) -> list[Row]:
        """Return the rows of the query with these values: objects or tuples, as the query says."""
        return self._on_connection().rows(values)

    def first(self, **values: Any) -> Row | None:
        """Return the first row, None when there is none. A query that may find many should be cut to one itself."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def _on_connection(self) -> _Statement[Row]:
        connection = connections["default"]
        kept: dict[Any, _Statement[Any]] = connection.__dict__.setdefault(_KEPT, {})
        key = (self, self._depends())
        statement: _Statement[Row] | None = kept.get(key)
        if statement is None:
            unused = {kind: iter(values) for kind, values in _STAND_INS.items()}
            stand_ins = {name: next(unused[kind]) for name, kind in self._kinds.items()}
            statement = _Statement(self._build(**stand_ins), stand_ins, connection)
            if missing := self._needed - statement.named:
                raise ValueError(f"The query does not hold {', '.join(sorted(missing))}.")
            kept[key] = statement
        return statement


class _Statement(Generic[Row]):
    """The statement of a query on one connection, which one thread uses at a time."""

    def __init__(
        self, query: QuerySet[Any, Row], stand_ins: dict[str, Any], connection: BaseDatabaseWrapper
    ) -> None:
        self._query, self._connection = query, connection
        compiler: SQLCompiler = query.query.get_compiler(connection=connection)
        self._sql, written = compiler.as_sql()
        self._written = list(written)
        self._places = [
            (place, name, type(value) if isinstance(value, int) else None)
            for name, stand_in in stand_ins.items()
            for place, value in enumerate(self._written)
            if value == self._adapted(stand_in)
        ]
        self.named = {name for _, name, _ in self._places}
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        # What the query's own way of making rows asks for, answered from what is known.
        compiler.as_sql = lambda *_args, **_named: (self._sql, tuple(self._written))  # type: ignore[method-assign]
        compiler.get_converters = lambda *_args, **_named: converters  # type: ignore[method-assign]
        query.query.get_compiler = lambda *_args, **_named: compiler  # type: ignore[method-assign]

    def rows(self, values: dict[str, Any]) -> list[Row]:
        for place, name, number in self._places:
            value = self._adapted(values[name])
            # One driver tells a number's size to the database by the number's own type.
            self._written[place] = value if number is None or number is int else number(value)
        made: Any = self._query._iterable_class  # noqa: SLF001 - how a query makes its rows
        return list(made(self._query))

    def _adapted(self, value: Any) -> Any:
        """Return a value as the connection takes it."""
        if isinstance(value, UUID):
            return value if self._connection.features.has_native_uuid_field else value.hex
        if isinstance(value, datetime):
            return self._connection.ops.adapt_datetimefield_value(value)
        return value
