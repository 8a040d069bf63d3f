"""What programs ask: /live, /ready and /metrics."""

import re

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings

from apps.core import disk
from apps.core.schema_state import SchemaState, schema_state
from apps.operations import exposition, readiness
from tests.jobs.conftest import submit, test_kinds

__all__ = ["test_kinds"]

TOKEN = "a token of sixteen and more"


def words(client: Client) -> dict[str, str]:
    readiness.forget()
    return client.get("/ready").json()


def test_live_touches_nothing(client):
    """Without the mark for it any query fails the test."""
    answer = client.get("/live")
    assert (answer.status_code, answer.content) == (200, b"live\n")
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.mark.parametrize("address", ["/live", "/ready", "/metrics"])
def test_probes_come_by_address_without_https_and_read_only(address, db):
    with override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["cells.example.org"]):
        answer = Client(headers={"host": "10.1.2.3:8000"}).get(address)
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert Client().post(address).status_code == 405


def test_ready_says_a_word_for_each_part(client, db):
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": "ok",
        "migrations": "ok",
        "storage": "ok",
        "broker": "none",
        "disk": "ok",
    }


def test_readiness_leaves_nothing_in_the_store(client, db, settings):
    client.get("/ready")
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_a_flood_of_questions_is_one_look(client, db, django_assert_num_queries):
    client.get("/ready")
    with django_assert_num_queries(0):
        for _ in range(20):
            assert client.get("/ready").status_code == 200


def test_without_a_database_it_is_not_ready_and_says_no_secret(client, monkeypatch, caplog):
    def refuse():
        raise OperationalError('connection to server at "db.internal" failed, password hunter2')

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["database"] == "down"
    assert answer.json()["migrations"] == "unknown"
    assert answer.json()["status"] == "failing"
    assert "hunter2" not in answer.content.decode()
    assert "Not ready: database" in caplog.text


def test_waiting_migrations_are_not_ready(client, db, monkeypatch):
    state = SchemaState(pending=(("cells", "0009_later"),), unknown=())
    monkeypatch.setattr(readiness, "schema_state", lambda: state)
    assert client.get("/ready").status_code == 503
    assert words(client)["migrations"] == "pending"


def test_a_store_that_cannot_be_written_is_not_ready(client, db, settings):
    settings.MEDIA_ROOT.parent.mkdir(parents=True)
    settings.MEDIA_ROOT.write_text("a file where the folder should be")
    assert client.get("/ready").status_code == 503
    assert words(client)["storage"] == "down"


def test_a_store_that_is_away_is_not_ready(client, db, monkeypatch, caplog):
    monkeypatch.setattr(readiness.storage, "problem", lambda write: "The bucket is gone.")
    assert words(client)["storage"] == "down"
    assert "The bucket is gone." in caplog.text


def test_a_broker_that_is_down_is_borne_because_jobs_wait_in_the_ledger(client, db, settings):
    settings.WBCWEB_REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["broker"]) == ("degraded", "down")


def test_a_disk_that_runs_full_is_borne_because_labels_need_little_room(client, db, settings):
    settings.WBCWEB_MIN_FREE_MB = disk.room_at("/").total // disk.MEBI + 1
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["status"], answer.json()["disk"]) == (200, "degraded", "low")


# --- The state of the tables


def test_a_migrated_database_is_current(db):
    assert schema_state() == SchemaState(pending=(), unknown=())


def test_what_is_not_applied_waits_and_what_nobody_ships_is_unknown(db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'cells' AND name LIKE '0002%%'")
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('slides', '9999_newer', '2026-01-01'), "
            "('an_app_of_former_days', '0001_initial', '2020-01-01')"
        )
    state = schema_state()
    assert [app for app, _ in state.pending] == ["cells"]
    assert state.unknown == (("slides", "9999_newer"),)


# --- Who may read the figures


@override_settings(WBCWEB_METRICS_TOKEN=TOKEN)
@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN} ", 200),
        ("", 401),
        ("Bearer x", 401),
        (f"Basic {TOKEN}", 401),
    ],
)
def test_with_a_token_set_nobody_reads_without_it(db, given, status):
    answer = Client(headers={"authorization": given} if given else {}).get("/metrics")
    assert answer.status_code == status
    assert ("wbcweb_info" in answer.content.decode()) == (status == 200)


@pytest.mark.parametrize(
    ("surroundings", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "10.0.0.7"}, 403),
        ({"REMOTE_ADDR": ""}, 403),  # a Unix socket: behind it is a proxy
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"}, 403),
    ],
)
def test_without_a_token_only_this_machine_reads(db, surroundings, status):
    assert Client().get("/metrics", **surroundings).status_code == status


def test_behind_a_proxy_this_machine_is_nobody_in_particular(client, db, settings):
    settings.WBCWEB_TRUSTED_PROXIES = 1
    answer = client.get("/metrics")
    assert answer.status_code == 403
    assert "WBCWEB_METRICS_TOKEN" in answer.content.decode()


# --- What they say


def sample(text: str, name: str, **labels: str) -> float | None:
    """Return the value of one line of the exposition."""
    for line in text.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return None


def figures(client: Client) -> str:
    return client.get("/metrics").content.decode()


def test_requests_are_counted_by_pattern_and_never_by_what_stood_in_its_place(client, db):
    before = (
        sample(figures(client), "wbcweb_http_requests_total", method="GET", route="help/", status="200") or 0
    )
    client.get("/help/")
    client.get("/slides/7d9b41c2-8b36-4a0f-9b7c-1f6c6c3f7f00/")
    client.get("/no/such/address-of-anna/")
    client.generic("BREW", "/help/")
    text = figures(client)
    assert sample(text, "wbcweb_http_requests_total", method="GET", route="help/", status="200") == before + 1
    slide = {"method": "GET", "route": "slides/<uuid:slide_id>/"}
    assert sample(text, "wbcweb_http_requests_total", status="302", **slide)
    assert sample(text, "wbcweb_http_requests_total", method="GET", route="unknown", status="404")
    assert sample(text, "wbcweb_http_requests_total", method="OTHER", route="help/", status="405")
    assert sample(text, "wbcweb_http_request_seconds_count", **slide)
    assert sample(text, "wbcweb_http_request_seconds_bucket", le="+Inf", **slide)
    assert "anna" not in text
    assert "7d9b41c2" not in text
    assert 'route="live"' not in text


def test_the_site_tells_what_it_knows(client, db, test_kinds):
    submit()
    text = figures(client)
    assert sample(text, "wbcweb_jobs", kind="test-quick", state="queued") == 1
    assert sample(text, "wbcweb_jobs_oldest_waiting_seconds", queue="default") is not None
    assert sample(text, "wbcweb_jobs_waiting", queue="default") == 1
    assert sample(text, "wbcweb_jobs_running", queue="default") == 0
    assert sample(text, "wbcweb_workers", queue="gpu-long") == 0
    assert sample(text, "wbcweb_workers_idle", queue="gpu-long") == 0
    assert sample(text, "wbcweb_reapers") == 0
    assert sample(text, "wbcweb_labels_total") == 0
    assert (sample(text, "wbcweb_database_bytes") or 0) >= 0
    assert (sample(text, "wbcweb_disk_free_bytes", disk="0") or 0) > 0
    assert sample(text, "wbcweb_ready", part="database") == 1


def test_without_a_database_the_other_figures_still_come(client, monkeypatch):
    def refuse():
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    text = figures(client)
    assert sample(text, "wbcweb_ready", part="database") == 0
    assert (sample(text, "wbcweb_disk_free_bytes", disk="0") or 0) > 0
    assert "wbcweb_jobs{" not in text


def test_a_cache_that_does_not_answer_costs_time_only(client, db, monkeypatch):
    class Broken:
        def get(self, key):
            raise ConnectionError

    monkeypatch.setattr(exposition, "cache", Broken())
    assert sample(figures(client), "wbcweb_labels_total") == 0
