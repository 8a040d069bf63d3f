from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import AccountLink, Membership, Project, Role, User, UserManager
from apps.accounts.permissions import require_site_admin
from apps.accounts.services.api_tokens import revoke_all_api_tokens
from apps.accounts.services.sessions import end_sessions
from apps.accounts.tokens import hash_of, new_token
from apps.core.errors import Conflict, Gone, InvalidInput

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=24)


def _withdraw_open(*, purpose: str, email: str) -> None:
    open_links = AccountLink.objects.filter(purpose=purpose, email=email, used_at=None, withdrawn_at=None)
    open_links.update(withdrawn_at=timezone.now())


@transaction.atomic
def invite(
    *,
    actor: User,
    email: str,
    name: str = "",
    project: Project | None = None,
    role: Role | str = "",
    is_site_admin: bool = False,
    request: HttpRequest | None = None,
) -> tuple[AccountLink, str]:
    """Make an invitation; return it with its token, which is shown once and stored nowhere.

    An earlier open invitation for the same address is withdrawn.

    Raises:
        NotPermitted: when the actor is no site administrator.
        InvalidInput: when the address is none, or a project comes without a role or the other way round.
        Conflict: when the address has an account.
    """
    require_site_admin(actor)
    email = UserManager.normalize_email(email)
    try:
        validate_email(email)
    except ValidationError as problem:
        raise InvalidInput("Enter an e-mail address such as name@example.org.") from problem
    if (project is None) != (not role) or (role and role not in Role.values):
        raise InvalidInput("Choose a project together with a role in it, or neither.")
    if User.objects.filter(email=email).exists():
        raise Conflict(f"{email} has an account already: give it a role, or make a password-reset link.")
    _withdraw_open(purpose=AccountLink.Purpose.INVITATION, email=email)
    token = new_token()
    link = AccountLink.objects.create(
        purpose=AccountLink.Purpose.INVITATION,
        token_hash=hash_of(token),
        email=email,
        name=" ".join(name.split())[:150],
        project=project,
        role=role,
        is_site_admin=is_site_admin,
        made_by=actor,
        expires_at=timezone.now() + INVITATION_LASTS,
    )
    audit.record(
        actor=actor,
        verb="invited",
        project=project,
        target=f"link:{link.public_id}",
        detail={"role": str(role) or None, "site_administrator": is_site_admin},
        request=request,
    )
    return link, token


@transaction.atomic
def make_reset_link(
    *, actor: User, user: User, request: HttpRequest | None = None
) -> tuple[AccountLink, str]:
    """Make a link with which a person sets a new password; return it with its token, shown once.

    Raises:
        NotPermitted: when the actor is no site administrator.
        InvalidInput: when the account is deactivated.
    """
    require_site_admin(actor)
    if not user.is_active:
        raise InvalidInput("This account is deactivated: activate it first.")
    _withdraw_open(purpose=AccountLink.Purpose.RESET, email=user.email)
    token = new_token()
    link = AccountLink.objects.create(
        purpose=AccountLink.Purpose.RESET,
        token_hash=hash_of(token),
        user=user,
        email=user.email,
        made_by=actor,
        expires_at=timezone.now() + RESET_LASTS,
    )
    audit.record(actor=actor, verb="reset-link-made", target=f"user:{user.public_id}", request=request)
    return link, token


@transaction.atomic
def withdraw_link(*, actor: User, link: AccountLink, request: HttpRequest | None = None) -> None:
    """Make an open link useless; one that is closed already stays as it is.

    Raises:
        NotPermitted: when the actor is no site administrator.
    """
    require_site_admin(actor)
    open_link = AccountLink.objects.filter(pk=link.pk, used_at=None, withdrawn_at=None)
    if open_link.update(withdrawn_at=timezone.now()):
        audit.record(actor=actor, verb="link-withdrawn", target=f"link:{link.public_id}", request=request)


def _claim(link: AccountLink) -> None:
    """Use up a link, in the caller's transaction: of two that follow it together one gets through.

    Raises:
        Gone: when it is used, withdrawn or expired.
    """
    now = timezone.now()
    open_link = AccountLink.objects.filter(pk=link.pk, used_at=None, withdrawn_at=None, expires_at__gt=now)
    if not open_link.update(used_at=now):
        raise Gone(
            "This link has been used or has expired. Ask an administrator for a new one.", code="link-closed"
        )


def check_password(password: str, user: User) -> None:
    """Hold a new password against the site's rules.

    Raises:
        InvalidInput: with every rule it breaks.
    """
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise InvalidInput(" ".join(problem.messages), code="weak-password") from problem


@transaction.atomic
def accept_invitation(
    *, link: AccountLink, name: str, password: str, request: HttpRequest | None = None
) -> User:
    """Make the account that an invitation promised, with its role; the link is used up.

    Raises:
        Gone: when the link is used, withdrawn or expired.
        InvalidInput: when the password is too weak.
        Conflict: when the address got an account in the meantime.
    """
    name = " ".join(name.split())[:150]
    check_password(password, User(email=link.email, name=name))
    _claim(link)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                link.email,
                password,
                name=name,
                is_superuser=link.is_site_admin,
                is_staff=link.is_site_admin,
            )
    except IntegrityError as problem:
        raise Conflict("This address has an account already: sign in.") from problem
    AccountLink.objects.filter(pk=link.pk).update(user=user)
    if link.project is not None:
        Membership.objects.create(project=link.project, user=user, role=link.role)
    audit.record(
        actor=user,
        verb="invitation-accepted",
        project=link.project,
        target=f"user:{user.public_id}",
        detail={
            "link": str(link.public_id),
            "role": link.role or None,
            "site_administrator": link.is_site_admin,
        },
        request=request,
    )
    return user


def accept_reset(*, link: AccountLink, password: str, request: HttpRequest) -> User:
    """Set the new password that a reset link allows; other sessions and all tokens end, the lockout is lifted.

    Raises:
        Gone: when the link is used, withdrawn or expired, or the account is deactivated.
        InvalidInput: when the password is too weak.
    """
    user = link.user
    if user is None or not user.is_active:
        raise Gone("This account is deactivated. Ask an administrator.", code="link-closed")
    check_password(password, user)
    with transaction.atomic():
        _claim(link)
        user.set_password(password)
        user.password_is_initial = False
        user.save(update_fields=["password", "password_is_initial"])
        end_sessions(user=user)
        revoke_all_api_tokens(of=user)
        audit.record(
            actor=user,
            verb="password-reset",
            target=f"user:{user.public_id}",
            detail={"link": str(link.public_id)},
            request=request,
        )
    # After the commit: the counters live in the cache, which no rollback reaches.
    get_adapter(request).forget_failures(request, email=user.email)
    return user
