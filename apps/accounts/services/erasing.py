"""Erasing a person: what says who it was goes, what the person did stays under a name that says nothing."""

import time
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import AccountLink, ApiToken, AuditEvent, Membership, Session, User
from apps.accounts.models.user import ERASED_DOMAIN
from apps.accounts.permissions import require_site_admin
from apps.accounts.services.people import close_links_made_by, keep_an_administrator
from apps.core.errors import Conflict
from apps.core.models import Erasure, ErasureKind
from apps.core.registries import person_erasures

# What is only the person's own, and says nothing about anybody's cells. Other rooms remove theirs through
# `person_erasures`; everything else that points at a person keeps pointing, at the pseudonym.
_OWN: tuple[type[Model], ...] = (Session, ApiToken, Authenticator, EmailAddress, Membership, LogEntry)
_BATCH = 2_000
_ROUND_S = 5.0
_LOOKED_AT_FOR = timedelta(days=7)


def erase_person(*, actor: User | None, user: User, request: HttpRequest | None = None) -> User:
    """Erase a person for good: address, name, password, sessions, tokens, second factors, roles, links, addresses.

    Label events and the record stay, by "Former member 3f2a": the same name for everything the person did, from
    which nobody finds the person again.

    Args:
        actor: A site administrator; ``None`` when an erasure is repeated on an older copy of the data.
        user: Who is erased.
        request: Where it came from.

    Raises:
        NotPermitted: when the actor is no site administrator.
        Conflict: for oneself, for the last administrator, and when the person has been erased already.
    """
    if actor is not None:
        require_site_admin(actor)
        if user.pk == actor.pk:
            raise Conflict(
                "You cannot erase your own account. Ask another administrator.", code="own-account"
            )
    with transaction.atomic():
        target = f"user:{user.public_id}"
        _, first = Erasure.objects.get_or_create(
            kind=ErasureKind.PERSON, row=user.pk, defaults={"target": target}
        )
        if not first:
            raise Conflict("This person has been erased already.", code="erased")
        if actor is not None:
            keep_an_administrator(leaving=user)
        person_erasures.run(user=user)
        for model in _OWN:
            model._default_manager.filter(user=user).delete()  # noqa: SLF001 - documented by Django
        close_links_made_by(user)
        AccountLink.objects.filter(Q(user=user) | Q(email=user.email)).delete()
        user.groups.clear()
        user.user_permissions.clear()
        _rename(user)
        audit.record(
            actor=actor, verb="erased", target=target, detail={"remains_as": user.name}, request=request
        )
    forget_addresses()
    return user


def forget_addresses(*, seconds: float = _ROUND_S) -> int:
    """Take the network addresses of erased persons out of the record, for so many seconds at most; return how many.

    Some years of labels are many events, so the schedule goes on with what a request had no time for.
    """
    until = time.monotonic() + seconds
    forgotten = 0
    recent = Erasure.objects.filter(
        kind=ErasureKind.PERSON, created_at__gt=timezone.now() - _LOOKED_AT_FOR
    ).values_list("row", "target")
    for row, target in recent:
        theirs = AuditEvent.objects.filter(Q(actor=row) | Q(actor=None, target=target), address__isnull=False)
        while time.monotonic() < until:
            some = list(theirs.order_by("pk").values_list("pk", flat=True)[:_BATCH])
            if not some:
                break
            for start in range(0, len(some), 500):
                part = AuditEvent.objects.filter(pk__in=some[start : start + 500])
                forgotten += part.update(address=None)
    return forgotten


def _rename(user: User) -> None:
    """Put the pseudonym in the place of the person: short to read, taken from what the record names anyway."""
    identifier = user.public_id.hex
    for length in range(4, len(identifier) + 1, 2):
        email = f"former-member-{identifier[:length]}@{ERASED_DOMAIN}"
        if not User.objects.filter(email=email).exists():
            break
    user.email, user.name = email, f"Former member {identifier[:length]}"
    user.set_unusable_password()
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.save()
