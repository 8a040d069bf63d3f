from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from apps.accounts import selectors, services
from apps.accounts.forms import AcceptInvitationForm, NewPasswordForm
from apps.accounts.models import AccountLink, User

BACKEND = "apps.accounts.backends.Backend"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "again")
@sensitive_variables("token", "form")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation, and make the account when it is accepted."""
    link = selectors.get_open_link(token=token, purpose=AccountLink.Purpose.INVITATION)
    initial = {"name": link.name}
    form = AcceptInvitationForm(
        request.POST or None, initial=initial, user=User(email=link.email, name=link.name)
    )
    if request.method == "POST" and form.is_valid():
        user = services.accept_invitation(
            link=link, name=form.cleaned_data["name"], password=form.cleaned_data["password"], request=request
        )
        login(request, user, backend=BACKEND)
        messages.success(request, "Your account is ready.")
        return redirect("/")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/invitation.html", {"form": form, "link": link}, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "again")
@sensitive_variables("token", "form")
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Let the holder of a reset link choose a new password."""
    link = selectors.get_open_link(token=token, purpose=AccountLink.Purpose.RESET)
    form = NewPasswordForm(request.POST or None, user=link.user or User(email=link.email))
    if request.method == "POST" and form.is_valid():
        services.accept_reset(link=link, password=form.cleaned_data["password"], request=request)
        messages.success(request, "Your password is changed. Sign in with the new one.")
        return redirect("account_login")
    status = 422 if form.is_bound else 200
    return render(request, "accounts/reset.html", {"form": form, "link": link}, status=status)
