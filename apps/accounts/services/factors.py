from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import require_site_admin
from apps.accounts.services.sessions import end_sessions
from apps.core.errors import Conflict


@transaction.atomic
def reset_second_factor(*, actor: User | None, user: User, request: HttpRequest | None = None) -> int:
    """Remove all second factors of a person who lost them, and end the person's sessions; return how many factors.

    Args:
        actor: The administrator, or None for the operator of the machine (`manage.py reset_second_factor`).
        user: Whose factors go; the next sign-in needs the password alone.
        request: Where the act came from.

    Raises:
        NotPermitted: when the actor is no site administrator.
        Conflict: for oneself: whoever still has a factor removes it on the own page.
    """
    if actor is not None:
        require_site_admin(actor)
        if actor.pk == user.pk:
            raise Conflict("Change your own second factor on the page of your account.", code="own-account")
    rows = Authenticator.objects.filter(user=user)
    removed = sorted(rows.values_list("type", flat=True))
    rows.delete()
    end_sessions(user=user)
    audit.record(
        actor=actor,
        verb="second-factor-reset",
        target=f"user:{user.public_id}",
        detail={"factors": len(removed)},
        request=request,
    )
    return len(removed)
