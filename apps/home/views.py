"""The home page, the help page, and the choice of a theme."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.permissions import Action, person
from apps.core.errors import InvalidInput
from apps.home import selectors, themes
from apps.registry.selectors import DEFAULT_CLASS_LIST
from ml.labels import class_list


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person."""
    user = person(request)
    context = {
        "items": selectors.other_items(user=user),
        "slides": selectors.slides_to_review(user=user),
        "jobs": selectors.jobs_to_watch(user=user),
        "projects": selectors.projects(user=user),
        "may_upload": bool(selectors.projects_where(user=user, action=Action.UPLOAD)),
    }
    return render(request, "home/index.html", context)


@login_not_required
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Show how the site is used and which keys it knows."""
    return render(request, "home/help.html", {"classes": class_list(DEFAULT_CLASS_LIST).classes})


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember a theme in a cookie and go back to where the person was.

    Raises:
        InvalidInput: when there is no such theme.
    """
    name = request.POST.get("theme", "")
    if not themes.is_theme(name):
        raise InvalidInput("There is no such theme.", code="unknown-theme")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    response.set_cookie(
        themes.COOKIE,
        name,
        max_age=themes.COOKIE_AGE_S,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response
