"""What the environment says, read once and checked at once.

Every variable has a default, so that the site starts with none set. A value that makes no sense stops the start
with one sentence that names the variable.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PREFIX = "WBCWEB_"
BASE_DIR = Path(__file__).resolve().parent.parent

# Seconds that a writer waits for SQLite's single write lock before it gives up.
SQLITE_BUSY_TIMEOUT_S = 20

# What libpq is told unless the address says otherwise. A server that is gone without a word is found out within a
# minute (the system's own limit is two hours), and a process that stands still inside a transaction loses its locks.
_POSTGRES = {
    "connect_timeout": "5",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "options": "-c idle_in_transaction_session_timeout=60s",
    "prepare_threshold": "2",
}

# A name or an IPv4 address, or an IPv6 address with or without its brackets.
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\]?")
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9_.-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_MOST_MB_IN_BUCKET = 4_700  # one request stores an object whole, and may carry 5 GB
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True)
class Env:
    """The site's settings as read from the environment; sizes in megabytes and megapixels."""

    data_dir: Path
    database: dict[str, Any]
    redis_url: str | None
    s3: dict[str, str | None] | None
    secret_key: str | None
    old_secret_keys: list[str]
    debug: bool
    https: bool
    host: str
    port: int
    allowed_hosts: list[str]
    trusted_proxies: int
    trusted_origins: list[str]
    hsts: bool
    max_upload_mb: int
    max_import_mb: int
    max_field_megapixels: int
    device: str
    admin_email: str | None
    admin_password: str | None
    api_rate: int
    api_rate_strangers: int
    require_admin_mfa: bool
    require_mfa: bool
    session_idle_minutes: int
    trash_days: int
    log_level: str
    log_format: str
    min_free_mb: int
    metrics_token: str | None


def _fail(name: str, value: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{PREFIX}{name} is {value!r}, but it must be {wanted}.")


class _Reader:
    """Take typed values out of a mapping of environment variables."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.known: set[str] = set()

    def text(self, name: str) -> str | None:
        """Return the variable without surrounding blanks, or None when unset or empty."""
        self.known.add(PREFIX + name)
        return self._environ.get(PREFIX + name, "").strip() or None

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return the variable as a truth value."""
        value = self.text(name)
        if value is None:
            return default
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise _fail(name, value, "true or false")

    def whole(self, name: str, *, default: int, low: int, high: int) -> int:
        """Return the variable as a whole number between ``low`` and ``high``, both allowed."""
        value = self.text(name)
        if value is None:
            return default
        wanted = f"a whole number from {low} to {high}"
        try:
            number = int(value)
        except ValueError:
            raise _fail(name, value, wanted) from None
        if not low <= number <= high:
            raise _fail(name, value, wanted)
        return number

    def choice(self, name: str, *, default: str, among: tuple[str, ...]) -> str:
        """Return the variable as one of the given words."""
        value = self.text(name)
        if value is None:
            return default
        if value.lower() not in among:
            raise _fail(name, value, "one of " + ", ".join(among))
        return value.lower()

    def refuse_unknown(self) -> None:
        """Raise for a variable with our prefix that nothing reads: it is most often a spelling mistake."""
        unknown = sorted(name for name in self._environ if name.startswith(PREFIX) and name not in self.known)
        if unknown:
            names = ", ".join(unknown)
            raise ImproperlyConfigured(
                f"Unknown setting in the environment: {names}. Known: {', '.join(sorted(self.known))}."
            )


def _database(url: str | None, data_dir: Path) -> dict[str, Any]:
    """Return Django's database settings for an address, SQLite in the data folder when there is none."""
    if url is None:
        return _sqlite(data_dir / "db.sqlite3")
    parts = urlsplit(url)
    hidden = f"{parts.scheme}://..."
    if parts.scheme == "sqlite":
        path = unquote(parts.path)
        if parts.netloc or not path.strip("/"):
            raise _fail("DATABASE_URL", hidden, "sqlite:///relative/path or sqlite:////absolute/path")
        return _sqlite(Path(path[1:]))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise _fail("DATABASE_URL", hidden, "a postgres:// or sqlite:// address")
    name = unquote(parts.path).lstrip("/")
    try:
        port = parts.port or ""
    except ValueError:
        raise _fail("DATABASE_URL", hidden, "an address whose port is a number") from None
    if not name:
        raise _fail("DATABASE_URL", hidden, "an address that ends with the name of a database")
    # An empty value takes a default away, as "options=" does for a pooler that forwards none.
    given = _POSTGRES | dict(parse_qsl(parts.query, keep_blank_values=True))
    options: dict[str, Any] = {name: value for name, value in given.items() if value}
    # A directory of a Unix socket cannot be written as a host name; libpq's own "host" option carries it.
    host = options.pop("host", "") or unquote(parts.hostname or "")
    # Statements are planned once for each connection; a pooler that hands out another one each time cannot have that.
    if threshold := options.pop("prepare_threshold", ""):
        options |= {"prepare_threshold": _whole_number(threshold), "server_side_binding": True}
    return {
        "ENGINE": "apps.core.postgres",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _whole_number(threshold: str) -> int:
    if not (threshold.isascii() and threshold.isdecimal()):
        raise _fail(
            "DATABASE_URL", "prepare_threshold=...", "a whole number, or nothing behind the equals sign"
        )
    return int(threshold)


def _is_loopback(name: str) -> bool:
    """Return whether a name of this site means the machine it runs on."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def database_at(url: str | None) -> dict[str, Any]:
    """Return Django's settings of the database at an address; the usual SQLite file when there is none.

    Raises:
        ImproperlyConfigured: when the address makes no sense.
    """
    data_dir = Path(_Reader(os.environ).text("DATA_DIR") or BASE_DIR / "var").expanduser().resolve()
    return _database(url, data_dir)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "apps.core.sqlite",
        "NAME": path,
        # The last connection that closes takes SQLite's shared memory file with it, and a full disk has no room for
        # a new one: pages could not even be read. Opening also costs more than most of what is asked.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": SQLITE_BUSY_TIMEOUT_S,
            # Without IMMEDIATE a transaction that reads before it writes fails at once when another has written.
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-20000;"
            ),
        },
    }


def _s3(reader: _Reader) -> dict[str, str | None] | None:
    """Return where the bucket for the site's files is, or None when they lie in the data folder."""
    values = {name: reader.text(f"S3_{name}") for name in ("ENDPOINT", "REGION", "ACCESS_KEY", "SECRET_KEY")}
    bucket = reader.text("S3_BUCKET")
    if bucket is None:
        if given := [f"{PREFIX}S3_{name}" for name, value in values.items() if value]:
            raise ImproperlyConfigured(
                f"{', '.join(given)} without {PREFIX}S3_BUCKET: name the bucket, or leave them all out."
            )
        return None
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise _fail("S3_BUCKET", bucket, "a bucket's name: 3 to 63 of a-z, 0-9, dot and hyphen")
    endpoint = values["ENDPOINT"]
    if endpoint and not re.fullmatch(r"https?://[^/@\s]+/?", endpoint):
        raise _fail("S3_ENDPOINT", endpoint.split("@")[-1], "an address such as https://s3.example.org")
    if bool(values["ACCESS_KEY"]) != bool(values["SECRET_KEY"]):
        raise ImproperlyConfigured(
            f"{PREFIX}S3_ACCESS_KEY and {PREFIX}S3_SECRET_KEY go together: set both or neither."
        )
    return {
        "name": bucket,
        "endpoint": endpoint,
        "region": values["REGION"] or "us-east-1",
        "access_key": values["ACCESS_KEY"],
        "secret_key": values["SECRET_KEY"],
    }


def _origins(reader: _Reader) -> list[str]:
    value = reader.text("TRUSTED_ORIGINS")
    origins = [origin.strip().rstrip("/") for origin in (value or "").split(",") if origin.strip()]
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise _fail("TRUSTED_ORIGINS", str(value), "addresses such as https://wbc.example.org:8443")
    return origins


def _max_upload_mb(reader: _Reader, *, in_bucket: bool) -> int:
    most = _MOST_MB_IN_BUCKET if in_bucket else 10_000
    return reader.whole("MAX_UPLOAD_MB", default=50, low=1, high=most)


def _max_import_mb(reader: _Reader, *, in_bucket: bool) -> int:
    most = _MOST_MB_IN_BUCKET if in_bucket else 100_000
    return reader.whole("MAX_IMPORT_MB", default=2_000, low=1, high=most)


def _secret(reader: _Reader, name: str) -> str | None:
    value = reader.text(name)
    if value is not None and len(value) < 16:
        raise ImproperlyConfigured(f"{PREFIX}{name} is too short: it must have at least 16 characters.")
    return value


def read(environ: Mapping[str, str] | None = None) -> Env:
    """Read and check every setting.

    Raises:
        ImproperlyConfigured: with one sentence that names the variable, when a value makes no sense.
    """
    reader = _Reader(os.environ if environ is None else environ)
    data_dir = Path(reader.text("DATA_DIR") or BASE_DIR / "var").expanduser().resolve()
    if data_dir.exists() and not data_dir.is_dir():
        raise _fail("DATA_DIR", str(data_dir), "a folder")
    host = reader.text("HOST") or "localhost"
    allowed = reader.text("ALLOWED_HOSTS")
    names = [name.strip() for name in (allowed or "").split(",") if name.strip()]
    if not _HOST.fullmatch(host):
        raise _fail("HOST", host, "a host name or an address, without port and scheme")
    if any(not _HOST.fullmatch(name.removeprefix(".")) and name != "*" for name in names):
        raise _fail("ALLOWED_HOSTS", str(allowed), "host names with commas between, without port and scheme")
    allowed_hosts = names or sorted({host, *_THIS_MACHINE})
    https = reader.boolean("HTTPS", default=False)
    reachable = https or not all(_is_loopback(name) for name in allowed_hosts)
    second_factor = reader.choice("REQUIRE_ADMIN_MFA", default="auto", among=("auto", "true", "false"))
    s3 = _s3(reader)
    redis_url = reader.text("REDIS_URL")
    if redis_url and urlsplit(redis_url).scheme not in {"redis", "rediss", "unix"}:
        raise _fail("REDIS_URL", redis_url.split("@")[-1], "a redis://, rediss:// or unix:// address")
    secret_key = reader.text("SECRET_KEY")
    if secret_key and len(secret_key) < 32:
        raise ImproperlyConfigured(f"{PREFIX}SECRET_KEY is too short: it must have at least 32 characters.")
    old_keys = [key.strip() for key in (reader.text("OLD_SECRET_KEYS") or "").split(",") if key.strip()]
    if any(len(key) < 32 for key in old_keys):
        raise ImproperlyConfigured(f"{PREFIX}OLD_SECRET_KEYS holds one that is shorter than 32 characters.")
    admin_email = reader.text("ADMIN_EMAIL")
    if admin_email and not re.fullmatch(r"[^@\s]+@[^@\s]+", admin_email):
        raise _fail("ADMIN_EMAIL", admin_email, "an e-mail address")
    env = Env(
        data_dir=data_dir,
        database=_database(reader.text("DATABASE_URL"), data_dir),
        redis_url=redis_url,
        s3=s3,
        secret_key=secret_key,
        old_secret_keys=old_keys,
        debug=reader.boolean("DEBUG", default=False),
        https=https,
        host=host,
        port=reader.whole("PORT", default=8000, low=1, high=65535),
        allowed_hosts=allowed_hosts,
        trusted_proxies=reader.whole("TRUSTED_PROXIES", default=0, low=0, high=10),
        trusted_origins=_origins(reader),
        hsts=reader.boolean("HSTS", default=True),
        max_upload_mb=_max_upload_mb(reader, in_bucket=s3 is not None),
        max_import_mb=_max_import_mb(reader, in_bucket=s3 is not None),
        max_field_megapixels=reader.whole("MAX_FIELD_MEGAPIXELS", default=50, low=1, high=1_000),
        device=reader.choice("DEVICE", default="auto", among=("auto", "cpu", "cuda", "mps")),
        admin_email=admin_email,
        admin_password=reader.text("ADMIN_PASSWORD"),
        api_rate=reader.whole("API_RATE", default=12_000, low=0, high=10_000_000),
        api_rate_strangers=reader.whole("API_RATE_STRANGERS", default=60, low=0, high=10_000_000),
        require_mfa=reader.boolean("REQUIRE_MFA", default=False),
        require_admin_mfa=reachable if second_factor == "auto" else second_factor == "true",
        session_idle_minutes=reader.whole("SESSION_IDLE_MINUTES", default=60, low=5, high=720),
        trash_days=reader.whole("TRASH_DAYS", default=30, low=1, high=3_650),
        log_level=reader.choice(
            "LOG_LEVEL", default="info", among=("debug", "info", "warning", "error")
        ).upper(),
        log_format=reader.choice("LOG_FORMAT", default="line", among=("line", "json")),
        min_free_mb=reader.whole("MIN_FREE_MB", default=512, low=0, high=1_000_000),
        metrics_token=_secret(reader, "METRICS_TOKEN"),
    )
    reader.refuse_unknown()
    return env


def secret_key_in(folder: Path) -> str:
    """Return the site's secret key, made on first use in a file that only its owner may read.

    Two processes that start together agree: the key is written to a file of its own and linked to its name, which
    succeeds for one of them only.

    Raises:
        ImproperlyConfigured: when the folder cannot be used, or the file holds no key.
    """
    try:
        return _kept_secret_key(folder)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise ImproperlyConfigured(
            f"{PREFIX}DATA_DIR is {str(folder)!r}, but no data can be kept there: {reason}."
        ) from problem


def _kept_secret_key(folder: Path) -> str:
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = folder / f".secret_key.{secrets.token_hex(8)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(64))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first; its key is read below
        finally:
            fresh.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise ImproperlyConfigured(f"The file {path} does not hold a secret key; remove it to get a new one.")
    return key
