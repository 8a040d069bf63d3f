import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tests.kits.processes import own_environment
from wbcweb import env

ROOT = Path(__file__).resolve().parent.parent


def read(tmp_path: Path, **values: str) -> env.Env:
    return env.read(
        {"WBCWEB_DATA_DIR": str(tmp_path), **{f"WBCWEB_{name}": value for name, value in values.items()}}
    )


def test_nothing_set_gives_a_site_for_this_machine_only():
    site = env.read({})
    assert site.data_dir == ROOT / "var"
    assert site.database["ENGINE"] == "apps.core.sqlite"
    assert site.database["NAME"] == ROOT / "var" / "db.sqlite3"
    assert (site.debug, site.https, site.redis_url, site.host, site.port) == (
        False,
        False,
        None,
        "localhost",
        8000,
    )
    assert set(site.allowed_hosts) == {"localhost", "127.0.0.1", "[::1]"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("HTTPS", "2"),
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("MAX_UPLOAD_MB", "-1"),
        ("MAX_FIELD_MEGAPIXELS", "many"),
        ("DEVICE", "abacus"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "verse"),
        ("MIN_FREE_MB", "-1"),
        ("METRICS_TOKEN", "short"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgres://host:port/name"),
        ("DATABASE_URL", "postgres://host/"),
        ("DATABASE_URL", "sqlite://"),
        ("REDIS_URL", "http://host"),
        ("SECRET_KEY", "short"),
        ("OLD_SECRET_KEYS", f"{'x' * 40},short"),
        ("REQUIRE_ADMIN_MFA", "perhaps"),
        ("SESSION_IDLE_MINUTES", "1"),
        ("ADMIN_EMAIL", "nobody"),
        ("PROT", "8000"),
    ],
)
def test_nonsense_stops_the_start_with_the_name_of_the_variable(tmp_path, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"WBCWEB_{name}"):
        read(tmp_path, **{name: value})


def test_a_data_folder_that_is_a_file_stops_the_start(tmp_path):
    occupied = tmp_path / "file"
    occupied.write_text("")
    with pytest.raises(ImproperlyConfigured, match="WBCWEB_DATA_DIR"):
        env.read({"WBCWEB_DATA_DIR": str(occupied)})


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
def test_a_wrong_address_does_not_show_its_password(tmp_path, variable):
    with pytest.raises(ImproperlyConfigured) as caught:
        read(tmp_path, **{variable: "ftp://person:hunter2@host/name"})
    assert "hunter2" not in str(caught.value)


def test_an_empty_variable_counts_as_unset(tmp_path):
    assert read(tmp_path, REDIS_URL="", PORT=" ").redis_url is None


def test_a_postgres_address_is_taken_apart(tmp_path):
    database = read(
        tmp_path, DATABASE_URL="postgres://me:a%40b@db.example:5433/cells?sslmode=require"
    ).database
    assert database["ENGINE"] == "apps.core.postgres"
    taken = [database[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")]
    assert taken == ["cells", "me", "a@b", "db.example", "5433"]
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["CONN_HEALTH_CHECKS"] is True


def test_a_postgres_server_that_is_gone_without_a_word_is_found_out(tmp_path):
    usual = read(tmp_path, DATABASE_URL="postgres://db.example/cells").database["OPTIONS"]
    assert int(usual["keepalives_idle"]) < 60
    assert int(usual["connect_timeout"]) < 10
    assert "idle_in_transaction_session_timeout" in usual["options"]
    own = read(tmp_path, DATABASE_URL="postgres://db.example/cells?options=&connect_timeout=30").database[
        "OPTIONS"
    ]
    assert "options" not in own
    assert own["connect_timeout"] == "30"


def test_postgres_plans_a_statement_once_unless_a_pooler_cannot_have_that(tmp_path):
    usual = read(tmp_path, DATABASE_URL="postgres://db.example/cells").database["OPTIONS"]
    assert (usual["prepare_threshold"], usual["server_side_binding"]) == (2, True)
    pooled = read(tmp_path, DATABASE_URL="postgres://db.example/cells?prepare_threshold=").database["OPTIONS"]
    assert not {"prepare_threshold", "server_side_binding"} & set(pooled)
    with pytest.raises(ImproperlyConfigured, match="prepare_threshold"):
        read(tmp_path, DATABASE_URL="postgres://db.example/cells?prepare_threshold=often")


def test_a_postgres_socket_is_found_by_its_folder(tmp_path):
    database = read(tmp_path, DATABASE_URL="postgres:///cells?host=/run/postgresql").database
    assert database["HOST"] == "/run/postgresql"
    assert "host" not in database["OPTIONS"]


def test_sqlite_writes_ahead_and_takes_the_lock_at_once(tmp_path):
    options = read(tmp_path).database["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]
    assert "foreign_keys=ON" in options["init_command"]


def test_no_request_is_one_transaction():
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS", False)


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    folder = tmp_path / "data"
    key = env.secret_key_in(folder)
    assert len(key) >= 50
    assert env.secret_key_in(folder) == key
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_a_damaged_secret_key_stops_the_start(tmp_path):
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="secret_key"):
        env.secret_key_in(tmp_path)


def start(tmp_path: Path, code: str, **values: str) -> subprocess.CompletedProcess[str]:
    ours = {"WBCWEB_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "wbcweb.settings", **values}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=own_environment(**ours),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nonsense_stops_the_site_itself(tmp_path):
    done = start(tmp_path, "import wbcweb.wsgi", WBCWEB_PORT="eighty")
    assert done.returncode != 0
    assert "WBCWEB_PORT is 'eighty', but it must be a whole number from 1 to 65535." in done.stderr


def test_a_real_connection_has_the_settings(tmp_path):
    code = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    for name in ("journal_mode", "foreign_keys", "busy_timeout"):
        cursor.execute(f"PRAGMA {name}")
        print(cursor.fetchone()[0])
print(connection.transaction_mode)
"""
    assert start(tmp_path, code).stdout.split() == ["wal", "1", "20000", "IMMEDIATE"]


def test_a_site_behind_https_passes_the_deployment_checks(tmp_path):
    code = """
import django
django.setup()
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING", tags=["security"])
"""
    done = start(tmp_path, code, WBCWEB_HTTPS="true", WBCWEB_ALLOWED_HOSTS="wbc.example.org")
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), (
        done.stderr
    )


def test_cookies_are_out_of_reach_of_scripts_and_other_sites():
    assert settings.SESSION_COOKIE_HTTPONLY is True
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.CSRF_COOKIE_SAMESITE == "Lax"


def test_every_process_counts_failed_sign_ins_in_one_place(tmp_path):
    code = "from django.conf import settings; print(settings.CACHES['default']['BACKEND'])"
    assert start(tmp_path, code).stdout.strip() == "django.core.cache.backends.db.DatabaseCache"
    with_redis = start(tmp_path, code, WBCWEB_REDIS_URL="redis://localhost:6379/0")
    assert with_redis.stdout.strip() == "django.core.cache.backends.redis.RedisCache"


@pytest.mark.parametrize(
    ("values", "required"),
    [
        ({}, False),
        ({"ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],wbc.localhost"}, False),
        ({"HOST": "lab.example.org"}, True),
        ({"ALLOWED_HOSTS": "localhost,192.168.0.7"}, True),
        ({"ALLOWED_HOSTS": "*"}, True),
        ({"HTTPS": "true"}, True),
        ({"HTTPS": "true", "REQUIRE_ADMIN_MFA": "false"}, False),
        ({"REQUIRE_ADMIN_MFA": "true"}, True),
    ],
)
def test_administrators_need_a_second_factor_once_others_can_reach_the_site(tmp_path, values, required):
    assert read(tmp_path, **values).require_admin_mfa is required


def test_keys_of_before_are_read_as_a_list(tmp_path):
    first, second = "a" * 32, "b" * 40
    assert read(tmp_path, OLD_SECRET_KEYS=f"{first}, {second}").old_secret_keys == [first, second]
