from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts import selectors, services
from apps.accounts.permissions import Action, person, require
from apps.accounts.review_forms import ReviewSettingsForm
from apps.core.editing import show_both
from apps.core.errors import DomainError


@require_http_methods(["GET", "POST"])
def review_settings(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show and change how a project reviews; for its managers."""
    project = selectors.get_project(user=request.user, public_id=project_id)
    require(request.user, Action.MANAGE_MEMBERS, project)
    form = ReviewSettingsForm(project=project)
    status = 200
    if request.method == "POST":
        form = ReviewSettingsForm(request.POST, project=project)
        status = 422
        if form.is_valid():
            try:
                services.change_review_settings(
                    actor=person(request), project=project, request=request, **form.cleaned_data
                )
            except DomainError as problem:
                status = problem.status
                if problem.code == "stale":
                    show_both(form, problem)
                else:
                    form.add_error(None, problem.message)
            else:
                messages.success(request, "The settings are saved.")
                return redirect("accounts:review-settings", project_id=project.public_id)
    return render(request, "accounts/review_settings.html", {"project": project, "form": form}, status=status)
