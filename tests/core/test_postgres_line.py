"""A line to PostgreSQL is known to be alive without a question, and known to be dead before a request needs it."""

import os

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.core.postgres.base import DatabaseWrapper
from tests.kits.postgres import private_postgres
from wbcweb.env import database_at

pytestmark = pytest.mark.postgres


def wrapper_of(url: str) -> DatabaseWrapper:
    settings = {
        **connections["default"].settings_dict,
        **database_at(url),
        "TIME_ZONE": None,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
    }
    return DatabaseWrapper(settings, alias=f"line-{os.getpid()}")


def test_a_line_is_checked_without_a_question_and_a_dead_one_is_found(django_db_blocker) -> None:
    with private_postgres() as kit, django_db_blocker.unblock():
        wrapper = wrapper_of(kit.url())
        other = wrapper_of(kit.url())
        assert not wrapper.is_usable()
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (process,) = cursor.fetchone()
        with CaptureQueriesContext(wrapper) as asked:
            assert wrapper.is_usable()
        assert len(asked) == 0
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        assert not wrapper.is_usable()
        # The next request opens a new one.
        wrapper.health_check_enabled, wrapper.health_check_done = True, False
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
        wrapper.close()
        other.close()
