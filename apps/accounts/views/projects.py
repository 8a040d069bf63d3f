from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors, services
from apps.accounts.forms import MemberForm, NewProjectForm, ProjectSettingsForm, RoleForm
from apps.accounts.models import Membership, Project, Role
from apps.accounts.permissions import Action, can, is_site_admin, person, require, require_site_admin
from apps.core.editing import show_both, version_of
from apps.core.errors import Conflict, DomainError, InvalidInput


@require_http_methods(["GET", "POST"])
def projects(request: HttpRequest) -> HttpResponse:
    """List one's projects; a site administrator makes new ones here."""
    form = NewProjectForm()
    status = 200
    if request.method == "POST":
        require_site_admin(request.user)
        form = NewProjectForm(request.POST)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                project = services.create_project(
                    actor=person(request),
                    name=values["name"],
                    description=values["description"],
                    manager=person(request) if values["manage"] else None,
                    request=request,
                )
            except DomainError as problem:
                form.add_error("name", problem.message)
                status = problem.status
            else:
                messages.success(request, f"The project “{project.name}” is ready.")
                return redirect("accounts:members", project_id=project.public_id)
    context = {
        "projects": selectors.projects_of(request.user),
        "form": form if is_site_admin(request.user) else None,
    }
    return render(request, "accounts/projects.html", context, status=status)


@dataclass(frozen=True, slots=True)
class _Row:
    """A member with the role to show as chosen; ``refused`` says that another was saved meanwhile."""

    membership: Membership
    chosen: str
    refused: bool

    @property
    def version(self) -> str:
        """Return what a change of the role stands on."""
        return version_of({"role": self.membership.role})


def _members_page(
    request: HttpRequest,
    project: Project,
    *,
    member_form: MemberForm | None = None,
    project_form: ProjectSettingsForm | None = None,
    refused_roles: dict[int, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    refused = refused_roles or {}
    context = {
        "project": project,
        "rows": [
            _Row(membership, refused.get(membership.user_id, membership.role), membership.user_id in refused)
            for membership in project.memberships.select_related("user")
        ],
        "may_manage": can(request.user, Action.MANAGE_MEMBERS, project),
        "roles": Role.choices,
        "member_form": member_form or MemberForm(),
        "project_form": project_form or ProjectSettingsForm(project=project),
    }
    return render(request, "accounts/members.html", context, status=status)


@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """List the people of a project; its managers add to them."""
    project = selectors.get_project(user=request.user, public_id=project_id)
    if request.method != "POST":
        return _members_page(request, project)
    require(request.user, Action.MANAGE_MEMBERS, project)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _members_page(request, project, member_form=form, status=422)
    try:
        membership = services.add_member(
            actor=person(request), project=project, request=request, **form.cleaned_data
        )
    except (Conflict, InvalidInput) as problem:
        form.add_error("email", problem.message)
        status = 422 if problem.code == "no-account" else problem.status
        return _members_page(request, project, member_form=form, status=status)
    messages.success(request, f"{membership.user.display_name} is now a member.")
    return redirect("accounts:members", project_id=project.public_id)


@require_POST
def settings(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Change the name and the description of a project."""
    project = selectors.get_project(user=request.user, public_id=project_id)
    require(request.user, Action.MANAGE_MEMBERS, project)
    form = ProjectSettingsForm(request.POST, project=project)
    if not form.is_valid():
        return _members_page(request, project, project_form=form, status=422)
    try:
        services.update_project(actor=person(request), project=project, request=request, **form.cleaned_data)
    except DomainError as problem:
        if problem.code == "stale":
            show_both(form, problem)
        else:
            form.add_error("name", problem.message)
        project.refresh_from_db()
        return _members_page(request, project, project_form=form, status=problem.status)
    messages.success(request, "The project is saved.")
    return redirect("accounts:members", project_id=project.public_id)


@require_POST
def change_role(request: HttpRequest, project_id: UUID, user_id: UUID) -> HttpResponse:
    """Change a member's role."""
    project = selectors.get_project(user=request.user, public_id=project_id)
    require(request.user, Action.MANAGE_MEMBERS, project)
    user = selectors.get_member(project=project, public_id=user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("Choose one of the roles.")
    try:
        services.change_role(
            actor=person(request), project=project, user=user, request=request, **form.cleaned_data
        )
    except Conflict as problem:
        if problem.code != "stale":
            raise
        messages.warning(request, problem.message)
        chosen = {user.pk: form.cleaned_data["role"]}
        return _members_page(request, project, refused_roles=chosen, status=problem.status)
    messages.success(request, f"{user.display_name} has the new role.")
    return redirect("accounts:members", project_id=project.public_id)


@require_POST
def remove_member(request: HttpRequest, project_id: UUID, user_id: UUID) -> HttpResponse:
    """Take a member's role away."""
    project = selectors.get_project(user=request.user, public_id=project_id)
    require(request.user, Action.MANAGE_MEMBERS, project)
    user = selectors.get_member(project=project, public_id=user_id)
    services.remove_member(actor=person(request), project=project, user=user, request=request)
    messages.success(request, f"{user.display_name} is no longer a member.")
    if not Project.objects.visible_to(request.user).filter(pk=project.pk).exists():
        return redirect("accounts:projects")
    return redirect("accounts:members", project_id=project.public_id)
