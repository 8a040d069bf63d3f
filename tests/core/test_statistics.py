import pytest
from django.db import connection

from apps.core import statistics
from apps.jobs import schedule
from tests.factories import ProjectFactory

pytestmark = pytest.mark.django_db


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks at its tables by itself")
def test_sqlite_knows_how_its_rows_are_spread():
    for _ in range(20):
        ProjectFactory()
    statistics.refresh()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'accounts_project'")
        assert any(row[0].startswith("20 ") for row in cursor.fetchall())


def test_it_is_in_the_schedule_and_harmless_anywhere():
    assert "core.statistics" in schedule._REGISTERED
    statistics.refresh()
