"""Uploads for programs, the upload panel among them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.api.auth import early_person
from apps.accounts.models import Scope
from apps.accounts.permissions import Action, Person, person, require
from apps.core import disk
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.core.errors import InvalidInput, NotPermitted, TooLarge
from apps.slides import limits, selectors, services
from apps.slides.api import examples
from apps.slides.api import upload_serializers as serializers
from apps.slides.models import Slide, Upload
from apps.slides.receiving import Receiver, StoredUpload, too_large_message


def own_upload(user: Person, upload_id: UUID) -> Upload:
    """Return an upload that the person began and may still add to.

    Raises:
        NotFound, NotPermitted: otherwise.
    """
    upload = selectors.get_upload(user=user, public_id=upload_id)
    require(user, Action.UPLOAD, upload.project)
    if upload.requester_id != user.pk:
        raise NotPermitted("This upload was begun by another person.")
    return upload


class UploadListView(APIView):
    """Uploads into a project."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        request=serializers.OpenUploadInput,
        responses={201: serializers.UploadIdSerializer},
        examples=[examples.OPEN_UPLOAD, examples.UPLOAD_ID],
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """Begin an upload: then send its files one by one, then complete it."""
        project = selectors.get_project(user=request.user, public_id=project_id)
        require(request.user, Action.UPLOAD, project)
        values = serializers.OpenUploadInput(data=request.data).checked()
        slide = None
        if values["slide"] is not None:
            slide = Slide.objects.visible_to(request.user).filter(public_id=values["slide"]).first()
            if slide is None:
                raise InvalidInput("The slide to add to is not in this project.", code="slide")
        upload = services.open_upload(
            requester=person(request),
            project=project,
            mode=values["mode"],
            title=values["title"],
            slide=slide,
            analyse=values["analyse"],
        )
        return Response({"id": str(upload.public_id)}, status=201)


class UploadView(APIView):
    """One upload."""

    @extend_schema(responses=serializers.UploadSerializer, examples=[examples.UPLOAD])
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Tell where the upload and each of its files stand."""
        upload = selectors.get_upload(user=request.user, public_id=upload_id)
        return Response(selectors.upload_json(selectors.upload_report(upload=upload)))


class UploadFilesView(APIView):
    """Files of an upload, one a request."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}
    parser_classes = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Decide who may send and how much before the first byte is read.

        This is the framework's earliest hook: its check against forged requests reads the whole body.
        """
        user = early_person(request)
        if user is not None and request.method == "POST":
            own_upload(user, self.kwargs["upload_id"])
            refuse_by_length(request, files=1)
            self.receiver = Receiver(request)
            request.upload_handlers = [self.receiver]
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Remove what was received and not entered, whichever way the request ends."""
        receiver: Receiver | None = getattr(self, "receiver", None)
        if receiver is not None:
            receiver.discard(but=getattr(self, "kept", set()))
        return super().finalize_response(request, response, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": serializers.AddFileSerializer},
        responses={201: serializers.AddedFileSerializer, 409: Error, 503: Error},
        examples=[examples.ADDED_FILE],
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Take one file, in the part named "file"; 413 when it is above the limit, 409 when the upload is complete."""
        upload = own_upload(request.user, upload_id)
        sent = request.FILES.get("file")
        if self.receiver.refused:
            refused = services.add_refused(upload=upload, refused=self.receiver.refused[0])
            raise TooLarge(
                refused.message, detail={"id": str(refused.public_id), "filename": refused.filename}
            )
        if not isinstance(sent, StoredUpload):
            raise InvalidInput("Send one file, in the part named “file”.", code="file")
        file = services.add_file(upload=upload, received=sent.received)
        self.kept = {sent.received.key}
        return Response({"id": str(file.public_id), "filename": file.filename}, status=201)


class CompleteUploadView(APIView):
    """The end of sending."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        request=None,
        responses={202: serializers.CompletedSerializer, 400: Error, 409: Error},
        examples=[examples.COMPLETED],
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Hand the upload over to a job; a second call answers with the same job. 400 when there is no file in it."""
        upload = own_upload(request.user, upload_id)
        job = services.complete(upload=upload, request=plain(request))
        return Response({"job": str(job.public_id)}, status=202)


def refuse_by_length(request: HttpRequest, *, files: int) -> None:
    """Refuse a request whose announced length no allowed content could have.

    Up to four times the cap is read and dropped, so that the sender gets our sentence and not a broken connection.

    Raises:
        TooLarge: when it is longer.
        DiskFull: when there is no room for it.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > 4 * limits.max_bytes() * files:
        raise TooLarge(too_large_message())
    disk.require_everywhere(length)
