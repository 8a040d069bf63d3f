"""The home page, help and manual, and the choice of a theme."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.permissions import Action, person
from apps.core.errors import InvalidInput
from apps.core.messages import cookie_name
from apps.home import manual, selectors, themes
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
    classes = class_list(DEFAULT_CLASS_LIST).classes
    return render(request, "home/help.html", {"classes": classes, "contents": manual.contents()})


@login_not_required
@require_GET
def manual_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a page of the manual.

    Raises:
        NotFound: when there is no such page.
    """
    page, text = manual.draw(name)
    before, after = manual.neighbours(name)
    context = {"page": page, "text": text, "before": before, "after": after}
    return render(request, "home/manual.html", context)


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
        cookie_name(themes.COOKIE),
        name,
        max_age=themes.COOKIE_AGE_S,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response
