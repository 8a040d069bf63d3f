"""One more rule that only a trigger can hold: a row that must not be inserted, changed or deleted under a condition."""

from __future__ import annotations

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core.triggers import _postgres_drop, _postgres_trigger, _TriggerOperation

_GIVES: Final = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


class Refuse(_TriggerOperation):
    """Refuse an INSERT, UPDATE or DELETE of a row for which a condition holds.

    Args:
        table: Name of the table in the database.
        event: "INSERT", "UPDATE" or "DELETE".
        name: What the rule is called, such as "one_step_at_a_time"; part of the trigger's name.
        when: SQL that both databases understand, over ``NEW.column`` and ``OLD.column`` as far as the event has them.
            What comes out as null refuses nothing.
        message: What the error says.
    """

    def __init__(self, table: str, event: str, name: str, when: str, message: str) -> None:
        if event not in _GIVES:
            raise ValueError(f"There is no event {event!r}.")
        self.table = table
        self.event = event
        self.name = name
        self.when = when
        self.message = message

    def deconstruct(self) -> tuple[str, list[str], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        return (self.__class__.__name__, [self.table, self.event, self.name, self.when, self.message], {})

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return f"Refuse {self.event.lower()} in {self.table}: {self.message}"

    @property
    def _name(self) -> str:
        return f"{self.table}_{self.name}"[:63]

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        when = f"BEFORE {self.event}"
        if connection.vendor == "sqlite":
            return [
                (
                    f'CREATE TRIGGER "{self._name}" {when} ON "{self.table}" '
                    f"WHEN {self.when} BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
                )
            ]
        body = (
            f"IF ({self.when}) THEN RAISE EXCEPTION '{self.message}' "
            f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {_GIVES[self.event]};"
        )
        return _postgres_trigger(name=self._name, table=self.table, when=when, body=body)

    def _drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f'DROP TRIGGER "{self._name}"']
        return _postgres_drop(name=self._name, table=self.table)
