from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts import selectors, services
from apps.accounts.confirm import confirmed_only
from apps.accounts.permissions import person
from apps.accounts.views.people import site_admin_only
from apps.core.confirming import TypedConfirmation
from apps.core.errors import DomainError


@require_http_methods(["GET", "POST"])
@site_admin_only
@confirmed_only
def erase_person(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Say what goes with a person and what stays, and erase the person once the address was typed."""
    user = selectors.get_person(public_id=user_id)
    form = TypedConfirmation(
        request.POST if request.method == "POST" else None,
        wanted=user.email,
        label=f"Type {user.email} to erase",
    )
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            erased = services.erase_person(actor=person(request), user=user, request=request)
        except DomainError as problem:
            form.add_error(None, problem.message)
            status = problem.status
        else:
            messages.success(request, f"The person is erased, and remains as “{erased.name}”.")
            return redirect("accounts:people")
    return render(request, "accounts/erase_person.html", {"person": user, "form": form}, status=status)
