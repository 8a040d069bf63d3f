from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors, services
from apps.accounts.forms import MemberForm, NewProjectForm, ProjectSettingsForm, RoleForm
from apps.accounts.models import Project, Role, User, UserManager
from apps.accounts.permissions import Action, can, is_site_admin, person, require, require_site_admin
from apps.core.editing import show_both
from apps.core.errors import DomainError, InvalidInput


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


def _members_page(
    request: HttpRequest,
    project: Project,
    *,
    member_form: MemberForm | None = None,
    project_form: ProjectSettingsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": project,
        "memberships": project.memberships.select_related("user"),
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
    email = UserManager.normalize_email(form.cleaned_data["email"])
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        form.add_error(
            "email", "There is no account with this address. A site administrator can invite this person."
        )
        return _members_page(request, project, member_form=form, status=422)
    if project.memberships.filter(user=user).exists():
        form.add_error("email", "This person is a member already; change the role in the list.")
        return _members_page(request, project, member_form=form, status=409)
    services.set_role(
        actor=person(request), project=project, user=user, role=form.cleaned_data["role"], request=request
    )
    messages.success(request, f"{user.display_name} is now a member.")
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
    services.set_role(
        actor=person(request), project=project, user=user, role=form.cleaned_data["role"], request=request
    )
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
