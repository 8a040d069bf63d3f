"""An account for somebody who was invited to read, and to nothing else."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User, UserManager
from apps.accounts.services.links import check_password
from apps.core.errors import Conflict
from apps.studies import services
from apps.studies.models import Enrolment, Invitation


def join(
    *, invitation: Invitation, email: str, name: str, password: str, request: HttpRequest | None = None
) -> Enrolment:
    """Make an account without any role, and use the invitation up for it; both or none.

    Raises:
        Gone: the link is used, withdrawn or expired.
        InvalidInput: the password is too weak.
        Conflict: the address has an account, or the study takes no readers any more.
    """
    email = UserManager.normalize_email(email)
    name = " ".join(name.split())[:150]
    check_password(password, User(email=email, name=name))
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = User.objects.create_user(email, password, name=name)
        except IntegrityError as problem:
            raise Conflict(
                "This address has an account already: sign in, then follow the link again.",
                code="has-account",
            ) from problem
        audit.record(actor=user, verb="invitation-accepted", target=f"user:{user.public_id}", request=request)
        return services.accept_invitation(invitation=invitation, user=user, request=request)
