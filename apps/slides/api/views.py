"""Specimens, slides, fields and devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import audit
from apps.accounts.api.lists import ProjectRowsView
from apps.accounts.models import Project, Scope
from apps.accounts.permissions import person
from apps.core import storage
from apps.core.api.negotiation import AnythingAccepted
from apps.core.api.requests import plain
from apps.core.api.serializers import Error, Stale
from apps.slides import selectors, services
from apps.slides.api import examples, filters, serializers
from apps.slides.models import DeviceProfile, Field, Slide, Specimen


def _look(request: Request, project: Project, slide: Slide | None = None) -> None:
    """Put on record that a site administrator without a role looks at something."""
    target = f"slide:{slide.public_id}" if slide is not None else ""
    audit.record_visit(actor=person(request), project=project, target=target, request=plain(request))


class DeviceListView(ProjectRowsView):
    """Cameras and scanners."""

    model = DeviceProfile
    serializer_class = serializers.DeviceSerializer
    filterset_class = filters.DeviceFilters

    def rows(self) -> QuerySet[DeviceProfile]:
        """Return the devices of the asker's projects."""
        return selectors.devices_of(self.request.user).select_related("project")

    @extend_schema(examples=[examples.DEVICE])
    def get(self, request: Request) -> Response:
        """List the cameras and scanners of your projects."""
        return self.part(request)


class DeviceView(APIView):
    """One camera or scanner."""

    @extend_schema(responses=serializers.DeviceSerializer, examples=[examples.DEVICE])
    def get(self, request: Request, device_id: UUID) -> Response:
        """Return a camera or scanner."""
        device = selectors.get_device(user=request.user, public_id=device_id)
        _look(request, device.project)
        return Response(serializers.DeviceSerializer(device).data)


class SpecimenListView(ProjectRowsView):
    """Specimens."""

    model = Specimen
    serializer_class = serializers.SpecimenSerializer
    filterset_class = filters.SpecimenFilters

    def rows(self) -> QuerySet[Specimen]:
        """Return the specimens of the asker's projects."""
        return selectors.specimens_of(self.request.user).prefetch_related("project")

    @extend_schema(examples=[examples.SPECIMEN])
    def get(self, request: Request) -> Response:
        """List the specimens of your projects."""
        return self.part(request)


class SpecimenView(APIView):
    """One specimen."""

    scopes: ClassVar = {"PATCH": Scope.UPLOAD}

    @extend_schema(responses=serializers.SpecimenSerializer, examples=[examples.SPECIMEN])
    def get(self, request: Request, specimen_id: UUID) -> Response:
        """Return a specimen."""
        specimen = selectors.get_specimen(user=request.user, public_id=specimen_id)
        _look(request, specimen.project)
        return Response(serializers.SpecimenSerializer(specimen).data)

    @extend_schema(
        request=serializers.SpecimenInput,
        responses={200: serializers.SpecimenSerializer, 409: Stale},
        examples=[examples.SPECIMEN_CHANGE, examples.SPECIMEN],
    )
    def patch(self, request: Request, specimen_id: UUID) -> Response:
        """Say what a specimen is. 409 when the pseudonym is taken, or somebody changed the specimen meanwhile."""
        specimen = selectors.get_specimen(user=request.user, public_id=specimen_id)
        given = serializers.SpecimenInput(data=request.data).checked()
        values = {**selectors.specimen_values(specimen), **given}
        specimen = services.change_specimen(actor=person(request), specimen=specimen, **values)
        return Response(serializers.SpecimenSerializer(specimen).data)


class SlideListView(ProjectRowsView):
    """Slides."""

    model = Slide
    newest_first = True
    serializer_class = serializers.SlideSerializer
    filterset_class = filters.SlideFilters

    def rows(self) -> QuerySet[Slide]:
        """Return the slides of the asker's projects, those in the trash among them: the filter takes them out."""
        slides = Slide.objects.of_projects_of(self.request.user)
        # The project by a statement of its own: joined, SQLite may begin with it and sort all its slides.
        return slides.select_related("specimen", "device").prefetch_related("project")

    def shown(self, rows: Sequence[Slide]) -> None:
        """Count the fields of all slides in one query."""
        super().shown(rows)
        counted = selectors.count_fields(rows)
        for slide in rows:
            slide.field_count = counted.get(slide.pk, 0)  # type: ignore[attr-defined] # as the selectors name it

    @extend_schema(examples=[examples.SLIDE_ROW])
    def get(self, request: Request) -> Response:
        """List the slides of your projects, the newest first; with `trashed=true` those in the trash."""
        return self.part(request)


class SlideView(APIView):
    """One slide."""

    scopes: ClassVar = {"PATCH": Scope.UPLOAD, "DELETE": Scope.UPLOAD}

    @extend_schema(responses=serializers.SlideDetailSerializer, examples=[examples.SLIDE])
    def get(self, request: Request, slide_id: UUID) -> Response:
        """Return a slide."""
        slide = selectors.get_slide(user=request.user, public_id=slide_id)
        _look(request, slide.project, slide)
        return Response(_detail(slide))

    @extend_schema(
        request=serializers.SlideInput,
        responses={200: serializers.SlideDetailSerializer, 409: Stale},
        examples=[examples.SLIDE_CHANGE, examples.SLIDE],
    )
    def patch(self, request: Request, slide_id: UUID) -> Response:
        """Change title and device. 409 when somebody changed one of them meanwhile."""
        slide = selectors.get_slide(user=request.user, public_id=slide_id)
        given = serializers.SlideInput(data=request.data).checked()
        values = {**selectors.slide_values(slide), **given}
        return Response(_detail(services.change_slide(actor=person(request), slide=slide, **values)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slide_id: UUID) -> Response:
        """Move a slide to the trash, from where it can be restored for some weeks."""
        slide = selectors.get_slide(user=request.user, public_id=slide_id)
        services.trash(actor=person(request), slide=slide, request=plain(request))
        return Response(status=204)


class RestoreView(APIView):
    """The way out of the trash."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        request=None,
        responses={200: serializers.SlideDetailSerializer, 410: Error},
        examples=[examples.SLIDE],
    )
    def post(self, request: Request, slide_id: UUID) -> Response:
        """Take a slide out of the trash; one that is not in it stays as it is. 410 while its specimen is erased."""
        slide = selectors.get_slide(user=request.user, public_id=slide_id, trashed=True)
        return Response(_detail(services.restore(actor=person(request), slide=slide, request=plain(request))))


class SlideDeviceView(APIView):
    """A slide's new device."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        request=serializers.NewDeviceInput,
        responses={201: serializers.DeviceSerializer, 409: Stale},
        examples=[examples.NEW_DEVICE, examples.DEVICE],
    )
    def post(self, request: Request, slide_id: UUID) -> Response:
        """Remember a new device and give it to the slide. 409 when the name is taken or the slide's device changed."""
        slide = selectors.get_slide(user=request.user, public_id=slide_id)
        given = serializers.NewDeviceInput(data=request.data).checked()
        device = services.add_device(actor=person(request), slide=slide, **given)
        return Response(serializers.DeviceSerializer(device).data, status=201)


class FieldListView(ProjectRowsView):
    """Fields."""

    model = Field
    serializer_class = serializers.FieldSerializer
    filterset_class = filters.FieldFilters

    def rows(self) -> QuerySet[Field]:
        """Return the fields of slides that the asker may see."""
        return Field.objects.visible_to(self.request.user).select_related("slide").prefetch_related("project")

    @extend_schema(examples=[examples.FIELD])
    def get(self, request: Request) -> Response:
        """List the images of slides, in the order in which they were stored."""
        return self.part(request)


class FieldView(APIView):
    """One field."""

    scopes: ClassVar = {"PATCH": Scope.UPLOAD}

    @extend_schema(responses=serializers.FieldSerializer, examples=[examples.FIELD])
    def get(self, request: Request, field_id: UUID) -> Response:
        """Return a field."""
        field = selectors.get_field(user=request.user, public_id=field_id)
        _look(request, field.project, field.slide)
        return Response(serializers.FieldSerializer(field).data)

    @extend_schema(
        request=serializers.FieldInput,
        responses={200: serializers.FieldSerializer, 409: Stale},
        examples=[examples.FIELD_CHANGE, examples.FIELD],
    )
    def patch(self, request: Request, field_id: UUID) -> Response:
        """Change the title, which is the name of the file at first. 409 when somebody changed it meanwhile."""
        field = selectors.get_field(user=request.user, public_id=field_id)
        given = serializers.FieldInput(data=request.data).checked()
        field = services.rename_field(actor=person(request), field=field, **given)
        return Response(serializers.FieldSerializer(field).data)


class FieldCompleteView(APIView):
    """The mark that all cells on a field are boxed."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=serializers.CompleteInput,
        responses={200: serializers.FieldSerializer},
        examples=[examples.COMPLETE, examples.FIELD],
    )
    def post(self, request: Request, field_id: UUID) -> Response:
        """Say that all cells on a field are boxed, or take it back; saying it again changes nothing."""
        field = selectors.get_field(user=request.user, public_id=field_id)
        given = serializers.CompleteInput(data=request.data).checked()
        field = services.mark_complete(actor=person(request), field=field, complete=given["complete"])
        return Response(serializers.FieldSerializer(field).data)


class FieldImageView(APIView):
    """The pixels of a field."""

    content_negotiation_class = AnythingAccepted

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, field_id: UUID) -> HttpResponseBase:
        """Return a field's lossless picture, without anything else that was in the file."""
        field = selectors.get_field(user=request.user, public_id=field_id)
        _look(request, field.project, field.slide)
        return storage.serve(plain(request), field.image_key, "image/png")


class FieldThumbnailView(APIView):
    """The small picture of a field."""

    content_negotiation_class = AnythingAccepted

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, field_id: UUID) -> HttpResponseBase:
        """Return a field's small picture, at most 320 pixels a side."""
        field = selectors.get_field(user=request.user, public_id=field_id)
        return storage.serve(plain(request), field.thumbnail_key, "image/jpeg")


def _detail(slide: Slide) -> dict[str, Any]:
    slide.field_count = slide.fields.count()  # type: ignore[attr-defined] # as the selectors name it
    return dict(serializers.SlideDetailSerializer(slide).data)
