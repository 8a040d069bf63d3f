from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from apps.cells.models import Cell, CellKind, EventKind, LabelEvent, Origin, ReviewState


def event_id(cell: Cell, version: int) -> str:
    """Return how the API knows a label event: its cell and the version that it left."""
    return f"{cell.public_id}:{version}"


class CellSerializer(serializers.Serializer[Cell]):
    """A cell; ``box`` is half-open in pixels of its field, origin top-left.

    ``class`` is what counts: the label of a person, else the suggestion. In a project that reads blind first, a cell
    shows neither to who has not labelled it yet. Whoever loads many cells leaves
    ``probabilities`` (by primary key) in the context.
    """

    id = serializers.UUIDField(source="public_id")
    project = serializers.UUIDField(source="project.public_id")
    slide = serializers.UUIDField(source="field.slide.public_id", allow_null=True, default=None)
    field = serializers.UUIDField(source="field.public_id", allow_null=True, default=None)
    box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    kind = serializers.ChoiceField(choices=CellKind.choices)
    origin = serializers.ChoiceField(choices=Origin.choices)
    score = serializers.FloatField(help_text="How sure the locator is that this is a cell, 0 to 1.")
    label = serializers.CharField(source="current_class", help_text="What a person said; empty: nobody did.")
    review_state = serializers.ChoiceField(choices=ReviewState.choices)
    suggested = serializers.CharField(
        source="suggested_class", help_text="What a model said; empty: none did."
    )
    suggestion = serializers.UUIDField(
        source="classifier_version.public_id",
        allow_null=True,
        default=None,
        help_text="The version of the model that suggested.",
    )
    probability = serializers.FloatField(source="suggested_probability", allow_null=True)
    unidentified = serializers.BooleanField(help_text="Whether the model was below its threshold.")
    probabilities = serializers.SerializerMethodField(help_text="Of the suggestion, by class; they sum to 1.")
    version = serializers.IntegerField(help_text="Grows with each act of a person; a label names it.")
    crop_url = serializers.SerializerMethodField(help_text="Its picture (PNG); null when there is none.")
    hand = serializers.BooleanField(source="by_hand", help_text="Whether a person drew the box.")
    reference = serializers.CharField(
        source="reference_class", help_text="The class on which independent readers agreed; empty: none."
    )
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(
        allow_null=True, help_text="When a later analysis replaced it before anybody touched it."
    )
    removed_at = serializers.DateTimeField(allow_null=True, help_text="When a person removed it.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        shown = serializers.CharField(source="shown_class", help_text="The label, else the suggestion.")
        return {**super().get_fields(), "class": shown}

    def get_probabilities(self, cell: Cell) -> dict[str, float]:
        """Return the probabilities of the suggestion in force."""
        found: dict[str, float] = self.context["probabilities"].get(cell.pk, {})
        return found if cell.suggested_class else {}

    def get_crop_url(self, cell: Cell) -> str | None:
        """Return where the picture is."""
        return reverse("cells-api:crop", args=[cell.public_id]) if cell.crop_key else None


class LabelEventSerializer(serializers.Serializer[LabelEvent]):
    """One act of a person on a cell; never changed, never deleted."""

    id = serializers.SerializerMethodField(help_text="Cell and version in one word.")
    cell = serializers.UUIDField(source="cell.public_id")
    version = serializers.IntegerField(source="version_after", help_text="Of the cell after the act.")
    kind = serializers.ChoiceField(choices=EventKind.choices)
    act = serializers.UUIDField(help_text="The same for all that was done in one act.")
    to = serializers.CharField(source="to_class", help_text="The class afterwards; empty: no label.")
    from_box = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="Null: not about the box, or it came."
    )
    to_box = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="Null: not about the box, or it went."
    )
    actor = serializers.UUIDField(source="actor.public_id")
    actor_name = serializers.CharField(source="actor.display_name")
    seen_suggestion = serializers.BooleanField(help_text="Whether the model's suggestion was on screen.")
    model = serializers.UUIDField(
        source="model_version.public_id",
        allow_null=True,
        default=None,
        help_text="The version of the model whose suggestion the act goes by.",
    )
    reverts = serializers.SerializerMethodField(help_text="The event that an undo or a redo took back.")
    created_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``from``, which is no name in Python."""
        before = serializers.CharField(source="from_class", help_text="The class before; empty: no label.")
        return {**super().get_fields(), "from": before}

    def get_id(self, event: LabelEvent) -> str:
        """Return the name of the event."""
        return event_id(event.cell, event.version_after)

    def get_reverts(self, event: LabelEvent) -> str | None:
        """Return the name of the event that this one took back; it is of the same cell."""
        return event_id(event.cell, event.reverts.version_after) if event.reverts is not None else None
