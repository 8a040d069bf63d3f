"""How far the analysis of a slide is."""

from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.serializers import Error
from apps.inference.api.serializers import AnalysisSerializer
from apps.inference.selectors import analysis_state
from apps.slides.selectors import get_slide

_ANALYSIS = OpenApiExample(
    "Done",
    response_only=True,
    status_codes=["200"],
    value={
        "state": "done",
        "message": "12 fields analysed by locator v1 and compact v1.",
        "total": 12,
        "analysed": 12,
        "pending": 0,
        "job": "77777777-8888-4999-aaaa-bbbbccccdddd",
    },
)


class AnalysisView(APIView):
    """The analysis of a slide."""

    @extend_schema(responses={200: AnalysisSerializer, 503: Error}, examples=[_ANALYSIS])
    def get(self, request: Request, slide_id: UUID) -> Response:
        """Return how far the analysis of a slide is; 503 when no class list is registered."""
        slide = get_slide(user=request.user, public_id=slide_id)
        return Response(AnalysisSerializer(analysis_state(slide)).data)
