"""Jobs: where they stand, and cancelling one."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import audit
from apps.accounts.api.lists import ProjectRowsView
from apps.accounts.models import Scope
from apps.accounts.permissions import person
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.jobs import selectors, services
from apps.jobs.api import examples
from apps.jobs.api.filters import JobFilters
from apps.jobs.api.serializers import JobSerializer
from apps.jobs.models import Job


class JobListView(ProjectRowsView):
    """Jobs."""

    model = Job
    newest_first = True
    serializer_class = JobSerializer
    filterset_class = JobFilters

    def rows(self) -> QuerySet[Job]:
        """Return the jobs the asker may see."""
        return selectors.jobs_for(self.request.user)

    def shown(self, rows: Sequence[Job]) -> None:
        """Record visits to the projects that the jobs belong to; jobs of the site itself belong to none."""
        super().shown([job for job in rows if job.project is not None])

    def get_serializer_context(self) -> dict[str, Any]:
        """Return the framework's context and one time for all rows."""
        return {**super().get_serializer_context(), "now": selectors.database_now()}

    @extend_schema(examples=[examples.JOB])
    def get(self, request: Request) -> Response:
        """List the jobs of your projects, and your own that belong to none; the newest first."""
        return self.part(request)


class JobView(APIView):
    """One job."""

    @extend_schema(responses=JobSerializer, examples=[examples.JOB])
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return a job and how far it is; `progress.poll_ms` says when to ask again, null when it has ended."""
        job = selectors.job_for(request.user, job_id)
        if job.project is not None:
            audit.record_visit(actor=person(request), project=job.project, request=plain(request))
        return Response(JobSerializer(job).data)


class JobCancelView(APIView):
    """Cancelling."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(request=None, responses={200: JobSerializer, 409: Error}, examples=[examples.JOB])
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel a job: at once while it waits, as soon as it can stop while it runs. 409 when it has ended."""
        job = services.cancel(job=selectors.job_for(request.user, job_id), actor=request.user)
        return Response(JobSerializer(job).data)
