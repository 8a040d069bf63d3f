"""The shapes of boxes drawn by hand, undo and redo, changes, comments and similar cells."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.cells.services import LONGEST_COMMENT
from apps.core.api.serializers import Input
from apps.review.api.serializers import (
    ActsOutput,
    CellOutput,
    ConflictDetail,
    CountOutput,
    FieldOutput,
)

_KEY = {"max_length": 64, "help_text": "Sent again, the request changes nothing and answers the same."}


def _box() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.FloatField(),
        min_length=4,
        max_length=4,
        help_text="Left, top, right, bottom in pixels of the field, half-open; cut off at its border.",
    )


class AddBoxInput(Input):
    """A cell drawn by hand on a field of the slide."""

    box = _box()
    to = serializers.CharField(max_length=40, allow_null=True, help_text="Its class, or null.")
    apart = serializers.BooleanField(
        required=False,
        default=False,
        help_text="It is another cell than the one that overlaps it by half or more.",
    )
    idempotency_key = serializers.CharField(**_KEY)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``field``, which a serializer calls something else."""
        return {"field": serializers.UUIDField(), **super().get_fields()}


class BoxInput(Input):
    """Another box for a cell."""

    box = _box()
    version = serializers.IntegerField(min_value=1, help_text="The version of the cell that the person saw.")
    idempotency_key = serializers.CharField(**_KEY)


class RemoveInput(Input):
    """The removal of a cell."""

    version = serializers.IntegerField(min_value=1, help_text="The version of the cell that the person saw.")
    idempotency_key = serializers.CharField(**_KEY)


class StepInput(Input):
    """Undo or redo; with ``act`` that one and no other."""

    idempotency_key = serializers.CharField(**_KEY)
    act = serializers.UUIDField(required=False, allow_null=True, help_text="The one that was shown.")


class CommentInput(Input):
    """A comment."""

    text = serializers.CharField(max_length=LONGEST_COMMENT)
    idempotency_key = serializers.CharField(max_length=64, required=False, allow_null=True)


class RemovedOutput(serializers.Serializer[Any]):
    """The cell that was removed, the count of its slide, and what undo and redo would do there."""

    cell = serializers.UUIDField()
    counts_rows = CountOutput(many=True)
    acts = ActsOutput(allow_null=True)


class SteppedOutput(serializers.Serializer[Any]):
    """What became of one cell: ``cell`` is null when it stands no more, ``conflict`` says why nothing was done."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["applied", "conflict", "gone"])
    cell = CellOutput(allow_null=True)
    conflict = ConflictDetail(required=False)


class StepResultOutput(serializers.Serializer[Any]):
    """What became of each cell of the act, the count of the slide or project, and what could be done next."""

    results = SteppedOutput(many=True)
    counts_rows = CountOutput(many=True)
    acts = ActsOutput()


class ChangesOutput(serializers.Serializer[Any]):
    """What changed since the cursor; nothing did when all lists are empty, and counts, version and acts null."""

    cells = CellOutput(many=True, help_text="As they are now; one may come twice.")
    gone = serializers.ListField(child=serializers.UUIDField(), help_text="Cells that stand no more.")
    counts_rows = CountOutput(many=True, allow_null=True)
    cursor = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    fields_ = FieldOutput(many=True)
    acts = ActsOutput(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``fields``, which a serializer calls something else."""
        found = super().get_fields()
        found["fields"] = found.pop("fields_")
        return found


class CommentOutput(serializers.Serializer[Any]):
    """One comment about a cell."""

    id = serializers.UUIDField()
    author = serializers.CharField()
    mine = serializers.BooleanField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


class CommentsOutput(serializers.Serializer[Any]):
    """The comments about a cell, oldest first."""

    comments = CommentOutput(many=True)


class SimilarCellOutput(CellOutput):
    """A cell that looks like another."""

    similarity = serializers.FloatField(help_text="Cosine of the angle between the embeddings, 0 to 1.")
    reference = serializers.BooleanField(help_text="Whether independent readers agreed on its class.")
    slide = serializers.UUIDField(allow_null=True)


class SimilarOutput(serializers.Serializer[Any]):
    """The cells that look most like a cell, the most alike first."""

    cells = SimilarCellOutput(many=True)
    reference = serializers.BooleanField(
        help_text="Whether they are reference cells; else two people agreed."
    )
