"""Shapes of imports and exports."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.serializers import Input
from apps.datasets import selectors
from apps.datasets.models import Declared, Export, Format, Grouping, Import, Labels


class BeginImportInput(Input):
    """An archive and what becomes of its pictures, as multipart/form-data."""

    file = serializers.FileField(help_text="A ZIP archive.")
    format = serializers.ChoiceField(
        choices=Format.choices, required=False, default="", help_text="Recognised when it is not given."
    )
    grouping = serializers.ChoiceField(
        choices=Grouping.choices, required=False, default=Grouping.ONE_SLIDE.value
    )
    title = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")
    origin = serializers.ChoiceField(
        choices=Declared.choices,
        required=False,
        default=Declared.REAL.value,
        help_text=(
            "Sealed when the import begins. Synthetic pictures are of single cells, a folder for each class; their "
            "cells never enter a count, a reference or an export."
        ),
    )
    analyse = serializers.BooleanField(required=False, default=False)


class ConfirmInput(Input):
    """What each class of the archive becomes: a class of the project's list, ":no-class" or ":leave-out"."""

    mapping = serializers.DictField(child=serializers.CharField(max_length=40))


class FoundClassOutput(serializers.Serializer[Any]):
    """A class of the archive: how often it is there, and what it becomes ("" while nobody has said)."""

    name = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    becomes = serializers.CharField(allow_blank=True)


class OddOutput(serializers.Serializer[Any]):
    """How often something was odd, and how many boxes that kept out."""

    what = serializers.CharField()
    lines = serializers.IntegerField()
    boxes = serializers.IntegerField()


class ImportOutput(serializers.Serializer[Any]):
    """Where an import stands."""

    id = serializers.UUIDField()
    project = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["reading", "mapping", "storing", "done", "stopped"])
    message = serializers.CharField(allow_blank=True)
    format = serializers.ChoiceField(choices=Format.choices, allow_blank=True)
    grouping = serializers.ChoiceField(choices=Grouping.choices)
    title = serializers.CharField(allow_blank=True)
    origin = serializers.ChoiceField(choices=Declared.choices)
    analyse = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    classes = FoundClassOutput(many=True)
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="The receipt, by word.")
    agrees = serializers.BooleanField(
        allow_null=True, help_text="Whether counts in are counts out; null until it is done."
    )
    odd = OddOutput(many=True)
    slides = serializers.ListField(child=serializers.UUIDField(), help_text="The first fifty.")

    def to_representation(self, instance: Import) -> dict[str, Any]:
        """Return an import as its report says."""
        return selectors.import_json(selectors.report(instance))


class ImportRowOutput(serializers.ModelSerializer[Import]):
    """An import in a list."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Import
        fields = (
            "id",
            "state",
            "format",
            "grouping",
            "title",
            "origin",
            "created_at",
            "finished_at",
            "counts",
        )
        read_only_fields = fields


class BeginExportInput(Input):
    """What to take out of a project."""

    format = serializers.ChoiceField(choices=Format.choices)
    slides = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=5_000,
        help_text="All when empty.",
    )
    only_complete = serializers.BooleanField(required=False, default=False)
    labels = serializers.ChoiceField(choices=Labels.choices, required=False, default=Labels.HUMAN.value)
    names = serializers.BooleanField(
        required=False, default=False, help_text="Titles of slides and fields as well; for managers."
    )


class ExportOutput(serializers.Serializer[Any]):
    """Where an export stands; ``size`` in bytes, ``sha256`` of the archive."""

    id = serializers.UUIDField()
    project = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["writing", "ready", "expired", "stopped"])
    message = serializers.CharField(allow_blank=True)
    format = serializers.ChoiceField(choices=Format.choices)
    slides = serializers.ListField(child=serializers.UUIDField())
    only_complete = serializers.BooleanField()
    labels = serializers.ChoiceField(choices=Labels.choices)
    names = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    size = serializers.IntegerField()
    sha256 = serializers.CharField(allow_blank=True)

    def to_representation(self, instance: Export) -> dict[str, Any]:
        """Return an export as it stands."""
        return selectors.export_json(instance)
