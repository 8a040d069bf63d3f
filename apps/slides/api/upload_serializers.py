"""Shapes of uploads."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.serializers import Input
from apps.jobs.models import State
from apps.slides.models import FileState, Mode


class OpenUploadInput(Input):
    """Begin an upload."""

    mode = serializers.ChoiceField(choices=Mode.choices)
    title = serializers.CharField(
        max_length=200,
        allow_blank=True,
        required=False,
        default="",
        help_text="Of the slide, with “one-slide”; made up when empty.",
    )
    slide = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="To add to, with “add-to-slide” only."
    )
    analyse = serializers.BooleanField(
        required=False, default=True, help_text="Whether what is stored is to be analysed."
    )


class UploadIdSerializer(serializers.Serializer[Any]):
    """Name a new upload."""

    id = serializers.UUIDField()


class AddFileSerializer(serializers.Serializer[Any]):
    """One file, as multipart/form-data."""

    file = serializers.FileField()


class AddedFileSerializer(serializers.Serializer[Any]):
    """Name a received file."""

    id = serializers.UUIDField()
    filename = serializers.CharField()


class CompletedSerializer(serializers.Serializer[Any]):
    """Name the job that stores the files."""

    job = serializers.UUIDField()


class UploadFileSerializer(serializers.Serializer[Any]):
    """What became of one file; ``size`` in bytes."""

    id = serializers.UUIDField()
    filename = serializers.CharField(allow_blank=True)
    size = serializers.IntegerField()
    state = serializers.ChoiceField(choices=FileState.choices)
    message = serializers.CharField(allow_blank=True)
    notices = serializers.ListField(child=serializers.CharField())
    slide = serializers.UUIDField(allow_null=True)
    field = serializers.UUIDField(allow_null=True)


class UploadSerializer(serializers.Serializer[Any]):
    """Where an upload stands."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["open", "queued", "done", "stopped"])
    message = serializers.CharField(allow_blank=True)
    can_retry = serializers.BooleanField(help_text="Whether completing it again goes on with the files left.")
    mode = serializers.ChoiceField(choices=Mode.choices)
    slide = serializers.UUIDField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    job_state = serializers.ChoiceField(choices=State.choices, allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Files by state.")
    files = UploadFileSerializer(many=True)
