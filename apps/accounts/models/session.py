from typing import ClassVar
from uuid import uuid4

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from apps.accounts.models.user import User


class Session(AbstractBaseSession):
    """One browser in which somebody is, or is about to be, signed in; kept by `apps.accounts.sessions`.

    ``session_key`` holds the hash of the key that the browser has, so a copy of the database opens no session.
    Addresses and lists name a session by its ``public_id``.
    """

    session_key = models.CharField(max_length=64, primary_key=True)
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-last_seen_at", "session_key"]

    def __str__(self) -> str:
        return f"Session of {self.user or 'nobody'} since {self.started_at:%Y-%m-%d %H:%M}"

    @classmethod
    def get_session_store_class(cls) -> type:
        """Return the engine, for Django."""
        from apps.accounts.sessions import SessionStore

        return SessionStore
