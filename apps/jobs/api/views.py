from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import InvalidInput
from apps.jobs import selectors, services
from apps.jobs.api.serializers import JobSerializer
from apps.jobs.models import Job, State


@extend_schema(
    parameters=[
        OpenApiParameter("state", enum=State.values, description="Only jobs in this state."),
        OpenApiParameter("subject", description='Only jobs about this, such as "slide:<id>".'),
    ]
)
class JobListView(ListAPIView):
    """The jobs of the asker's projects, newest first."""

    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[Job]:
        """Return the jobs the asker may see, narrowed as asked."""
        jobs = selectors.jobs_for(self.request.user)
        state, subject = self.request.query_params.get("state"), self.request.query_params.get("subject")
        if state:
            if state not in State.values:
                raise InvalidInput(f"There is no state {state!r}; there are {', '.join(State.values)}.")
            jobs = jobs.filter(state=state)
        # PostgreSQL takes no text with a null character.
        return jobs.filter(subject=subject.replace("\x00", "")) if subject else jobs

    def get_serializer_context(self) -> dict[str, Any]:
        """Return the framework's context and one time for all rows."""
        return {**super().get_serializer_context(), "now": selectors.database_now()}


class JobView(APIView):
    """One job."""

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return a job and how far it is."""
        return Response(JobSerializer(selectors.job_for(request.user, job_id)).data)


class JobCancelView(APIView):
    """Cancelling."""

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel a job: at once while it waits, as soon as it can stop while it runs."""
        job = services.cancel(job=selectors.job_for(request.user, job_id), actor=request.user)
        return Response(JobSerializer(job).data)
