"""What the page on one's own account's security reads."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.utils import timezone

from apps.accounts import browsers
from apps.accounts.models import Session, User


@dataclass(frozen=True)
class Passkey:
    """One passkey; ``alone`` says whether it signs in without a password (None when it does not tell)."""

    pk: int
    name: str
    alone: bool | None
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What protects an account beside its password."""

    app: Authenticator | None
    passkeys: list[Passkey]
    codes_left: int | None

    @property
    def any(self) -> bool:
        """Return whether there is a second factor."""
        return self.app is not None or bool(self.passkeys)


@dataclass(frozen=True)
class SignedIn:
    """One browser in which a person is signed in."""

    public_id: UUID
    browser: str
    address: str | None
    started_at: datetime
    last_seen_at: datetime
    here: bool


def factors_of(user: User) -> Factors:
    """Return an account's second factors."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    codes = next((row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES), None)
    return Factors(
        app=next((row for row in rows if row.type == Authenticator.Type.TOTP), None),
        passkeys=[
            Passkey(row.pk, row.wrap().name, row.wrap().is_passwordless, row.created_at, row.last_used_at)
            for row in rows
            if row.type == Authenticator.Type.WEBAUTHN
        ],
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
    )


def sessions_of(user: User, *, here: UUID | None) -> list[SignedIn]:
    """Return where a person is signed in: this browser first, then the latest used."""
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now()).defer("session_data")
    found = [
        SignedIn(
            public_id=row.public_id,
            browser=browsers.in_words(row.browser),
            address=row.address,
            started_at=row.started_at,
            last_seen_at=row.last_seen_at,
            here=row.public_id == here,
        )
        for row in rows
    ]
    return sorted(found, key=lambda session: not session.here)
