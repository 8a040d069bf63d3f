"""What pages and the API read about people and projects."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from apps.accounts import factors
from apps.accounts.models import AccountLink, ApiToken, Membership, Project, Session, User
from apps.accounts.permissions import Person
from apps.accounts.tokens import hash_of
from apps.core.errors import Gone, NotFound


def get_project(*, user: Person, public_id: UUID) -> Project:
    """Return a project the person may see.

    Raises:
        NotFound: when there is none, or it is not the person's.
    """
    project = Project.objects.visible_to(user).filter(public_id=public_id).first()
    if project is None:
        raise NotFound("There is nothing here, or it belongs to a project that you are not a member of.")
    return project


def settings_of(project: Project) -> dict[str, str]:
    """Return what a manager may say of a project, by the names of the form and of `update_project`."""
    return {"name": project.name, "description": project.description}


def projects_of(user: Person) -> QuerySet[Project]:
    """Return the person's projects, each with the person's own role in ``mine`` (a list of at most one)."""
    own = Membership.objects.filter(user_id=user.pk or 0).order_by()
    return Project.objects.visible_to(user).prefetch_related(
        Prefetch("memberships", queryset=own, to_attr="mine")
    )


def get_project_of(*, user: Person, public_id: UUID) -> Project:
    """Return one of `projects_of` the person.

    Raises:
        NotFound: when there is none, or it is not the person's.
    """
    project = projects_of(user).filter(public_id=public_id).first()
    if project is None:
        raise NotFound("There is nothing here, or it belongs to a project that you are not a member of.")
    return project


def people() -> QuerySet[User]:
    """Return all accounts with their roles, those that may sign in first.

    Each has ``second_factors`` (whether there is one) and ``open_sessions`` (whether the person is signed in).
    """
    roles = Membership.objects.select_related("project").order_by("project__name")
    own_factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=factors.TYPES)
    own_sessions = Session.objects.filter(user=OuterRef("pk"), expire_date__gt=timezone.now())
    return (
        User.objects.order_by("-is_active", "email")
        .annotate(second_factors=Exists(own_factors), open_sessions=Exists(own_sessions))
        .prefetch_related(Prefetch("memberships", queryset=roles))
    )


def get_person(*, public_id: UUID) -> User:
    """Return an account.

    Raises:
        NotFound: when there is none.
    """
    user = User.objects.filter(public_id=public_id).first()
    if user is None:
        raise NotFound("There is no such account.")
    return user


def open_links() -> QuerySet[AccountLink]:
    """Return the links that somebody could still follow, the newest first."""
    links = AccountLink.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
    return links.select_related("project", "made_by", "user")


def get_open_link(*, token: str, purpose: AccountLink.Purpose) -> AccountLink:
    """Return the link a token opens.

    Raises:
        NotFound: when there was never such a link.
        Gone: when it is used, withdrawn or expired, with what to do.
    """
    links = AccountLink.objects.select_related("project", "user")
    link = links.filter(token_hash=hash_of(token), purpose=purpose).first()
    if link is None:
        raise NotFound("There is no such link. Check that you copied all of it.")
    if link.used_at is not None:
        raise Gone("This link has been used. If it was not you, tell an administrator.", code="link-closed")
    if link.withdrawn_at is not None:
        raise Gone("This link has been withdrawn. Ask an administrator for a new one.", code="link-closed")
    if link.expires_at <= timezone.now():
        raise Gone("This link has expired. Ask an administrator for a new one.", code="link-closed")
    return link


def api_token_by_key(key: str) -> ApiToken | None:
    """Return the token that a key opens at this moment, with its person; None when there is none."""
    tokens = ApiToken.objects.in_force(timezone.now()).select_related("user")
    return tokens.filter(key_hash=hash_of(key)).first()


def api_tokens_of(user: User) -> list[ApiToken]:
    """Return the person's tokens that are not revoked, the newest first; those that have expired among them."""
    return list(ApiToken.objects.filter(user=user, revoked_at=None))


def get_own_api_token(*, user: User, public_id: UUID) -> ApiToken:
    """Return one of the person's own tokens.

    Raises:
        NotFound: when there is none.
    """
    token = ApiToken.objects.filter(user=user, public_id=public_id).first()
    if token is None:
        raise NotFound("You have no such token.")
    return token


def get_membership(*, project: Project, public_id: UUID) -> Membership:
    """Return the role of a member of a project, with the person.

    Raises:
        NotFound: when the person is none.
    """
    membership = project.memberships.select_related("user").filter(user__public_id=public_id).first()
    if membership is None:
        raise NotFound("This person is not a member of the project.")
    return membership


def get_member(*, project: Project, public_id: UUID) -> User:
    """Return a member of a project. Raises as `get_membership`."""
    return get_membership(project=project, public_id=public_id).user
