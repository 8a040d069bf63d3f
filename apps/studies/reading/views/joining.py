"""The invitation to read a study, for people who may have no account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.permissions import person
from apps.accounts.views.links import BACKEND
from apps.core.errors import Conflict
from apps.studies import services
from apps.studies.models import Invitation
from apps.studies.reading.forms import JoinForm
from apps.studies.reading.joining import join


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "again")
@sensitive_variables("token", "form")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation, and make its holder a reader: with the account that is signed in, or a new one."""
    found = services.find_invitation(token=token)
    if request.user.is_authenticated:
        return _with_account(request, found)
    sent = request.POST if request.method == "POST" else None
    form = JoinForm(sent, initial={"name": found.for_name}, user=User(name=found.for_name))
    if form.is_valid():
        given = form.cleaned_data
        try:
            enrolment = join(
                invitation=found,
                email=given["email"],
                name=given["name"],
                password=given["password"],
                request=request,
            )
        except Conflict as problem:
            if problem.code != "has-account":
                raise
            form.add_error("email", problem.message)
        else:
            login(request, enrolment.reader, backend=BACKEND)
            return redirect("studies:reading", enrolment_id=enrolment.public_id)
    status = 422 if form.is_bound else 200
    return render(request, "studies/read_invitation.html", {"form": form, "token": token}, status=status)


def _with_account(request: HttpRequest, found: Invitation) -> HttpResponse:
    if request.method != "POST":
        return render(request, "studies/read_invitation.html", {"form": None})
    enrolment = services.accept_invitation(invitation=found, user=person(request), request=request)
    messages.success(request, "You are a reader of this study.")
    return redirect("studies:reading", enrolment_id=enrolment.public_id)
