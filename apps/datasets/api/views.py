"""Imports and exports for programs."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.api.auth import early_person
from apps.accounts.models import Project, Scope
from apps.accounts.permissions import Action, Person, person, require
from apps.core.api.lists import ListView
from apps.core.api.negotiation import AnythingAccepted
from apps.core.api.parsers import JSONParser
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.core.errors import InvalidInput, TooLarge
from apps.datasets import receiving, selectors, services
from apps.datasets.api import examples, serializers
from apps.datasets.models import Export, Import
from apps.datasets.views.exports import export_file
from apps.datasets.views.imports import receipt_file
from apps.review.api.serializers import JobOutput
from apps.slides.receiving import StoredUpload
from apps.slides.selectors import get_project


class _OfProject(ListView):
    """A list of a project, for those who may do the act."""

    action: ClassVar[Action]
    newest_first = True

    def project(self, user: Person) -> Project:
        """Return the project of the address."""
        found = get_project(user=user, public_id=self.kwargs["project_id"])
        require(user, self.action, found)
        return found


class ImportListView(_OfProject):
    """Imports into a project."""

    model = Import
    action = Action.IMPORT
    serializer_class = serializers.ImportRowOutput
    scopes: ClassVar = {"POST": Scope.UPLOAD}
    parser_classes = [MultiPartParser]

    def rows(self) -> QuerySet[Import]:
        """Return the imports of the project."""
        return selectors.imports_of(user=self.request.user, project=self.project(self.request.user))

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Decide who may send and how much before the first byte is read.

        This is the framework's earliest hook: its check against forged requests reads the whole body.
        """
        user = early_person(request)
        if user is not None and request.method == "POST":
            self.project(user)
            receiving.refuse_by_length(request)
            self.receiver = receiving.ArchiveReceiver(request)
            request.upload_handlers = [self.receiver]
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Remove what was received and not entered, whichever way the request ends."""
        receiver: receiving.ArchiveReceiver | None = getattr(self, "receiver", None)
        if receiver is not None:
            receiver.discard(but=getattr(self, "kept", set()))
        return super().finalize_response(request, response, *args, **kwargs)

    @extend_schema(examples=[examples.IMPORT_ROW], operation_id="imports_list")
    def get(self, request: Request, project_id: UUID) -> Response:  # noqa: ARG002 - part of the address
        """List the imports of a project, the newest first."""
        return self.part(request)

    @extend_schema(
        operation_id="imports_create",
        request={"multipart/form-data": serializers.BeginImportInput},
        responses={201: serializers.ImportOutput, 503: Error},
        examples=[examples.IMPORT],
    )
    def post(self, request: Request, project_id: UUID) -> Response:  # noqa: ARG002 - part of the address
        """Begin an import with an archive: it is read by a job, then it waits for its classes to be confirmed."""
        project = self.project(request.user)
        sent = request.FILES.get("file")
        if self.receiver.refused:
            raise TooLarge(self.receiver.refused[0].message)
        if not isinstance(sent, StoredUpload) or not receiving.is_archive(sent.received):
            raise InvalidInput("Send one ZIP archive, in the part named “file”.", code="file")
        values = serializers.BeginImportInput(data=request.data).checked()
        source = services.open_import(
            actor=person(request),
            project=project,
            source_key=sent.received.key,
            size=sent.received.size,
            format=values["format"],
            grouping=values["grouping"],
            title=values["title"],
            analyse=values["analyse"],
            origin=values["origin"],
            request=plain(request),
        )
        self.kept = {sent.received.key}
        return Response(serializers.ImportOutput(source).data, status=201)


class ImportView(APIView):
    """One import."""

    scopes: ClassVar = {"DELETE": Scope.UPLOAD}

    @extend_schema(responses=serializers.ImportOutput, examples=[examples.IMPORT])
    def get(self, request: Request, import_id: UUID) -> Response:
        """Tell where an import stands: its classes, its counts, what was odd."""
        source = selectors.get_import(user=request.user, public_id=import_id)
        return Response(serializers.ImportOutput(source).data)

    @extend_schema(responses={204: None, 409: Error})
    def delete(self, request: Request, import_id: UUID) -> Response:
        """Give up an import of which nothing was stored; 409 when a job works on it or something was."""
        source = selectors.get_import(user=request.user, public_id=import_id)
        services.discard(actor=person(request), source=source)
        return Response(status=204)


class ConfirmView(APIView):
    """What the classes of an archive become."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}
    parser_classes = [JSONParser]

    @extend_schema(
        request=serializers.ConfirmInput,
        responses={202: JobOutput, 409: Error, 503: Error},
        examples=[examples.CONFIRM, examples.JOB],
    )
    def post(self, request: Request, import_id: UUID) -> Response:
        """Say what every class becomes, and have the import stored; 409 when it does not wait for that."""
        source = selectors.get_import(user=request.user, public_id=import_id)
        values = serializers.ConfirmInput(data=request.data).checked()
        job = services.confirm(actor=person(request), source=source, mapping=values["mapping"])
        return Response({"job": str(job.public_id)}, status=202)


class ReceiptView(APIView):
    """The receipt of an import."""

    content_negotiation_class = AnythingAccepted

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, import_id: UUID) -> HttpResponseBase:
        """Return the whole receipt as CSV: the counts, then a row for everything odd."""
        return receipt_file(selectors.get_import(user=request.user, public_id=import_id))


class ExportListView(_OfProject):
    """Exports out of a project."""

    model = Export
    action = Action.EXPORT
    serializer_class = serializers.ExportOutput
    scopes: ClassVar = {"POST": Scope.UPLOAD}

    def rows(self) -> QuerySet[Export]:
        """Return the asker's exports of the project."""
        found = selectors.exports_of(user=self.request.user, project=self.project(self.request.user))
        return found.select_related("project")

    @extend_schema(examples=[examples.EXPORT], operation_id="exports_list")
    def get(self, request: Request, project_id: UUID) -> Response:  # noqa: ARG002 - part of the address
        """List the exports that the asker had written, the newest first."""
        return self.part(request)

    @extend_schema(
        operation_id="exports_create",
        request=serializers.BeginExportInput,
        responses={201: serializers.ExportOutput, 503: Error},
        examples=[examples.BEGIN_EXPORT, examples.EXPORT],
    )
    def post(self, request: Request, project_id: UUID) -> Response:  # noqa: ARG002 - part of the address
        """Have pictures and cells of a project written to an archive by a job."""
        project = self.project(request.user)
        values = serializers.BeginExportInput(data=request.data).checked()
        export = services.request_export(
            actor=person(request), project=project, request=plain(request), **values
        )
        return Response(serializers.ExportOutput(export).data, status=201)


class ExportView(APIView):
    """One export."""

    scopes: ClassVar = {"DELETE": Scope.UPLOAD}

    @extend_schema(responses=serializers.ExportOutput, examples=[examples.EXPORT])
    def get(self, request: Request, export_id: UUID) -> Response:
        """Tell where an export stands."""
        return Response(
            serializers.ExportOutput(selectors.get_export(user=request.user, public_id=export_id)).data
        )

    @extend_schema(responses={204: None, 409: Error})
    def delete(self, request: Request, export_id: UUID) -> Response:
        """Remove an export's archive before its time, or stop one that is being written."""
        export = selectors.get_export(user=request.user, public_id=export_id)
        services.discard_export(actor=person(request), export=export)
        return Response(status=204)


class ExportFileView(APIView):
    """The archive of an export."""

    content_negotiation_class = AnythingAccepted

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY, 410: Error})
    def get(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """Return the archive; 410 when it is not written yet, or its time is over."""
        export = selectors.get_export(user=request.user, public_id=export_id)
        return export_file(plain(request), export, actor=person(request))
