import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.state import ProjectState

from apps.core.triggers import AppendOnly, ForbidUpdate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table():
    with connection.schema_editor() as editor:
        editor.execute("CREATE TABLE trigger_probe (id integer PRIMARY KEY, sealed text, free text)")
    yield "trigger_probe"
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE trigger_probe")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def apply(operation: AppendOnly | ForbidUpdate, *, backwards: bool = False) -> None:
    state = ProjectState()
    with connection.schema_editor() as editor:
        step = operation.database_backwards if backwards else operation.database_forwards
        step("probe", editor, state, state)


def rows() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, sealed, free FROM trigger_probe ORDER BY id")
        return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trigger_probe SET free = 'other'",
        "DELETE FROM trigger_probe",
        "UPDATE trigger_probe SET id = 2",
    ],
)
def test_an_append_only_table_takes_rows_and_keeps_them(table, statement):
    apply(AppendOnly(table))
    run("INSERT INTO trigger_probe VALUES (1, 'a', 'b')")
    with pytest.raises(IntegrityError, match="trigger_probe is append-only"):
        run(statement)
    assert rows() == [(1, "a", "b")]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no TRUNCATE")
def test_an_append_only_table_refuses_truncate(table):
    apply(AppendOnly(table))
    with pytest.raises(IntegrityError, match="append-only"):
        run("TRUNCATE trigger_probe")


def test_append_only_is_taken_back(table):
    apply(AppendOnly(table))
    apply(AppendOnly(table), backwards=True)
    run("INSERT INTO trigger_probe VALUES (1, 'a', 'b')")
    run("DELETE FROM trigger_probe")
    assert rows() == []


def test_a_sealed_column_keeps_its_value_and_the_others_move(table):
    apply(ForbidUpdate(table, ["sealed"]))
    run("INSERT INTO trigger_probe VALUES (1, 'a', 'b')")
    run("UPDATE trigger_probe SET free = 'c', sealed = 'a'")
    for value in ("'other'", "NULL"):
        with pytest.raises(IntegrityError, match="sealed of trigger_probe cannot be changed"):
            run(f"UPDATE trigger_probe SET sealed = {value}")
    assert rows() == [(1, "a", "c")]


def test_a_sealed_empty_column_stays_empty(table):
    apply(ForbidUpdate(table, ["sealed"]))
    run("INSERT INTO trigger_probe VALUES (1, NULL, 'b')")
    with pytest.raises(IntegrityError):
        run("UPDATE trigger_probe SET sealed = 'now'")
    assert rows() == [(1, None, "b")]


def test_the_seal_is_taken_back(table):
    apply(ForbidUpdate(table, ["sealed", "free"]))
    apply(ForbidUpdate(table, ["sealed", "free"]), backwards=True)
    run("INSERT INTO trigger_probe VALUES (1, 'a', 'b')")
    run("UPDATE trigger_probe SET sealed = 'x', free = 'y'")
    assert rows() == [(1, "x", "y")]


def test_operations_write_themselves_into_a_migration():
    assert AppendOnly("t").deconstruct() == ("AppendOnly", ["t"], {})
    assert ForbidUpdate("t", ["a", "b"]).deconstruct() == ("ForbidUpdate", ["t", ("a", "b")], {})
