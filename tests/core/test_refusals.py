import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.state import ProjectState

from apps.core.refusals import Refuse

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table():
    with connection.schema_editor() as editor:
        editor.execute("CREATE TABLE refusal_probe (id integer PRIMARY KEY, word text)")
    yield "refusal_probe"
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE refusal_probe")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def apply(operation: Refuse, *, backwards: bool = False) -> None:
    step = operation.database_backwards if backwards else operation.database_forwards
    with connection.schema_editor() as editor:
        step("probe", editor, ProjectState(), ProjectState())


def words() -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT word FROM refusal_probe ORDER BY id")
        return [word for (word,) in cursor.fetchall()]


@pytest.mark.parametrize(
    ("event", "when", "refused", "passes", "left"),
    [
        (
            "INSERT",
            "NEW.\"word\" = 'bad'",
            "INSERT INTO refusal_probe VALUES (9, 'bad')",
            "INSERT INTO refusal_probe VALUES (2, 'new')",
            ["good", "new"],
        ),
        (
            "UPDATE",
            'NEW."word" <> OLD."word"',
            "UPDATE refusal_probe SET word = 'other'",
            "UPDATE refusal_probe SET word = NULL",
            [None],
        ),
        (
            "DELETE",
            "OLD.\"word\" = 'good'",
            "DELETE FROM refusal_probe",
            "DELETE FROM refusal_probe WHERE id = 7",
            ["good"],
        ),
    ],
)
def test_a_row_is_refused_where_the_condition_holds_and_passes_where_it_does_not(
    table, event, when, refused, passes, left
):
    run("INSERT INTO refusal_probe VALUES (1, 'good')")
    rule = Refuse(table, event, "probe", when, "that is refused")
    apply(rule)
    with pytest.raises(IntegrityError, match="that is refused"):
        run(refused)
    run(passes)
    assert words() == left
    apply(rule, backwards=True)
    if event != "UPDATE":
        run(refused)


def test_there_is_no_other_event():
    with pytest.raises(ValueError, match="TRUNCATE"):
        Refuse("t", "TRUNCATE", "n", "1 = 1", "no")


def test_it_writes_itself_into_a_migration():
    rule = Refuse("t", "INSERT", "n", 'NEW."a" = 1', "no")
    assert rule.deconstruct() == ("Refuse", ["t", "INSERT", "n", 'NEW."a" = 1', "no"], {})
