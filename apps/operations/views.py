"""The self-check page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts.views.people import site_admin_only
from apps.core import checks
from apps.jobs import selectors as jobs
from apps.jobs.words import duration

POLL_S = 15


@require_GET
@never_cache
@site_admin_only
def self_check(request: HttpRequest) -> HttpResponse:
    """Show what is well, what is not and what to do, and who works; the page renews itself."""
    report = checks.run()
    context = {
        "report": report,
        "areas": report.areas(),
        "to_act": report.count(checks.State.FAIL),
        "to_look": report.count(checks.State.WARN),
        "workers": [(worker, duration(worker.seen_ago_s)) for worker in jobs.workers()],
        "now": timezone.now(),
        "poll_s": POLL_S,
    }
    return render(request, "operations/self_check.html", context)
