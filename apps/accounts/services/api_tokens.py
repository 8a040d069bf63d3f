"""Tokens with which programs act for a person: made, used, revoked."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import ApiToken, Scope, User
from apps.accounts.tokens import hash_of, new_api_key
from apps.core.errors import Conflict, InvalidInput

LONGEST_DAYS = 365
MOST_TOKENS = 20
"""How many tokens in force one person may have: enough for a laboratory's machines, few enough to look through."""
_USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def make_api_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    days: int,
    request: HttpRequest | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for oneself; the key that is returned beside it is known to nobody else and never again.

    Args:
        user: Whose token it will be.
        name: What it is for.
        scopes: Words of `Scope`; "read" is always among them.
        days: How long it lasts, up to `LONGEST_DAYS`.
        request: Where the wish came from.

    Raises:
        InvalidInput: when a value makes no sense, or this is asked through another token.
        Conflict: when the person has `MOST_TOKENS` in force.
    """
    name = " ".join(name.split())
    wanted = {Scope.READ.value, *scopes}
    if user.through is not None:
        raise InvalidInput("A token cannot make another one: sign in for that.")
    if not 1 <= len(name) <= 80:
        raise InvalidInput("Say what the token is for, in up to 80 characters.", code="name")
    if unknown := sorted(wanted - set(Scope.values)):
        raise InvalidInput(f"There is no scope “{unknown[0]}”; there are {', '.join(Scope.values)}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(f"A token lasts 1 to {LONGEST_DAYS} days.", code="days")
    now = timezone.now()
    User.objects.select_for_update().get(pk=user.pk)  # two requests at once count one after the other
    if user.api_tokens.in_force(now).count() >= MOST_TOKENS:
        raise Conflict(f"You have {MOST_TOKENS} tokens already: revoke one that you do not need.")
    key = new_api_key()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        key_hash=hash_of(key),
        ending=key[-4:],
        scopes=[scope for scope in Scope.values if scope in wanted],
        expires_at=now + timedelta(days=days),
    )
    audit.record(
        actor=user,
        verb="token-made",
        target=f"token:{token.public_id}",
        detail={"scopes": token.scopes, "days": days},
        request=request,
    )
    return token, key


@transaction.atomic
def revoke_api_token(*, user: User, token: ApiToken, request: HttpRequest | None = None) -> None:
    """End one of one's own tokens for good; one that has ended stays as it is."""
    own = ApiToken.objects.filter(pk=token.pk, user=user, revoked_at=None)
    if own.update(revoked_at=timezone.now()):
        audit.record(actor=user, verb="token-revoked", target=f"token:{token.public_id}", request=request)


def revoke_all_api_tokens(*, of: User) -> int:
    """End all tokens of a person, in the caller's transaction; return how many there were."""
    return ApiToken.objects.filter(user=of, revoked_at=None).update(revoked_at=timezone.now())


def note_use(token: ApiToken) -> None:
    """Remember that a token was used, once a minute: a request that only reads should seldom write."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= _USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
