from functools import wraps
from typing import Any, Protocol
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors, services
from apps.accounts.confirm import confirmed_only
from apps.accounts.forms import InvitationForm, NameForm
from apps.accounts.models import AccountLink
from apps.accounts.permissions import person, require_site_admin
from apps.core.errors import DomainError, NotFound


class View(Protocol):
    """A function that answers a request."""

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer."""
        ...


def site_admin_only(view: View) -> View:
    """Answer 403 to everybody who does not run the site."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        require_site_admin(request.user)
        return view(request, *args, **kwargs)

    return guarded


def _page(request: HttpRequest, *, form: InvitationForm, status: int = 200) -> HttpResponse:
    context = {"people": selectors.people(), "links": selectors.open_links(), "form": form}
    return render(request, "accounts/people.html", context, status=status)


def _show_link(request: HttpRequest, link: AccountLink, token: str) -> HttpResponse:
    """Show a fresh link, this once."""
    name = "accounts:invitation" if link.purpose == AccountLink.Purpose.INVITATION else "accounts:reset"
    address = request.build_absolute_uri(reverse(name, args=[token]))
    return render(request, "accounts/link.html", {"link": link, "address": address}, status=201)


@require_GET
@site_admin_only
def people(request: HttpRequest) -> HttpResponse:
    """List accounts and open links, with a form to invite."""
    return _page(request, form=InvitationForm())


@require_POST
@never_cache
@site_admin_only
@confirmed_only
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation and show its link once."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    values = form.cleaned_data
    try:
        link, token = services.invite(
            actor=person(request),
            email=values["email"],
            project=values["project"],
            role=values["role"],
            is_site_admin=values["is_site_admin"],
            request=request,
        )
    except DomainError as problem:
        form.add_error("email", problem.message)
        return _page(request, form=form, status=problem.status)
    return _show_link(request, link, token)


@require_POST
@never_cache
@site_admin_only
@confirmed_only
def make_reset_link(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Make a password-reset link and show it once."""
    user = selectors.get_person(public_id=user_id)
    link, token = services.make_reset_link(actor=person(request), user=user, request=request)
    return _show_link(request, link, token)


@require_POST
@site_admin_only
def withdraw_link(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Make an open link useless."""
    link = AccountLink.objects.filter(public_id=link_id).first()
    if link is None:
        raise NotFound("There is no such link.")
    services.withdraw_link(actor=person(request), link=link, request=request)
    messages.success(request, f"The link for {link.email} does not work any more.")
    return redirect("accounts:people")


@require_POST
@site_admin_only
@confirmed_only
def set_active(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Deactivate an account, or activate it again."""
    user = selectors.get_person(public_id=user_id)
    active = request.POST.get("active") == "true"
    services.set_active(actor=person(request), user=user, active=active, request=request)
    messages.success(request, f"{user.email} can {'sign in again' if active else 'no longer sign in'}.")
    return redirect("accounts:people")


@require_POST
@site_admin_only
@confirmed_only
def reset_second_factor(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Remove the second factors of a person who lost them."""
    user = selectors.get_person(public_id=user_id)
    removed = services.reset_second_factor(actor=person(request), user=user, request=request)
    words = (
        f"{user.email} had no second factor."
        if not removed
        else f"{user.email} signs in with the password alone."
    )
    messages.success(request, words)
    return redirect("accounts:people")


@require_POST
@site_admin_only
@confirmed_only
def sign_out(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """End all sessions of a person."""
    user = selectors.get_person(public_id=user_id)
    services.sign_out_person(actor=person(request), user=user, request=request)
    messages.success(request, f"{user.email} is signed out everywhere.")
    return redirect("accounts:people")


@require_POST
@site_admin_only
@confirmed_only
def set_site_admin(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Make a person a site administrator, or not any more."""
    user = selectors.get_person(public_id=user_id)
    admin = request.POST.get("admin") == "true"
    services.set_site_admin(actor=person(request), user=user, admin=admin, request=request)
    messages.success(request, f"{user.email} is {'now' if admin else 'no longer'} a site administrator.")
    return redirect("accounts:people")


@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """Show one's own account, and change the name."""
    form = NameForm(request.POST or None, initial={"name": person(request).name})
    if request.method == "POST" and form.is_valid():
        services.change_name(user=person(request), name=form.cleaned_data["name"])
        messages.success(request, "Your name is saved.")
        return redirect("accounts:me")
    projects = selectors.projects_of(request.user)
    return render(request, "accounts/me.html", {"form": form, "projects": projects})
