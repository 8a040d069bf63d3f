from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Session, User
from apps.accounts.permissions import require_site_admin
from apps.accounts.sessions import SessionStore
from apps.core.errors import NotFound


def end_sessions(*, user: User, but: HttpRequest | None = None) -> int:
    """End a person's sessions at once, but for the one a request came in; return how many.

    Not an act of its own: the caller records why.
    """
    rows = Session.objects.filter(user=user)
    if but is not None and isinstance(but.session, SessionStore) and but.session.stored_key:
        rows = rows.exclude(pk=but.session.stored_key)
    return rows.delete()[0]


@transaction.atomic
def end_own_session(*, user: User, public_id: UUID, request: HttpRequest | None = None) -> None:
    """Sign out one other browser of one's own.

    Raises:
        NotFound: when there is no such session, or it is somebody else's.
    """
    ended, _ = Session.objects.filter(user=user, public_id=public_id).delete()
    if not ended:
        raise NotFound("This session has ended already.")
    audit.record(
        actor=user,
        verb="sessions-ended",
        target=f"user:{user.public_id}",
        detail={"sessions": 1},
        request=request,
    )


@transaction.atomic
def end_other_sessions(*, user: User, request: HttpRequest) -> int:
    """Sign out everywhere but here; return how many sessions that were."""
    ended = end_sessions(user=user, but=request)
    audit.record(
        actor=user,
        verb="sessions-ended",
        target=f"user:{user.public_id}",
        detail={"sessions": ended},
        request=request,
    )
    return ended


@transaction.atomic
def sign_out_person(*, actor: User, user: User, request: HttpRequest | None = None) -> int:
    """End all sessions of another person; return how many.

    Raises:
        NotPermitted: when the actor is no site administrator.
    """
    require_site_admin(actor)
    ended = end_sessions(user=user, but=request if user.pk == actor.pk else None)
    audit.record(
        actor=actor,
        verb="sessions-ended",
        target=f"user:{user.public_id}",
        detail={"sessions": ended},
        request=request,
    )
    return ended


def clear_expired() -> int:
    """Remove the rows of sessions that have ended by themselves; return how many. Done every hour."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
