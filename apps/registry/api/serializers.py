from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.registry.models import CellClass, ClassList, ModelState, ModelVersion, Role, Task


def class_list_id(class_list: ClassList) -> str:
    """Return how the API knows a class list: its name and version, such as "eight:1"."""
    return f"{class_list.name}:{class_list.version}"


class CellClassSerializer(serializers.ModelSerializer[CellClass]):
    """One class; ``name`` is what labels carry, ``key`` the key of a keyboard, ``colour`` sRGB."""

    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = CellClass
        fields: ClassVar[list[str]] = ["name", "title", "letter", "key", "colour", "role", "human_only"]
        read_only_fields = fields


class ClassListSerializer(serializers.ModelSerializer[ClassList]):
    """An ordered, versioned list of classes; what is in a version never changes."""

    id = serializers.SerializerMethodField()
    classes = CellClassSerializer(many=True, help_text="In the order in which they are shown.")

    class Meta:
        model = ClassList
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "version",
            "title",
            "published",
            "sha256",
            "classes",
            "created_at",
        ]
        read_only_fields = fields

    def get_id(self, class_list: ClassList) -> str:
        """Return name and version in one word."""
        return class_list_id(class_list)


class ModelSerializer(serializers.ModelSerializer[ModelVersion]):
    """One version of a model; ``project`` is null for the site's own."""

    id = serializers.UUIDField(source="public_id")
    task = serializers.ChoiceField(choices=Task.choices)
    state = serializers.ChoiceField(choices=ModelState.choices)
    class_list = serializers.SerializerMethodField(help_text="Null for what only finds cells.")
    project = serializers.UUIDField(source="project.public_id", allow_null=True, default=None)
    parent = serializers.UUIDField(source="parent.public_id", allow_null=True, default=None)

    class Meta:
        model = ModelVersion
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "version",
            "task",
            "architecture",
            "class_list",
            "state",
            "shipped",
            "project",
            "parent",
            "weights_sha256",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_class_list(self, model: ModelVersion) -> str | None:
        """Return the class list that it speaks, as the API knows it."""
        return class_list_id(model.class_list) if model.class_list is not None else None


class ModelDetailSerializer(ModelSerializer):
    """The same with its card: what it was made from and how good it is."""

    card = serializers.DictField()

    class Meta(ModelSerializer.Meta):
        fields: ClassVar[list[str]] = [*ModelSerializer.Meta.fields, "card"]
        read_only_fields = fields
