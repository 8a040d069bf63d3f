"""Shapes of what the uploads' API takes and gives."""

from __future__ import annotations

from rest_framework import serializers

from apps.slides.models import Mode


class OpenUploadSerializer(serializers.Serializer):
    """Begin an upload."""

    mode = serializers.ChoiceField(choices=Mode.choices)
    title = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")
    slide = serializers.UUIDField(required=False, allow_null=True, default=None)
    analyse = serializers.BooleanField(required=False, default=True)


class UploadIdSerializer(serializers.Serializer):
    """Name a new upload."""

    id = serializers.UUIDField()


class AddFileSerializer(serializers.Serializer):
    """One file, as multipart/form-data."""

    file = serializers.FileField()


class AddedFileSerializer(serializers.Serializer):
    """Name a received file."""

    id = serializers.UUIDField()
    filename = serializers.CharField()


class CompletedSerializer(serializers.Serializer):
    """Name the job that stores the files."""

    job = serializers.UUIDField()


class UploadFileSerializer(serializers.Serializer):
    """What became of one file."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    size = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["waiting", "stored", "duplicate", "failed"])
    message = serializers.CharField(allow_blank=True)
    notices = serializers.ListField(child=serializers.CharField())
    slide = serializers.UUIDField(allow_null=True)
    field = serializers.UUIDField(allow_null=True)


class UploadSerializer(serializers.Serializer):
    """Where an upload stands."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["open", "queued", "done", "stopped"])
    message = serializers.CharField(allow_blank=True)
    can_retry = serializers.BooleanField()
    mode = serializers.ChoiceField(choices=Mode.choices)
    slide = serializers.UUIDField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    job_state = serializers.CharField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    files = UploadFileSerializer(many=True)


class RenameSerializer(serializers.Serializer):
    """A new title."""

    title = serializers.CharField(max_length=200)


class SlideSerializer(serializers.Serializer):
    """A slide by name."""

    id = serializers.UUIDField()
    title = serializers.CharField()
