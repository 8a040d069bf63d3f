"""The session engine: keys stored as hashes, an idle and an absolute limit, and who is signed in from where.

Django's own engine keeps the key itself, so whoever reads a backup could go on with anybody's session, and knows
neither the person nor the browser without decoding every row.
"""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from apps.core.compiled import CompiledRead

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.accounts.models import Session


def _sessions(key: str, now: datetime) -> "QuerySet[Session]":
    return SessionStore.get_model_class().objects.filter(pk=key, expire_date__gt=now).order_by()


_session: "CompiledRead[Session]" = CompiledRead(_sessions, key=str, now=datetime)

# A person at work is noted once in this time, not with every request.
SEEN_EVERY = timedelta(minutes=1)
LONGEST_BROWSER = 300


def hash_of_key(session_key: str) -> str:
    """Return what the database knows of a key: a random one needs no salt and no slow hash."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(DatabaseStore):
    """A session in the database, found by the hash of its key."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._address: str | None = None
        self._forget()

    @classmethod
    def get_model_class(cls) -> "type[Session]":
        """Return the table, which cannot be imported before Django is set up."""
        from apps.accounts.models import Session

        return Session

    _table = get_model_class

    @property
    def public_id(self) -> UUID:
        """Return how lists and addresses name this session."""
        return self._public_id

    @property
    def stored_key(self) -> str | None:
        """Return the name of this session's row, None before it has one."""
        return hash_of_key(self.session_key) if self.session_key else None

    def begin(self, *, address: str | None, browser: str) -> None:
        """Note that somebody has signed in here just now: both limits count from this moment."""
        self._started_at = self._last_seen_at = timezone.now()
        self._address = address
        self._browser = "".join(c for c in browser if c.isprintable())[:LONGEST_BROWSER]
        self.modified = True

    def touch(self, *, address: str | None) -> None:
        """Note that the person is at work, once in `SEEN_EVERY`; the data of the session stay untouched.

        Written past `save`, which would put back what another request has changed meanwhile.
        """
        now = timezone.now()
        if self.stored_key is None or now - self._last_seen_at < SEEN_EVERY:
            return
        self._last_seen_at, self._address = now, address
        self._table().objects.filter(pk=self.stored_key, expire_date__gt=now).update(
            last_seen_at=now, address=address, expire_date=self.get_expiry_date()
        )

    def get_expiry_date(self, **_kwargs: Any) -> datetime:
        """Return when the session ends if nothing more happens in it."""
        idle = self._last_seen_at + timedelta(minutes=settings.WBCWEB_SESSION_IDLE_MINUTES)
        return min(idle, self._started_at + timedelta(seconds=settings.SESSION_COOKIE_AGE))

    def create(self) -> None:
        """Make a row of its own: also for the same data under a new key, while the old row is still there."""
        self._public_id = uuid4()
        super().create()

    def flush(self) -> None:
        """Empty the session and remove its row; what comes next is another one."""
        super().flush()
        self._forget()

    # What Django's engine asks by key is asked by its hash.

    def _get_session_from_db(self) -> "Session | None":
        key = self.stored_key
        row = None if key is None else _session.first(key=key, now=timezone.now())
        if row is None:
            self._session_key = None
            return None
        self._public_id, self._started_at, self._last_seen_at = (
            row.public_id,
            row.started_at,
            row.last_seen_at,
        )
        self._address, self._browser = row.address, row.browser
        return row

    def exists(self, session_key: str) -> bool:
        """Return whether there is a session with this key."""
        return bool(self._table().objects.filter(pk=hash_of_key(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> "Session":
        """Return the row to be saved; an update keeps the public name that the row has."""
        key = hash_of_key(self._get_or_create_session_key())  # type: ignore[attr-defined] # unknown to the stubs
        person = data.get(SESSION_KEY)
        if person is None:
            self._last_seen_at = timezone.now()
        return self._table()(
            session_key=key,
            public_id=self._public_id,
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=person,
            started_at=self._started_at,
            last_seen_at=self._last_seen_at,
            address=self._address,
            browser=self._browser,
        )

    def delete(self, session_key: str | None = None) -> None:
        """Remove a session, this one when no key is given; one that is not there is no error."""
        key = session_key or self.session_key
        if key is not None:
            self._table().objects.filter(pk=hash_of_key(key)).delete()

    def _forget(self) -> None:
        self._public_id = uuid4()
        self._started_at = self._last_seen_at = timezone.now()
        self._address = None
        self._browser = ""
