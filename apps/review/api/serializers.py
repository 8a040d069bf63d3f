"""The shapes of what the slide page sends and gets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.cells.models import Origin, ReviewState
from apps.cells.services import MOST_AT_ONCE
from apps.core.api.serializers import Input
from apps.review.api.report_serializers import SignedOutput
from apps.slides.api.serializers import QualityOutput

# One request marks at most a screen of cells, and a screen holds at most a slide.
MOST_SEEN_AT_ONCE = 10_000


class LabelInput(Input):
    """A label, or with ``to`` null the withdrawal of one's own."""

    to = serializers.CharField(max_length=40, allow_null=True)
    version = serializers.IntegerField(min_value=1, help_text="The version of the cell that the person saw.")
    seen_suggestion = serializers.BooleanField(help_text="Whether the suggestion was on screen.")
    suggestion = serializers.UUIDField(
        required=False, allow_null=True, help_text="Whose suggestion was shown: the cell's `suggestion`."
    )
    idempotency_key = serializers.CharField(max_length=64, required=False, allow_null=True)
    act = serializers.UUIDField(
        required=False, allow_null=True, help_text="Labels with the same act are undone as one."
    )


class LabelOfListInput(LabelInput):
    """One label of a list."""

    cell = serializers.UUIDField()


class LabelListInput(Input):
    """Labels for different cells; each needs an idempotency key of its own, or none.

    Without ``act`` the list is one act; a larger one is sent in several lists that name the same.
    """

    labels = LabelOfListInput(many=True, min_length=1, max_length=MOST_AT_ONCE)
    act = serializers.UUIDField(required=False, allow_null=True)


class UndoInput(Input):
    """Which version of the cell the person's last act left."""

    version = serializers.IntegerField(min_value=1)
    idempotency_key = serializers.CharField(max_length=64, required=False, allow_null=True)


class SeenInput(Input):
    """Cells that have been on screen."""

    cells = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_SEEN_AT_ONCE)


class SeenOutput(serializers.Serializer[Any]):
    """How many cells were new to the person."""

    seen = serializers.IntegerField()


class JobOutput(serializers.Serializer[Any]):
    """The job that was asked for."""

    job = serializers.UUIDField()


class SlideOutput(serializers.Serializer[Any]):
    """A slide as its page shows it."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    simulated = serializers.BooleanField()
    can_label = serializers.BooleanField()
    state = serializers.ChoiceField(choices=["queued", "running", "done", "failed", "empty"])
    partial = serializers.BooleanField()
    job = serializers.UUIDField(allow_null=True)
    state_message = serializers.CharField()
    signed = SignedOutput(allow_null=True, help_text="Null while nobody signed the slide.")
    sign_url = serializers.CharField(help_text="The page that signs the slide.")


class ClassOutput(serializers.Serializer[Any]):
    """One class of the project's list."""

    name = serializers.CharField()
    title = serializers.CharField()
    letter = serializers.CharField()
    key = serializers.CharField()
    colour = serializers.CharField()
    role = serializers.CharField()
    human_only = serializers.BooleanField()


class CompletedOutput(serializers.Serializer[Any]):
    """Who said that all cells of a field are boxed, and how many were boxed, moved or removed since."""

    by = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)
    changed_since = serializers.IntegerField(min_value=0)


class FieldOutput(serializers.Serializer[Any]):
    """One field; lengths in pixels, the scale in micrometres per pixel."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    title = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    image_url = serializers.CharField()
    thumbnail_url = serializers.CharField()
    um_per_px = serializers.FloatField(allow_null=True)
    scale_source = serializers.CharField(allow_blank=True)
    analysed = serializers.BooleanField()
    quality = QualityOutput(allow_null=True, help_text="Null for a field that was never measured.")
    complete = serializers.BooleanField(help_text="Whether a reviewer said that all its cells are boxed.")
    completed = CompletedOutput(allow_null=True)


class CellOutput(serializers.Serializer[Any]):
    """One cell; ``box`` half-open in pixels of its field, ``class`` the label or else the suggestion.

    In a project that reads blind first, a cell that the asker has not labelled shows neither.
    """

    id = serializers.UUIDField()
    field = serializers.UUIDField(allow_null=True)
    box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    letter = serializers.CharField()
    review_state = serializers.ChoiceField(choices=ReviewState.choices)
    suggested = serializers.CharField(allow_blank=True)
    suggestion = serializers.UUIDField(allow_null=True, help_text="The model version that suggested.")
    probability = serializers.FloatField(allow_null=True)
    unidentified = serializers.BooleanField()
    version = serializers.IntegerField()
    crop_url = serializers.CharField()
    probabilities = serializers.DictField(child=serializers.FloatField())
    by = serializers.CharField(allow_blank=True, help_text="Who gave the label; empty: nobody did.")
    low_confidence = serializers.BooleanField(
        help_text="Whether the suggestion is too weak to be confirmed along with others."
    )
    origin = serializers.ChoiceField(choices=Origin.choices)
    score = serializers.FloatField(help_text="How sure the locator is, 0 to 1; 1 for a cell added by hand.")
    hand = serializers.BooleanField(help_text="Whether a person drew the box.")
    comments = serializers.IntegerField(help_text="How many there are.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField(allow_blank=True)}


class CountOutput(serializers.Serializer[Any]):
    """One row of the count: ``n`` is ``labelled`` by people plus only ``suggested``.

    ``percent`` is the share of the leukocytes, of nucleated red cells the number per 100 leukocytes; ``low`` and
    ``high`` are the ends of its exact 95 % interval, null where there is none.
    """

    title = serializers.CharField()
    letter = serializers.CharField()
    colour = serializers.CharField()
    role = serializers.CharField()
    n = serializers.IntegerField()
    labelled = serializers.IntegerField()
    suggested = serializers.IntegerField()
    percent = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField()}


class StepOutput(serializers.Serializer[Any]):
    """An act that could be undone or done again: in words, of how many cells, and its id."""

    what = serializers.CharField()
    n = serializers.IntegerField()
    act = serializers.UUIDField()


class ActsOutput(serializers.Serializer[Any]):
    """What undo and redo would do now."""

    undo = StepOutput(allow_null=True)
    redo = StepOutput(allow_null=True)


class DocumentOutput(serializers.Serializer[Any]):
    """Everything the slide page shows; ``version`` grows with every change of its cells."""

    slide = SlideOutput()
    classes = ClassOutput(many=True)
    fields_ = FieldOutput(many=True)
    cells = CellOutput(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    counts_rows = CountOutput(many=True)
    acts = ActsOutput()
    cursor = serializers.CharField(help_text="For what changes from now on.")
    version = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``fields``, which a serializer calls something else."""
        found = super().get_fields()
        found["fields"] = found.pop("fields_")
        return found


class LabelOutput(serializers.Serializer[Any]):
    """The cell after an act, the count of its slide, and what undo and redo would do there."""

    cell = CellOutput()
    counts_rows = CountOutput(many=True)
    acts = ActsOutput(allow_null=True)


class StandingOutput(serializers.Serializer[Any]):
    """What stands on a cell, and who put it there."""

    version = serializers.IntegerField()
    review_state = serializers.ChoiceField(choices=ReviewState.choices)
    by = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)
    box = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="Null when the cell was removed."
    )

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField(allow_null=True)}


class ConflictDetail(serializers.Serializer[Any]):
    """The class that was sent (null to withdraw), and what stands."""

    yours = serializers.CharField(allow_null=True)
    current = StandingOutput()


class ConflictBody(serializers.Serializer[Any]):
    """A conflict with both values."""

    code = serializers.CharField()
    message = serializers.CharField()
    detail = ConflictDetail()


class ConflictOutput(serializers.Serializer[Any]):
    """Somebody changed the cell since the version that was sent."""

    error = ConflictBody()


class RefusalOutput(serializers.Serializer[Any]):
    """Why an act of a list was refused, as an answer to it alone would say."""

    code = serializers.CharField()
    message = serializers.CharField()
    detail = serializers.DictField()


class LabelResultOutput(serializers.Serializer[Any]):
    """What became of one label of a list: with status 200 the cell as it is now, else the error."""

    cell = serializers.UUIDField()
    status = serializers.ChoiceField(choices=[200, 400, 403, 404, 409, 410])
    letter = serializers.CharField(required=False)
    review_state = serializers.ChoiceField(choices=ReviewState.choices, required=False)
    version = serializers.IntegerField(required=False)
    error = RefusalOutput(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField(allow_blank=True, required=False)}


class LabelListOutput(serializers.Serializer[Any]):
    """What became of each label, in the order sent; the count when all cells that were found lie on one slide."""

    results = LabelResultOutput(many=True)
    counts_rows = CountOutput(many=True, allow_null=True)
    acts = ActsOutput(allow_null=True)


class ChapterOutput(serializers.Serializer[Any]):
    """One line of a cell's biography."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.CharField()
    who = serializers.CharField(allow_blank=True)
    detail = serializers.DictField()


class BiographyOutput(serializers.Serializer[Any]):
    """A cell's biography, oldest first."""

    events = ChapterOutput(many=True)
