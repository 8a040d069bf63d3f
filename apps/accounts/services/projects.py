from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import Membership, Project, Role, User, UserManager
from apps.accounts.permissions import Action, is_site_admin, require, require_site_admin
from apps.accounts.selectors import settings_of
from apps.core.editing import refuse_stale, stale
from apps.core.errors import Conflict, InvalidInput, NotFound


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidInput("A project needs a name.")
    return name


def _check(project: Project) -> None:
    try:
        project.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as problem:
        raise InvalidInput(" ".join(problem.messages)) from problem


@contextmanager
def _name_is_free(name: str) -> Iterator[None]:
    """Write inside; a name that is taken is said in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        raise Conflict(f"There is a project with the name “{name}” already.") from problem


@transaction.atomic
def create_project(
    *,
    actor: User,
    name: str,
    description: str = "",
    is_demo: bool = False,
    manager: User | None = None,
    request: HttpRequest | None = None,
) -> Project:
    """Make a project; with ``manager`` this person manages it from the start.

    Raises:
        NotPermitted: when the actor is no site administrator.
        InvalidInput: when there is no name, or one too long.
        Conflict: when the name is taken.
    """
    require_site_admin(actor)
    project = Project(
        name=_checked_name(name), description=description.strip(), is_demo=is_demo, created_by=actor
    )
    _check(project)
    with _name_is_free(project.name):
        project.save()
    audit.record(
        actor=actor,
        verb="project-created",
        project=project,
        target=f"project:{project.public_id}",
        request=request,
    )
    if manager is not None:
        set_role(actor=actor, project=project, user=manager, role=Role.MANAGER, request=request)
    return project


@transaction.atomic
def update_project(
    *,
    actor: User,
    project: Project,
    name: str,
    description: str,
    version: str,
    request: HttpRequest | None = None,
) -> Project:
    """Change the name and the description of a project that are still those of ``version``.

    Raises:
        NotFound, NotPermitted: as ``require`` with MANAGE_MEMBERS.
        InvalidInput: when there is no name, or one too long.
        Conflict: when the name is taken, or somebody changed the project since; ``detail`` holds both values then.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    seen = settings_of(project)
    wanted = {"name": _checked_name(name), "description": description.strip()}
    refuse_stale(seen=version, what="project", yours=wanted, current=seen)
    project.name, project.description = wanted["name"], wanted["description"]
    _check(project)
    with _name_is_free(project.name):
        moved = Project.objects.filter(pk=project.pk, **seen).update(**wanted)
    if not moved:
        project.refresh_from_db()
        raise stale(what="project", yours=wanted, current=settings_of(project))
    audit.record(
        actor=actor,
        verb="project-changed",
        project=project,
        target=f"project:{project.public_id}",
        request=request,
    )
    return project


def _lock(project: Project) -> None:
    """Let one change of roles in a project happen at a time (SQLite's transactions do so by themselves)."""
    Project.objects.select_for_update().get(pk=project.pk)


def _keep_a_manager(*, actor: User, project: Project, leaving: Membership) -> None:
    if leaving.role != Role.MANAGER or is_site_admin(actor):
        return
    if (
        not project.memberships.filter(role=Role.MANAGER, user__is_active=True)
        .exclude(pk=leaving.pk)
        .exists()
    ):
        raise Conflict("A project needs a manager: make somebody else a manager first.", code="last-manager")


@transaction.atomic
def add_member(
    *, actor: User, project: Project, email: str, role: Role | str, request: HttpRequest | None = None
) -> Membership:
    """Give the owner of an account a first role in a project.

    Raises:
        NotFound, NotPermitted: as ``require`` with MANAGE_MEMBERS.
        InvalidInput: when there is no such role, or no active account with this address.
        Conflict: when the person is a member already.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    user = User.objects.filter(email=UserManager.normalize_email(email), is_active=True).first()
    if user is None:
        raise InvalidInput(
            "There is no account with this address. A site administrator can invite this person.",
            code="no-account",
        )
    _lock(project)
    if project.memberships.filter(user=user).exists():
        raise Conflict("This person is a member already; change the role in the list.", code="member-already")
    return set_role(actor=actor, project=project, user=user, role=role, request=request)


@transaction.atomic
def change_role(
    *,
    actor: User,
    project: Project,
    user: User,
    role: Role | str,
    version: str,
    request: HttpRequest | None = None,
) -> Membership:
    """Give a member another role in the place of the one of ``version``; see `apps.core.editing`.

    Raises:
        NotFound: when the person is no member, or the actor does not see the project.
        NotPermitted, InvalidInput: as `set_role`.
        Conflict: as `set_role`, or somebody changed the role since; ``detail`` holds both values then.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    _lock(project)
    membership = project.memberships.filter(user=user).first()
    if membership is None:
        raise NotFound("This person is not a member of the project.")
    refuse_stale(seen=version, what="role", yours={"role": str(role)}, current={"role": membership.role})
    return set_role(actor=actor, project=project, user=user, role=role, request=request)


@transaction.atomic
def set_role(
    *, actor: User, project: Project, user: User, role: Role | str, request: HttpRequest | None = None
) -> Membership:
    """Give a person a role in a project, new or instead of the one before.

    Raises:
        NotFound, NotPermitted: as ``require`` with MANAGE_MEMBERS.
        InvalidInput: when there is no such role, or the account is deactivated.
        Conflict: when the project would lose its last manager.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    if role not in Role.values:
        raise InvalidInput(f"There is no role “{role}”. Roles are {', '.join(Role.values)}.")
    if not user.is_active:
        raise InvalidInput("This account is deactivated and cannot be given a role.")
    _lock(project)
    role = Role(role)
    membership = project.memberships.filter(user=user).first()
    before = membership.role if membership else None
    if membership is None:
        membership = Membership.objects.create(project=project, user=user, role=role)
    elif before != role:
        _keep_a_manager(actor=actor, project=project, leaving=membership)
        membership.role = role
        membership.save(update_fields=["role"])
    if before != role:
        audit.record(
            actor=actor,
            verb="role-changed",
            project=project,
            target=f"user:{user.public_id}",
            detail={"from": before, "to": role.value},
            request=request,
        )
    return membership


@transaction.atomic
def remove_member(*, actor: User, project: Project, user: User, request: HttpRequest | None = None) -> None:
    """Take a person's role away; what the person did stays.

    Raises:
        NotFound: when the person is no member, or the actor does not see the project.
        NotPermitted: when the actor may not change members.
        Conflict: when the project would lose its last manager.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    _lock(project)
    membership = project.memberships.filter(user=user).first()
    if membership is None:
        raise NotFound("This person is not a member of the project.")
    _keep_a_manager(actor=actor, project=project, leaving=membership)
    audit.record(
        actor=actor,
        verb="role-changed",
        project=project,
        target=f"user:{user.public_id}",
        detail={"from": membership.role, "to": None},
        request=request,
    )
    membership.delete()
