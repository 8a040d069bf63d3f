"""How often somebody may ask."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisGone

from apps.accounts.api import throttles
from apps.core import rate
from tests.factories import UserFactory
from tests.kits.redis import private_redis

pytestmark = pytest.mark.django_db

ME = "/api/v1/me/"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Begin a minute, with nothing counted."""
    monkeypatch.setattr(rate, "now", lambda: 6_000_010.0)
    throttles.people.forget()
    throttles.strangers.forget()
    yield
    throttles.people.forget()
    throttles.strangers.forget()


class FakeCache:
    """A cache that says what it was asked, and answers what a test wants."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[int] = []
        self.error = error

    def add(self, key: str, value: int, timeout: float) -> bool:
        return True

    def incr(self, key: str, delta: int) -> int:
        if self.error is not None:
            raise self.error
        self.asked.append(delta)
        return sum(self.asked)


@pytest.fixture
def fake_cache(monkeypatch):
    def use(**values: Exception) -> FakeCache:
        fake = FakeCache(**values)
        monkeypatch.setattr(rate, "cache", fake)
        return fake

    return use


def statuses(client, times):
    return [client.get(ME).status_code for _ in range(times)]


def test_a_person_above_the_limit_is_told_when_to_come_back(settings, sign_in):
    settings.WBCWEB_API_RATE = 3
    browser = sign_in(UserFactory())
    assert statuses(browser, 5) == [200, 200, 200, 429, 429]
    refused = browser.get(ME)
    assert refused.headers["Retry-After"] == "50"
    assert refused.json()["error"] == {
        "code": "throttled",
        "message": "Too many requests. Wait a little, then go on.",
        "detail": {"retry_after": 50},
    }


def test_the_next_minute_begins_anew(settings, sign_in, monkeypatch):
    settings.WBCWEB_API_RATE = 2
    browser = sign_in(UserFactory())
    assert statuses(browser, 3) == [200, 200, 429]
    monkeypatch.setattr(rate, "now", lambda: 6_000_060.0)
    assert statuses(browser, 3) == [200, 200, 429]


def test_each_person_and_each_token_has_a_limit_of_its_own(settings, sign_in, program):
    settings.WBCWEB_API_RATE = 2
    user = UserFactory()
    assert statuses(sign_in(user), 3) == [200, 200, 429]
    assert statuses(program(user), 3) == [200, 200, 429]
    assert statuses(program(user), 3) == [200, 200, 429]
    assert statuses(sign_in(UserFactory()), 3) == [200, 200, 429]


def test_strangers_and_wrong_keys_are_counted_by_address(settings, sign_in):
    settings.WBCWEB_API_RATE_STRANGERS = 3
    wrong = {"Authorization": "Bearer wbcweb_" + "0" * 64}
    assert statuses(Client(), 2) == [401, 401]
    assert statuses(Client(headers=wrong), 3) == [401, 429, 429]
    assert statuses(Client(), 1) == [429]
    assert statuses(Client(REMOTE_ADDR="192.0.2.7"), 1) == [401]
    # Whoever is known is not kept out by strangers from the same address.
    assert statuses(sign_in(UserFactory()), 1) == [200]


def test_all_processes_count_together():
    here, there = rate.Limit("t"), rate.Limit("t")
    allowed = [limit.take("a", per_minute=100) is None for _ in range(100) for limit in (here, there)]
    assert sum(allowed) == 100
    assert here.take("b", per_minute=100) is None


def test_a_process_asks_the_cache_once_for_a_block_and_not_at_all_once_refused(fake_cache):
    fake = fake_cache()
    limit = rate.Limit("t")
    allowed = [limit.take("a", per_minute=1000) is None for _ in range(5000)]
    assert sum(allowed) == 1000
    assert fake.asked == [50] * 21


def test_no_limit_is_no_question(fake_cache):
    fake = fake_cache()
    assert rate.Limit("t").take("a", per_minute=0) is None
    assert fake.asked == []


@pytest.mark.parametrize("error", [RedisGone("gone"), OSError("gone"), ValueError("emptied")], ids=repr)
def test_a_cache_that_is_gone_stops_nobody(fake_cache, error):
    fake_cache(error=error)
    limit = rate.Limit("t")
    assert [limit.take("a", per_minute=3) for _ in range(9)] == [None] * 9


def test_the_table_of_names_is_forgotten_each_minute(monkeypatch):
    limit = rate.Limit("t")
    for number in range(100):
        limit.take(str(number), per_minute=10)
    assert len(limit._held) == 100
    monkeypatch.setattr(rate, "now", lambda: 6_000_070.0)
    limit.take("a", per_minute=10)
    assert len(limit._held) == 1


# The caches that sites have


@pytest.fixture
def shared_cache(request, settings, tmp_path):
    """The table of the database, or a real Redis."""
    if request.param == "database":
        backend = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}
        settings.CACHES = {"default": backend}
        yield
        return
    server = private_redis(tmp_path / "redis")
    server.start()
    try:
        settings.CACHES = {
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": server.url}
        }
        yield
    finally:
        caches["default"].close()
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        server.stop()


@pytest.mark.parametrize(
    "shared_cache", ["database", pytest.param("redis", marks=pytest.mark.redis)], indirect=True
)
def test_processes_count_together_in_the_caches_that_sites_have(shared_cache):
    here, there = rate.Limit("t"), rate.Limit("t")
    allowed = [limit.take("a", per_minute=40) is None for _ in range(60) for limit in (here, there)]
    assert sum(allowed) == 40


def test_a_person_costs_the_database_next_to_nothing(settings, sign_in):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}
    }
    settings.WBCWEB_API_RATE = 12_000
    browser = sign_in(UserFactory())
    with CaptureQueriesContext(connection) as asked:
        for _ in range(50):
            assert browser.get(ME).status_code == 200
    assert 0 < len([query for query in asked if "core_cache" in query["sql"]]) < 15
