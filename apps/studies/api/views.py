"""Studies for their staff. No token designs or moves a study: whoever does so is signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.permissions import Action, person, require
from apps.accounts.selectors import get_project
from apps.core.api.lists import ListView
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.core.errors import InvalidInput
from apps.registry.selectors import classes_for
from apps.studies import draw, presets, selectors, services
from apps.studies.api import examples, serializers
from apps.studies.design import people
from apps.studies.models import State, Study
from apps.studies.protocol import Protocol

_NO_STORE = {"Cache-Control": "no-store"}


class StudyListView(ListView):
    """Studies of a project."""

    model = Study
    newest_first = True
    serializer_class = serializers.StudyRowOutput

    def rows(self) -> QuerySet[Study]:
        """Return the studies whose staff side the asker may see."""
        user = person(self.request)
        project = get_project(user=user, public_id=self.kwargs["project_id"])
        require(user, Action.STUDY, project)
        return selectors.studies_of(user=user, project=project)

    @extend_schema(examples=[examples.STUDY_ROW], operation_id="studies_list")
    def get(self, request: Request, project_id: UUID) -> Response:  # noqa: ARG002 - part of the address
        """List the studies of a project, the newest first."""
        return self.part(request)

    @extend_schema(
        operation_id="studies_create",
        request=serializers.NewStudyInput,
        responses={201: serializers.StudyOutput, 503: Error},
        examples=[examples.NEW_STUDY, examples.STUDY],
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """Begin a study with a preset or a protocol; signed in only, not with a token."""
        user = person(request)
        project = get_project(user=user, public_id=project_id)
        require(user, Action.STUDY, project)
        given = serializers.NewStudyInput(data=request.data).checked()
        protocol = (
            presets.preset(given["preset"])
            if "preset" in given
            else Protocol.from_json(_plain(given["protocol"]))
        )
        study = services.create_study(
            actor=user, project=project, title=given["title"], protocol=protocol, request=plain(request)
        )
        return Response(serializers.StudyOutput(study).data, status=201)


class StudyView(APIView):
    """One study."""

    @extend_schema(responses=serializers.StudyOutput, examples=[examples.STUDY])
    def get(self, request: Request, study_id: UUID) -> Response:
        """Return a study's protocol and steps; answers and origins are not among them."""
        study = selectors.get_study(user=person(request), public_id=study_id)
        return Response(serializers.StudyOutput(study).data)

    @extend_schema(
        request=serializers.ChangeStudyInput,
        responses={200: serializers.StudyOutput, 409: Error, 503: Error},
        examples=[examples.CHANGE_STUDY, examples.STUDY],
    )
    def patch(self, request: Request, study_id: UUID) -> Response:
        """Change a draft; 409 when it is none, or somebody changed it since the version that was sent."""
        user = person(request)
        study = selectors.get_study(user=user, public_id=study_id)
        given = serializers.ChangeStudyInput(data=request.data).checked()
        study = services.change_study(
            actor=user,
            study=study,
            expected_version=given["version"],
            title=given["title"],
            protocol=Protocol.from_json(_plain(given["protocol"])),
            request=plain(request),
        )
        return Response(serializers.StudyOutput(study).data)

    @extend_schema(responses={204: None, 409: Error})
    def delete(self, request: Request, study_id: UUID) -> Response:
        """Discard a draft; 409 when it is none."""
        user = person(request)
        study = selectors.get_study(user=user, public_id=study_id)
        services.discard_study(actor=user, study=study, why="", request=plain(request))
        return Response(status=204)


class CheckView(APIView):
    """Whether a study can be prepared."""

    @extend_schema(responses={200: serializers.CheckOutput, 503: Error}, examples=[examples.CHECK])
    def get(self, request: Request, study_id: UUID) -> Response:
        """Say what keeps a study from being prepared, such as a class with too few cells."""
        study = selectors.get_study(user=person(request), public_id=study_id)
        names = [cell_class.name for cell_class in classes_for(study.project)]
        problems = study.plan.problems(names) or draw.shortages(study.project, study.plan)
        counts = {"counted": study.plan.counted, "trials": study.plan.trials}
        return Response(serializers.CheckOutput({"problems": problems, **counts}).data)


class StepView(APIView):
    """The steps of a study."""

    @extend_schema(
        request=serializers.StudyStepInput,
        responses={200: serializers.StudyOutput, 409: Error, 503: Error},
        examples=[examples.STEP, examples.STUDY],
    )
    def post(self, request: Request, study_id: UUID) -> Response:
        """Take a study a step on: prepare, back to draft, lock, open, close; 409 when it does not stand there.

        Preparing is a job; the study is prepared when it has succeeded.
        """
        user = person(request)
        study = selectors.get_study(user=user, public_id=study_id)
        given = serializers.StudyStepInput(data=request.data).checked()
        common: dict[str, Any] = {"actor": user, "study": study, "request": plain(request)}
        why = " ".join(given["why"].split())
        if given["due_at"] is not None and given["to"] != State.OPEN:
            raise InvalidInput("A day belongs to opening.", code="due_at")
        if given["to"] == State.PREPARED:
            services.prepare(**common)
        elif given["to"] == State.DRAFT:
            services.back_to_draft(**common, why=why)
        elif given["to"] == State.LOCKED:
            services.lock(**common, why=why)
        elif given["to"] == State.OPEN and study.state in {State.OPEN, State.CLOSED}:
            services.extend(**common, why=why, due_at=given["due_at"])
        elif given["to"] == State.OPEN:
            services.open_(**common, why=why, due_at=given["due_at"])
        else:
            services.close(**common, why=why)
        study = selectors.get_study(user=user, public_id=study_id)
        return Response(serializers.StudyOutput(study).data)


class ReadersView(APIView):
    """Who reads a study."""

    @extend_schema(
        operation_id="study_readers_retrieve",
        responses=serializers.ReaderOutput(many=True),
        examples=[examples.READER],
    )
    def get(self, request: Request, study_id: UUID) -> Response:
        """Tell how far each reader is, never what anybody answered."""
        study = selectors.get_study(user=person(request), public_id=study_id)
        lines = selectors.progress(study)
        return Response(serializers.ReaderOutput(lines, many=True).data, headers=_NO_STORE)

    @extend_schema(
        operation_id="study_readers_create",
        request=serializers.EnrolInput,
        responses={201: serializers.NewReaderOutput, 409: Error},
        examples=[examples.ENROL, examples.NEW_READER],
    )
    def post(self, request: Request, study_id: UUID) -> Response:
        """Ask a member of the project to read; 409 when the study is over or the person knows too much of it."""
        user = person(request)
        study = selectors.get_study(user=user, public_id=study_id)
        given = serializers.EnrolInput(data=request.data).checked()
        reader = people.candidates(study).filter(public_id=given["reader"]).first()
        if reader is None:
            raise InvalidInput(
                "Choose a member of the project who neither made, moved nor reads this study.", code="reader"
            )
        enrolment = services.enrol(actor=user, study=study, reader=reader, request=plain(request))
        return Response(serializers.NewReaderOutput(enrolment).data, status=201)


class InvitationsView(APIView):
    """Links for readers."""

    @extend_schema(
        request=serializers.InviteInput,
        responses={201: serializers.InvitationOutput, 409: Error},
        examples=[examples.INVITE, examples.INVITATION],
    )
    def post(self, request: Request, study_id: UUID) -> Response:
        """Make a link for one reader; it is told this once."""
        user = person(request)
        study = selectors.get_study(user=user, public_id=study_id)
        given = serializers.InviteInput(data=request.data).checked()
        invitation, token = services.invite(
            actor=user, study=study, for_name=" ".join(given["for_name"].split()), request=plain(request)
        )
        link = request.build_absolute_uri(reverse("studies:invitation", args=[token]))
        shown = serializers.InvitationOutput(invitation, context={"link": link})
        return Response(shown.data, status=201, headers=_NO_STORE)


def _plain(value: Any) -> Any:
    """Return checked values as the plain ones that a protocol is made of."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
