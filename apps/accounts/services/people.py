from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import AccountLink, User
from apps.accounts.permissions import require_site_admin
from apps.accounts.services.api_tokens import revoke_all_api_tokens
from apps.accounts.services.sessions import end_sessions
from apps.core.errors import Conflict, InvalidInput


def keep_an_administrator(*, leaving: User) -> None:
    """Refuse to leave the site without anybody who can run it."""
    if not leaving.is_superuser or not leaving.is_active:
        return
    # Locked, so that two administrators cannot remove each other at the same moment.
    others = User.objects.select_for_update().filter(is_superuser=True, is_active=True).exclude(pk=leaving.pk)
    if not others:
        raise Conflict(
            "The site needs an active administrator: make somebody else one first.", code="last-admin"
        )


def close_links_made_by(user: User) -> None:
    """Close the links that a leaving administrator handed out: one of them could bring the administration back."""
    made = AccountLink.objects.filter(made_by=user, used_at=None, withdrawn_at=None)
    made.update(withdrawn_at=timezone.now())


@transaction.atomic
def set_active(*, actor: User, user: User, active: bool, request: HttpRequest | None = None) -> User:
    """Let a person sign in, or not any more; sessions and tokens end at once, open links of and by them are withdrawn.

    Accounts are never deleted: what they did keeps its author.

    Raises:
        NotPermitted: when the actor is no site administrator.
        Conflict: for oneself, for the last administrator, and for somebody who was erased.
    """
    require_site_admin(actor)
    if user.is_active == active:
        return user
    if user.is_erased:
        raise Conflict("This person has been erased, and nobody can sign in as such.", code="erased")
    if not active:
        if user.pk == actor.pk:
            raise Conflict("You cannot deactivate your own account.", code="own-account")
        keep_an_administrator(leaving=user)
        user.links.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
        close_links_made_by(user)
        revoke_all_api_tokens(of=user)
        end_sessions(user=user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    verb = "account-activated" if active else "account-deactivated"
    audit.record(actor=actor, verb=verb, target=f"user:{user.public_id}", request=request)
    return user


@transaction.atomic
def set_site_admin(*, actor: User, user: User, admin: bool, request: HttpRequest | None = None) -> User:
    """Make a person a site administrator, or not any more; then the open links that the person made are withdrawn.

    Raises:
        NotPermitted: when the actor is no site administrator.
        InvalidInput: when the account is deactivated.
        Conflict: for oneself, or for the last administrator.
    """
    require_site_admin(actor)
    if user.is_superuser == admin:
        return user
    if admin and not user.is_active:
        raise InvalidInput("This account is deactivated and cannot run the site.")
    if not admin:
        if user.pk == actor.pk:
            raise Conflict("You cannot take the administration away from yourself.", code="own-account")
        keep_an_administrator(leaving=user)
        close_links_made_by(user)
    user.is_superuser = user.is_staff = admin
    user.save(update_fields=["is_superuser", "is_staff"])
    audit.record(
        actor=actor,
        verb="role-changed",
        target=f"user:{user.public_id}",
        detail={
            "from": None if admin else "site-administrator",
            "to": "site-administrator" if admin else None,
        },
        request=request,
    )
    return user


def change_name(*, user: User, name: str) -> User:
    """Change how the site calls a person; only oneself does so.

    Raises:
        InvalidInput: when the name is longer than 150 characters.
    """
    name = " ".join(name.split())
    if len(name) > 150:
        raise InvalidInput("A name may have up to 150 characters.")
    user.name = name
    user.save(update_fields=["name"])
    return user
