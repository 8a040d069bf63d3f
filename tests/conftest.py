"""What every test may count on: a store and a cache of its own, quick passwords, triggers that survive a flush."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from pytest_django import Settings

from apps.accounts.models import User
from tests.kits.s3 import fresh_bucket
from tests.triggers import without_triggers

# Named here because pytest accepts plugins from the topmost conftest only.
pytest_plugins = ["tests.kits.jobs", "tests.kits.shared_data"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    """Give each process of tests a database of its own; one of SQLite in memory is that already.

    The plug-in knows SQLite by the name of Django's own backend alone, and ours has another.
    """
    process = getattr(request.config, "workerinput", {}).get("workerid")
    if process and connection.vendor != "sqlite":
        test = connection.settings_dict["TEST"]
        test["NAME"] = f"{test['NAME'] or 'test_' + str(connection.settings_dict['NAME'])}_{process}"


@pytest.fixture(autouse=True)
def own_surroundings(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Give each test its own files and cache, and the cheapest password hash."""
    settings.WBCWEB_DATA_DIR = tmp_path / "data"
    settings.MEDIA_ROOT = tmp_path / "data" / "media"
    if settings.WBCWEB_S3 is not None:  # the run of tests/test_on_s3.py
        settings.WBCWEB_S3 = fresh_bucket(settings.WBCWEB_S3)
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        # No test needs the files that the front end builds, nor their manifest.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.WBCWEB_API_RATE = settings.WBCWEB_API_RATE_STRANGERS = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Keep one connection for the whole run: a test's transaction must not end because a minute has passed."""
    connection.settings_dict["CONN_MAX_AGE"] = None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that the last of several processes does not end alone with it."""
    items.sort(key=lambda item: [not item.get_closest_marker(name) for name in ("long", "slow")])


def pytest_runtest_setup() -> None:
    """Let no test begin on a connection that the one before it left closed by the server."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


@pytest.fixture(autouse=True, scope="session")
def flush_past_triggers() -> Iterator[None]:
    """Let transactional tests empty append-only tables when they end, which their triggers refuse otherwise."""
    usual = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        with without_triggers(connection):
            usual(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Return a function that gives a browser in which a person is signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make
