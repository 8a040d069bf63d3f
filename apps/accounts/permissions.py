"""Who may do what: the table of roles, in one place, for pages and API alike."""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.accounts.models import Membership, Project, Role, Scope, User
from apps.core.compiled import CompiledRead
from apps.core.errors import NotFound, NotPermitted

Person = User | AnonymousUser


class Action(StrEnum):
    """What a person may want to do in a project."""

    VIEW = "view"
    LABEL = "label"
    SIGN = "sign"
    UPLOAD = "upload"
    IMPORT = "import"
    EXPORT = "export"
    ASSIGN = "assign-readers"
    TRAIN = "train"
    STUDY = "design-studies"
    PROMOTE = "promote"
    UNBLIND = "unblind"
    ERASE = "erase"
    RANGES = "reference-ranges"
    MANAGE_MEMBERS = "manage-members"


_REVIEWER = frozenset({Action.VIEW, Action.LABEL, Action.SIGN, Action.UPLOAD})
_RESEARCHER = _REVIEWER | {Action.IMPORT, Action.EXPORT, Action.ASSIGN, Action.TRAIN, Action.STUDY}

BY_ROLE: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.VIEW}),
    Role.REVIEWER: _REVIEWER,
    Role.RESEARCHER: _RESEARCHER,
    Role.MANAGER: frozenset(Action),
}

# A site administrator runs the site and has no say about cells: neither uploads nor labels without a role.
SITE_ADMIN = frozenset(
    {
        Action.VIEW,
        Action.TRAIN,
        Action.STUDY,
        Action.PROMOTE,
        Action.UNBLIND,
        Action.RANGES,
        Action.MANAGE_MEMBERS,
    }
)

# What a token may do at most, whatever the role of its person. Training has no word yet, since the API has nothing to
# train with; removing for good, signing, designing studies and unblinding them will never have one: a person does that,
# on the page.
BY_SCOPE: dict[Scope, frozenset[Action]] = {
    Scope.READ: frozenset({Action.VIEW, Action.EXPORT}),
    Scope.LABEL: frozenset({Action.LABEL}),
    Scope.UPLOAD: frozenset({Action.UPLOAD, Action.IMPORT}),
    Scope.MANAGE: frozenset({Action.MANAGE_MEMBERS, Action.PROMOTE}),
}

# At most one: without an order the statement needs no other table.
_role: CompiledRead[str] = CompiledRead(
    lambda user, project: (
        Membership.objects.filter(user=user, project=project).order_by().values_list("role", flat=True)
    ),
    user=int,
    project=int,
)

_WORDS = {
    Action.VIEW: "see this project",
    Action.LABEL: "label cells in this project",
    Action.SIGN: "sign slides of this project",
    Action.UPLOAD: "add images to this project",
    Action.IMPORT: "bring annotated pictures into this project",
    Action.EXPORT: "take data out of this project",
    Action.ASSIGN: "ask for second readings in this project",
    Action.TRAIN: "train models in this project",
    Action.STUDY: "design studies in this project",
    Action.PROMOTE: "change which model this project uses",
    Action.UNBLIND: "unblind studies of this project",
    Action.ERASE: "remove anything for good in this project",
    Action.RANGES: "change what this project signs by",
    Action.MANAGE_MEMBERS: "change who works in this project",
}


def person(request: HttpRequest) -> User:
    """Return who is signed in; for pages and API views that nobody else reaches.

    Raises:
        NotPermitted: when nobody is.
    """
    if not isinstance(request.user, User):
        raise NotPermitted("Sign in first.")
    return request.user


def is_site_admin(user: Person) -> bool:
    """Return whether the person runs the site; through a token only with one that manages."""
    if not user.is_active or not isinstance(user, User) or not user.is_superuser:
        return False
    return user.through is None or Scope.MANAGE in user.through.scopes


def role_in(user: Person, project: Project) -> Role | None:
    """Return the person's role in a project, None without one."""
    if not user.is_active or not isinstance(user, User):
        return None
    role = _role.first(user=user.pk, project=project.pk)
    return Role(role) if role else None


def actions(user: Person, project: Project) -> frozenset[Action]:
    """Return everything the person may do in a project; through a token, what the token allows of it."""
    role = role_in(user, project)
    allowed = BY_ROLE[role] if role else frozenset()
    if not isinstance(user, User):
        return allowed
    if user.is_active and user.is_superuser:
        allowed |= SITE_ADMIN
    if user.through is None:
        return allowed
    return allowed & frozenset().union(*(BY_SCOPE[scope] for scope in Scope if scope in user.through.scopes))


def can(user: Person, action: Action, project: Project) -> bool:
    """Return whether the person may do this in the project."""
    return action in actions(user, project)


def require(user: Person, action: Action, project: Project) -> None:
    """Let a permitted act pass.

    Raises:
        NotFound: when the person may not know that the project exists.
        NotPermitted: when the person sees the project but may not do this.
    """
    allowed = actions(user, project)
    if Action.VIEW not in allowed:
        raise NotFound("There is nothing here, or it belongs to a project that you are not a member of.")
    if action not in allowed:
        raise NotPermitted(f"Your role does not let you {_WORDS[action]}. Ask a manager of “{project.name}”.")


def require_site_admin(user: Person) -> None:
    """Let a site administrator pass.

    Raises:
        NotPermitted: for everybody else.
    """
    if not is_site_admin(user):
        raise NotPermitted("Only a site administrator may do this.")
