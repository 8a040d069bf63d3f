from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors, services
from apps.accounts.confirm import confirmed_only
from apps.accounts.forms import ApiTokenForm
from apps.accounts.permissions import person
from apps.core.errors import DomainError


@require_http_methods(["GET", "POST"])
@never_cache
@confirmed_only
@sensitive_variables("key")
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens; make one, and show its key this once."""
    form = ApiTokenForm(request.POST or None)
    if request.method != "POST":
        return _page(request, form=form)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    try:
        token, key = services.make_api_token(user=person(request), request=request, **form.cleaned_data)
    except DomainError as problem:
        form.add_error(None, problem.message)
        return _page(request, form=form, status=problem.status)
    return render(request, "accounts/api_token.html", {"token": token, "key": key}, status=201)


@require_POST
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """End one of one's tokens."""
    token = selectors.get_own_api_token(user=person(request), public_id=token_id)
    services.revoke_api_token(user=person(request), token=token, request=request)
    messages.success(request, f"The token “{token.name}” does not work any more.")
    return redirect("accounts:api-tokens")


def _page(request: HttpRequest, *, form: ApiTokenForm, status: int = 200) -> HttpResponse:
    context = {"tokens": selectors.api_tokens_of(person(request)), "form": form, "now": timezone.now()}
    return render(request, "accounts/api_tokens.html", context, status=status)
