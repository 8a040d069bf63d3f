"""Template tags about jobs."""

from django import template

from apps.jobs import selectors
from apps.jobs.models import Job
from apps.jobs.progress import ProgressView, view

register = template.Library()


@register.simple_tag
def progress_of(job: Job) -> ProgressView:
    """Return how far a job is, in numbers and words."""
    return view(job, selectors.database_now())
