"""The shapes of the gallery's data."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from apps.review.api.report_serializers import SignedOutput
from apps.review.api.serializers import ActsOutput, ClassOutput, CountOutput
from apps.review.gallery.orders import TITLES


class ScopeOutput(serializers.Serializer[Any]):
    """What a gallery is of; state and job are those of a slide's analysis."""

    kind = serializers.ChoiceField(choices=["slide", "project"])
    id = serializers.UUIDField()
    title = serializers.CharField()
    simulated = serializers.BooleanField()
    can_label = serializers.BooleanField()
    blind_first = serializers.BooleanField(help_text="A suggestion appears only after one's own label.")
    state = serializers.ChoiceField(choices=["queued", "running", "done", "failed", "empty"])
    job = serializers.UUIDField(allow_null=True)
    state_message = serializers.CharField(allow_blank=True)
    signed = SignedOutput(allow_null=True, help_text="Null while nobody signed the slide, and for a project.")
    sign_url = serializers.CharField(allow_null=True, help_text="The page that signs the slide.")


class SlideOfGalleryOutput(serializers.Serializer[Any]):
    """A slide that has fields in the gallery."""

    id = serializers.UUIDField()
    title = serializers.CharField()


class FieldOfGalleryOutput(serializers.Serializer[Any]):
    """A field: ``slide`` by its place in the list; ``windowed`` when parts of it can be asked for."""

    id = serializers.UUIDField()
    slide = serializers.IntegerField()
    position = serializers.IntegerField()
    um_per_px = serializers.FloatField(allow_null=True)
    scale_source = serializers.CharField(allow_blank=True)
    windowed = serializers.BooleanField()


class OrderOfGalleryOutput(serializers.Serializer[Any]):
    """An order that the server knows; ``why_not`` is a sentence while it cannot be had."""

    name = serializers.ChoiceField(choices=list(TITLES))
    title = serializers.CharField()
    why_not = serializers.CharField(allow_blank=True)


def _numbers(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.IntegerField(), help_text=help_text)


class ColumnsOutput(serializers.Serializer[Any]):
    """The cells, column by column; numbers that name something are places in ``names``, ``models`` or ``people``."""

    names = serializers.ListField(
        child=serializers.CharField(allow_blank=True), help_text="Classes; the first is none."
    )
    models = serializers.ListField(child=serializers.UUIDField())
    people = serializers.ListField(child=serializers.CharField())
    id = serializers.ListField(child=serializers.UUIDField())
    field = _numbers("Place of the field in the gallery's list, -1 for none.")
    box = serializers.ListField(
        child=serializers.FloatField(),
        help_text="x0, y0, x1, y1 of each cell, in pixels of its field, half-open.",
    )
    suggested = _numbers("What the model said.")
    suggestion = _numbers("Which model said it, -1 for none.")
    probability = serializers.ListField(child=serializers.FloatField(allow_null=True))
    unidentified = _numbers("1 when the model was below its threshold.")
    state = _numbers("0 suggested, 1 seen, 2 labelled.")
    version = _numbers("The version that an edit must name.")
    picture = _numbers("1 when the cell has a stored picture.")
    by = _numbers("Who gave the label in force, -1 for nobody.")
    seen = _numbers("1 when this very person has had the cell on screen.")
    hand = _numbers("1 when a person drew or changed the box.")
    comments = _numbers("How many comments the cell has.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``label``, which is a parameter of a serializer."""
        return {**super().get_fields(), "label": _numbers("What a person said.")}


class GalleryOutput(serializers.Serializer[Any]):
    """Everything the gallery shows; windows are sides of parts of fields in micrometres."""

    scope = ScopeOutput()
    classes = ClassOutput(many=True)
    slides = SlideOfGalleryOutput(many=True)
    total = serializers.IntegerField(
        help_text="All cells there are; more than are listed in very large projects."
    )
    low_confidence = serializers.FloatField()
    window_um = serializers.FloatField()
    context_um = serializers.FloatField()
    orders = OrderOfGalleryOutput(many=True)
    cells = ColumnsOutput()
    counts_rows = CountOutput(many=True)
    acts = ActsOutput()
    cursor = serializers.CharField(help_text="From where to ask for changes.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``fields``, which a serializer calls something else."""
        return {**super().get_fields(), "fields": FieldOfGalleryOutput(many=True)}


class OrderQuery(serializers.Serializer[Any]):
    """Which order is asked for."""

    by = serializers.ChoiceField(choices=list(TITLES))
    to = serializers.UUIDField(required=False, help_text="The cell to which the others are compared.")


class OrderOutput(serializers.Serializer[Any]):
    """Ids of cells in an order; those that it cannot place are missing."""

    by = serializers.ChoiceField(choices=list(TITLES))
    cells = serializers.ListField(child=serializers.UUIDField())


_CELL = "b026324c-6904-4b2a-9cb4-b88d6d61c81d"
GALLERY = OpenApiExample(
    "A slide with one cell",
    response_only=True,
    status_codes=["200"],
    value={
        "scope": {
            "kind": "slide",
            "id": "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b",
            "title": "S-0231 smear 1",
            "simulated": False,
            "can_label": True,
            "blind_first": False,
            "state": "done",
            "job": None,
            "state_message": "1 field analysed by locator v1 and compact v1.",
            "signed": None,
            "sign_url": "/slides/c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b/sign/",
        },
        "classes": [
            {
                "name": "eosinophil",
                "title": "Eosinophil",
                "letter": "E",
                "key": "4",
                "colour": "#D55E00",
                "role": "leukocyte",
                "human_only": False,
            }
        ],
        "slides": [{"id": "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b", "title": "S-0231 smear 1"}],
        "fields": [
            {
                "id": "e2d1c0b9-a8f7-4e6d-8c5b-4a3f2e1d0c9b",
                "slide": 0,
                "position": 1,
                "um_per_px": 0.069,
                "scale_source": "device",
                "windowed": True,
            }
        ],
        "total": 1,
        "low_confidence": 0.75,
        "window_um": 30.0,
        "context_um": 45.0,
        "orders": [{"name": "similarity", "title": "Similarity", "why_not": ""}],
        "cells": {
            "names": ["", "eosinophil", "neutrophil"],
            "models": ["d41d8cd9-8f00-4204-a980-0998ecf8427e"],
            "people": ["Anna"],
            "id": [_CELL],
            "field": [0],
            "box": [120.0, 64.5, 176.0, 122.0],
            "label": [1],
            "suggested": [2],
            "suggestion": [0],
            "probability": [0.71],
            "unidentified": [0],
            "state": [2],
            "version": [2],
            "picture": [1],
            "by": [0],
            "seen": [1],
            "hand": [0],
            "comments": [0],
        },
        "counts_rows": [
            {
                "class": "eosinophil",
                "title": "Eosinophil",
                "letter": "E",
                "colour": "#D55E00",
                "role": "leukocyte",
                "n": 1,
                "labelled": 1,
                "suggested": 0,
                "percent": 100.0,
                "low": 2.5,
                "high": 100.0,
            }
        ],
        "acts": {
            "undo": {"what": "Eosinophil for 1 cell", "n": 1, "act": "11111111-2222-4333-8444-555555555555"},
            "redo": None,
        },
        "cursor": "12.34",
    },
)
ORDER = OpenApiExample(
    "By likeness",
    response_only=True,
    status_codes=["200"],
    value={"by": "similarity", "cells": [_CELL]},
)
