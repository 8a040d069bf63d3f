"""The small site has workers, and one page that asks the database."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.jobs.models import Job


@login_not_required
def count(request: HttpRequest) -> HttpResponse:
    """Answer with the number of jobs."""
    return HttpResponse(str(Job.objects.count()), content_type="text/plain")


urlpatterns = [path("count/", count)]
