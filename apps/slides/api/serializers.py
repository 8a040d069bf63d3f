"""Shapes of specimens, slides, fields and devices; those of uploads are beside, in ``uploads``."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.serializers import Input
from apps.core.editing import version_of
from apps.slides.models import DeviceProfile, Field, ScaleSource, Sex, Slide, Specimen
from apps.slides.quality import quality_json
from apps.slides.selectors import field_values, slide_values, specimen_values
from ml.images.quality import LIGHTS

VERSION = "The `version` that you saw; a stale one answers 409 with both values."


class DeviceSerializer(serializers.ModelSerializer[DeviceProfile]):
    """A camera or scanner of a project; ``um_per_px`` in micrometres per pixel."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.UUIDField(source="project.public_id")

    class Meta:
        model = DeviceProfile
        fields: ClassVar[list[str]] = ["id", "project", "name", "objective", "um_per_px", "created_at"]
        read_only_fields = fields


class NewDeviceInput(Input):
    """A new camera or scanner, which becomes that of the slide."""

    name = serializers.CharField(max_length=120)
    objective = serializers.CharField(
        max_length=40, allow_blank=True, required=False, default="", help_text="Such as 100x oil."
    )
    um_per_px = serializers.FloatField(
        min_value=0.001, max_value=100, allow_null=True, required=False, default=None
    )
    version = serializers.CharField(
        max_length=64, help_text="The `device_version` of the slide that you saw; a stale one answers 409."
    )


class SpecimenSerializer(serializers.ModelSerializer[Specimen]):
    """A blood sample under a pseudonym."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.UUIDField(source="project.public_id")
    version = serializers.SerializerMethodField()

    class Meta:
        model = Specimen
        fields: ClassVar[list[str]] = [
            "id",
            "project",
            "pseudonym",
            "age_band",
            "sex",
            "species",
            "stain",
            "anticoagulant",
            "collected_at",
            "version",
            "created_at",
        ]
        read_only_fields = fields

    def get_version(self, specimen: Specimen) -> str:
        """Return the name of the present values."""
        return version_of(specimen_values(specimen))


class SpecimenInput(Input):
    """What is to change of a specimen; what is left out stays."""

    pseudonym = serializers.CharField(max_length=40, required=False)
    age_band = serializers.CharField(
        max_length=20,
        allow_blank=True,
        required=False,
        help_text="Such as 40-49; never a date of birth.",
    )
    sex = serializers.ChoiceField(choices=Sex.choices, required=False, help_text="Empty: not given.")
    species = serializers.CharField(max_length=60, allow_blank=True, required=False)
    stain = serializers.CharField(max_length=60, allow_blank=True, required=False)
    anticoagulant = serializers.CharField(max_length=60, allow_blank=True, required=False)
    collected_at = serializers.DateTimeField(allow_null=True, required=False)
    version = serializers.CharField(max_length=64, help_text=VERSION)


class SlideSerializer(serializers.Serializer[Slide]):
    """One smear of a specimen; ``fields`` is how many images it has."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.UUIDField(source="project.public_id")
    specimen = serializers.UUIDField(source="specimen.public_id")
    pseudonym = serializers.CharField(source="specimen.pseudonym", help_text="Of the specimen.")
    title = serializers.CharField()
    device = serializers.UUIDField(source="device.public_id", allow_null=True, default=None)
    simulated = serializers.BooleanField(help_text="Whether its images come from the simulator.")
    created_at = serializers.DateTimeField()
    trashed_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is in the trash.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``fields``, which a serializer calls something else."""
        fields = super().get_fields()
        fields["fields"] = serializers.IntegerField(source="field_count", min_value=0)
        return fields


class SlideDetailSerializer(SlideSerializer):
    """The same, with the versions to change it from."""

    version = serializers.SerializerMethodField(help_text="Of title and device.")
    device_version = serializers.SerializerMethodField(help_text="Of the device alone.")

    def get_version(self, slide: Slide) -> str:
        """Return the name of the present title and device."""
        return version_of(slide_values(slide))

    def get_device_version(self, slide: Slide) -> str:
        """Return the name of the present device."""
        return version_of({"device": slide.device})


class SlideInput(Input):
    """What is to change of a slide; what is left out stays."""

    title = serializers.CharField(max_length=200, required=False)
    device = serializers.UUIDField(
        allow_null=True, required=False, help_text="A device of the project; null for none."
    )
    version = serializers.CharField(max_length=64, help_text=VERSION)


class MeasureOutput(serializers.Serializer[Any]):
    """One figure of a field's quality; ``green`` and ``amber`` are closed ranges, an end that is null is open."""

    name = serializers.ChoiceField(choices=["focus", "brightness", "clipped", "stain", "density", "scale"])
    value = serializers.FloatField(allow_null=True, help_text="Null when it cannot be told.")
    unit = serializers.CharField()
    light = serializers.ChoiceField(choices=LIGHTS)
    words = serializers.CharField()
    green = serializers.ListField(
        child=serializers.FloatField(allow_null=True), allow_null=True, min_length=2, max_length=2
    )
    amber = serializers.ListField(
        child=serializers.FloatField(allow_null=True), allow_null=True, min_length=2, max_length=2
    )


class QualityOutput(serializers.Serializer[Any]):
    """How good a field is to look at: as good as the worst of its figures."""

    light = serializers.ChoiceField(choices=LIGHTS)
    word = serializers.CharField(help_text="The light in a word.")
    reason = serializers.CharField(help_text="One sentence.")
    measures = MeasureOutput(many=True)


class FieldSerializer(serializers.ModelSerializer[Field]):
    """One image of a slide: ``width`` and ``height`` in pixels, ``um_per_px`` in micrometres per pixel."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.UUIDField(source="project.public_id")
    slide = serializers.UUIDField(source="slide.public_id")
    scale_source = serializers.ChoiceField(choices=ScaleSource.choices)
    complete = serializers.BooleanField(help_text="Whether a reviewer said that all its cells are boxed.")
    quality = serializers.SerializerMethodField()
    notices = serializers.ListField(
        child=serializers.CharField(), help_text="What was changed while the file was read."
    )
    image_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField(help_text="Of the title.")

    class Meta:
        model = Field
        fields: ClassVar[list[str]] = [
            "id",
            "project",
            "slide",
            "position",
            "title",
            "width",
            "height",
            "um_per_px",
            "scale_source",
            "complete",
            "quality",
            "pixel_sha256",
            "notices",
            "image_url",
            "thumbnail_url",
            "version",
            "created_at",
        ]
        read_only_fields = fields

    def get_image_url(self, field: Field) -> str:
        """Return where its lossless picture is (PNG)."""
        return reverse("slides-api:field-image", args=[field.public_id])

    def get_thumbnail_url(self, field: Field) -> str:
        """Return where its small picture is (JPEG)."""
        return reverse("slides-api:field-thumbnail", args=[field.public_id])

    @extend_schema_field(QualityOutput(allow_null=True))
    def get_quality(self, field: Field) -> dict[str, Any] | None:
        """Return how good it is to look at; null when it was never measured."""
        return quality_json(field)

    def get_version(self, field: Field) -> str:
        """Return the name of the present title."""
        return version_of(field_values(field))


class FieldInput(Input):
    """What is to change of a field."""

    title = serializers.CharField(max_length=255)
    version = serializers.CharField(max_length=64, help_text=VERSION)


class CompleteInput(Input):
    """Whether all cells on a field are boxed."""

    complete = serializers.BooleanField()
