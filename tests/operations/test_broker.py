"""With a real Redis: what /ready and the self-check say while it is there, gone, and there again."""

from pathlib import Path

import pytest

from apps.core.checks import State
from apps.jobs import checks
from apps.operations import readiness
from tests.kits.redis import private_redis

pytestmark = [pytest.mark.redis, pytest.mark.django_db]


def word() -> str:
    readiness.forget()
    return readiness.readiness().parts["broker"]


def test_a_broker_that_goes_and_comes_back(settings, tmp_path: Path):
    redis = private_redis(tmp_path / "redis")
    settings.WBCWEB_REDIS_URL = redis.url
    with redis.up():
        assert word() == "ok"
        assert [line.state for line in checks.broker()] == [State.OK]
    assert word() == "down"
    assert [line.state for line in checks.broker()] == [State.FAIL]
    with redis.up():
        assert word() == "ok"


def test_a_broker_that_may_drop_messages(settings, tmp_path: Path):
    import redis as client

    server = private_redis(tmp_path / "redis")
    settings.WBCWEB_REDIS_URL = server.url
    with server.up(), client.Redis.from_url(server.url) as line:
        line.config_set("maxmemory-policy", "allkeys-lru")
        [found] = checks.broker()
    assert (found.state, "allkeys-lru" in found.seen) == (State.WARN, True)
