"""Rules that only a trigger can hold, as reversible operations for migrations, on SQLite and PostgreSQL."""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class _TriggerOperation(Operation):
    """Make triggers forwards and drop them backwards; the state of the models does not change."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: triggers are no part of the models."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 - the framework's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - as above
        to_state: ProjectState,  # noqa: ARG002 - as above
    ) -> None:
        """Make the triggers."""
        for statement in self._create(schema_editor.connection):
            # Without parameters the driver leaves per cent signs alone.
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002 - the framework's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - as above
        to_state: ProjectState,  # noqa: ARG002 - as above
    ) -> None:
        """Drop the triggers."""
        for statement in self._drop(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        raise NotImplementedError

    def _drop(self, vendor: str) -> list[str]:
        raise NotImplementedError


def _postgres_trigger(*, name: str, table: str, when: str, body: str, level: str = "ROW") -> list[str]:
    return [
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END; $$',
        f'CREATE TRIGGER "{name}" {when} ON "{table}" FOR EACH {level} EXECUTE FUNCTION "{name}"()',
    ]


def _postgres_drop(*, name: str, table: str) -> list[str]:
    return [f'DROP TRIGGER "{name}" ON "{table}"', f'DROP FUNCTION "{name}"()']


class AppendOnly(_TriggerOperation):
    """Refuse UPDATE and DELETE (and TRUNCATE, where there is one) on a table, but for what was erased on record.

    The conditions are SQL that both databases understand, over ``OLD.column``; a row for which one is not true, or
    not known, stays as it is.

    Args:
        table: Name of the table in the database.
        delete_if: Which rows may be deleted; none without it.
        forget: Columns that may be set to null where ``forget_if`` holds, every other column staying as it is.
        forget_if: In which rows.
    """

    def __init__(
        self, table: str, *, delete_if: str = "", forget: Sequence[str] = (), forget_if: str = ""
    ) -> None:
        self.table = table
        self.delete_if = delete_if
        self.forget = tuple(forget)
        self.forget_if = forget_if

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        named = {"delete_if": self.delete_if, "forget": self.forget, "forget_if": self.forget_if}
        return (
            self.__class__.__name__,
            [self.table],
            {name: value for name, value in named.items() if value},
        )

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return f"Make {self.table} append-only"

    def _name(self, what: str) -> str:
        return f"{self.table}_no_{what}"

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        message = f"{self.table} is append-only"
        if connection.vendor == "sqlite":
            allowed = {"update": self._forgets(connection), "delete": self.delete_if}
            return [
                (
                    f'CREATE TRIGGER "{self._name(what)}" BEFORE {what.upper()} ON "{self.table}" '
                    f"{f'WHEN ({unless}) IS NOT TRUE ' if unless else ''}"
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                )
                for what, unless in allowed.items()
            ]
        passes = [
            f"IF TG_OP = '{what}' AND ({unless}) IS TRUE THEN RETURN {row}; END IF;"
            for what, unless, row in (
                ("UPDATE", self._forgets(connection), "NEW"),
                ("DELETE", self.delete_if, "OLD"),
            )
            if unless
        ]
        refusal = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"
        name, closed = self._name("change"), self._name("truncate")
        # A statement has no OLD, so the refusal of TRUNCATE is a function of its own.
        return [
            *_postgres_trigger(
                name=name, table=self.table, when="BEFORE UPDATE OR DELETE", body=" ".join([*passes, refusal])
            ),
            *_postgres_trigger(
                name=closed, table=self.table, when="BEFORE TRUNCATE", body=refusal, level="STATEMENT"
            ),
        ]

    def _forgets(self, connection: BaseDatabaseWrapper) -> str:
        """Return when an UPDATE is nothing but forgetting what may be forgotten; "" when that is never."""
        if not self.forget:
            return ""
        emptied = " AND ".join(f'NEW."{column}" IS NULL' for column in self.forget)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                columns = connection.introspection.get_table_description(cursor, self.table)
            kept = [column.name for column in columns if column.name not in self.forget]
            same = " AND ".join(f'OLD."{column}" IS NEW."{column}"' for column in kept)
        else:
            forgotten = ", ".join(f"'{column}'" for column in self.forget)
            same = f"to_jsonb(OLD) - ARRAY[{forgotten}] = to_jsonb(NEW) - ARRAY[{forgotten}]"
        return f"{emptied} AND {same} AND ({self.forget_if})"

    def _drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f'DROP TRIGGER "{self._name(what)}"' for what in ("update", "delete")]
        return [
            # Older ones share the function for changes.
            f'DROP TRIGGER "{self._name("truncate")}" ON "{self.table}"',
            f'DROP FUNCTION IF EXISTS "{self._name("truncate")}"()',
            *_postgres_drop(name=self._name("change"), table=self.table),
        ]


class Replace(_TriggerOperation):
    """Put one rule of a table in the place of another; backwards the other way round."""

    def __init__(self, old: _TriggerOperation, new: _TriggerOperation) -> None:
        self.old = old
        self.new = new

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        return (self.__class__.__name__, [self.old, self.new], {})

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return self.new.describe()

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        return [*self.old._drop(connection.vendor), *self.new._create(connection)]  # noqa: SLF001 - of one family

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Put the old rule back."""
        self.new.database_backwards(app_label, schema_editor, from_state, to_state)
        self.old.database_forwards(app_label, schema_editor, from_state, to_state)


class Lift(_TriggerOperation):
    """Take a rule of a table away, for a migration that fills a new column before it holds again."""

    def __init__(self, rule: _TriggerOperation) -> None:
        self.rule = rule

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        return (self.__class__.__name__, [self.rule], {})

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return f"Lift: {self.rule.describe()}"

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        return self.rule._drop(connection.vendor)  # noqa: SLF001 - of one family

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Let the rule hold again."""
        self.rule.database_forwards(app_label, schema_editor, from_state, to_state)


class ForbidUpdate(_TriggerOperation):
    """Refuse an UPDATE that would change one of some columns; writing the same value again is allowed.

    Args:
        table: Name of the table in the database.
        columns: Names of the sealed columns.
    """

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self.table = table
        self.columns = tuple(columns)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        return (self.__class__.__name__, [self.table, self.columns], {})

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return f"Seal {', '.join(self.columns)} of {self.table}"

    @property
    def _name(self) -> str:
        return f"{self.table}_sealed_{'_'.join(self.columns)}"[:63]

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        message = f"{', '.join(self.columns)} of {self.table} cannot be changed"
        columns = ", ".join(f'"{column}"' for column in self.columns)
        if connection.vendor == "sqlite":
            differs = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in self.columns)
            return [
                (
                    f'CREATE TRIGGER "{self._name}" BEFORE UPDATE OF {columns} ON "{self.table}" '
                    f"WHEN {differs} BEGIN SELECT RAISE(ABORT, '{message}'); END"
                )
            ]
        differs = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in self.columns)
        body = (
            f"IF {differs} THEN RAISE EXCEPTION '{message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;"
        )
        return _postgres_trigger(
            name=self._name, table=self.table, when=f"BEFORE UPDATE OF {columns}", body=body
        )

    def _drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f'DROP TRIGGER "{self._name}"']
        return _postgres_drop(name=self._name, table=self.table)


class RefuseUpdate(_TriggerOperation):
    """Refuse an UPDATE of a row for which a condition over OLD and NEW holds.

    Args:
        table: Name of the table in the database.
        name: What the rule is called, such as "attempt_goes_up"; part of the trigger's name.
        when: SQL that both databases understand, over ``OLD.column`` and ``NEW.column``.
        message: What the error says.
    """

    def __init__(self, table: str, name: str, when: str, message: str) -> None:
        self.table = table
        self.name = name
        self.when = when
        self.message = message

    def deconstruct(self) -> tuple[str, list[str], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        return (self.__class__.__name__, [self.table, self.name, self.when, self.message], {})

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return f"Refuse in {self.table}: {self.message}"

    @property
    def _name(self) -> str:
        return f"{self.table}_{self.name}"[:63]

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        if connection.vendor == "sqlite":
            return [
                (
                    f'CREATE TRIGGER "{self._name}" BEFORE UPDATE ON "{self.table}" '
                    f"WHEN {self.when} BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
                )
            ]
        body = (
            f"IF ({self.when}) THEN RAISE EXCEPTION '{self.message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;"
        )
        return _postgres_trigger(name=self._name, table=self.table, when="BEFORE UPDATE", body=body)

    def _drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f'DROP TRIGGER "{self._name}"']
        return _postgres_drop(name=self._name, table=self.table)


class RefuseDelete(_TriggerOperation):
    """Refuse to DELETE rows of a table; what an UPDATE may do, other rules say."""

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[str], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        return (self.__class__.__name__, [self.table], {})

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return f"Keep the rows of {self.table}"

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        name, message = f"{self.table}_kept", f"rows of {self.table} are kept"
        when = "BEFORE DELETE"
        if connection.vendor == "sqlite":
            body = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            return [f'CREATE TRIGGER "{name}" {when} ON "{self.table}" {body}']
        body = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"
        return _postgres_trigger(name=name, table=self.table, when=when, body=body)

    def _drop(self, vendor: str) -> list[str]:
        name = f"{self.table}_kept"
        return (
            [f'DROP TRIGGER "{name}"'] if vendor == "sqlite" else _postgres_drop(name=name, table=self.table)
        )


class CopyOf(_TriggerOperation):
    """Refuse a row whose copy of a column differs from that column of the row it points at.

    The original must be sealed (``ForbidUpdate``), else the copy could come to differ later.

    Args:
        table: Name of the table with the copy.
        column: The copy.
        pointer: Column that points at the other row; where it is null nothing is asked.
        parent: Name of the table pointed at, by its ``id``.
        original: The column there; of the same name unless said otherwise.
    """

    def __init__(self, table: str, column: str, pointer: str, parent: str, original: str = "") -> None:
        self.table = table
        self.column = column
        self.pointer = pointer
        self.parent = parent
        self.original = original or column

    def deconstruct(self) -> tuple[str, list[str], dict[str, object]]:
        """Return what writes this operation into a migration file."""
        return (
            self.__class__.__name__,
            [self.table, self.column, self.pointer, self.parent, self.original],
            {},
        )

    def describe(self) -> str:
        """Return what the migration's output shows."""
        return f"Keep {self.column} of {self.table} equal to {self.original} of {self.parent}"

    def _name(self, what: str = "") -> str:
        return f"{self.table}_{self.column}_copies_{self.parent}"[:56] + what

    def _create(self, connection: BaseDatabaseWrapper) -> list[str]:
        message = f"{self.column} of {self.table} must be that of its {self.parent}"
        # Names written in migrations, never anything from outside.
        original = f'(SELECT "{self.original}" FROM "{self.parent}" WHERE "id" = NEW."{self.pointer}")'  # noqa: S608
        if connection.vendor == "sqlite":
            differs = f'NEW."{self.pointer}" IS NOT NULL AND NEW."{self.column}" IS NOT {original}'
            return [
                f'CREATE TRIGGER "{self._name(suffix)}" BEFORE {event} ON "{self.table}" '
                f"WHEN {differs} BEGIN SELECT RAISE(ABORT, '{message}'); END"
                for suffix, event in (
                    ("_new", "INSERT"),
                    ("_set", f'UPDATE OF "{self.column}", "{self.pointer}"'),
                )
            ]
        body = (
            f'IF NEW."{self.pointer}" IS NOT NULL AND NEW."{self.column}" IS DISTINCT FROM {original} '
            f"THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;"
        )
        when = f'BEFORE INSERT OR UPDATE OF "{self.column}", "{self.pointer}"'
        return _postgres_trigger(name=self._name(), table=self.table, when=when, body=body)

    def _drop(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f'DROP TRIGGER "{self._name(suffix)}"' for suffix in ("_new", "_set")]
        return _postgres_drop(name=self._name(), table=self.table)
