"""When the time of slides in the trash is over; run by the schedule of the jobs room."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import Project
from apps.core.models import Erasure, ErasureKind
from apps.jobs.models import ACTIVE_STATES, Job
from apps.slides.models import Slide, Specimen
from apps.slides.params import ERASE, PURGE
from apps.slides.services.erasing import submit_erasing
from apps.slides.services.trash import submit_purge


def run() -> None:
    """Queue the removal of what has been in the trash long enough, and of erased specimens that are still there."""
    before = timezone.now() - timedelta(days=settings.WBCWEB_TRASH_DAYS)
    over = Slide.objects.filter(trashed_at__lte=before).values("project")
    for project in Project.objects.filter(pk__in=over):
        if not _is_under_way(PURGE, f"trash:{project.public_id}"):
            submit_purge(project=project, requester=None, before=before)
    erased = Erasure.objects.filter(kind=ErasureKind.SPECIMEN).values("row")
    for specimen in Specimen.objects.filter(pk__in=erased).select_related("project"):
        if not _is_under_way(ERASE, f"specimen:{specimen.public_id}"):
            submit_erasing(specimen=specimen, requester=None)


def _is_under_way(kind: str, subject: str) -> bool:
    return Job.objects.filter(kind=kind, subject=subject, state__in=ACTIVE_STATES).exists()
