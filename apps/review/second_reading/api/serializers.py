from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.serializers import Input
from apps.review.api.serializers import ClassOutput
from apps.review.models import ReadingState, SecondReading
from apps.review.second_reading.selectors import Progress


class ReadingSerializer(serializers.Serializer[SecondReading]):
    """A second reading and how far it is, in cells; whoever loads many leaves ``progress`` in the context."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.UUIDField(source="project.public_id")
    slide = serializers.UUIDField(source="slide.public_id")
    reader = serializers.UUIDField(source="reader.public_id")
    reader_name = serializers.CharField(source="reader.display_name")
    state = serializers.ChoiceField(choices=ReadingState.choices)
    seen_before = serializers.IntegerField(
        help_text="Cells that the reader had on screen before the reading was assigned."
    )
    cells = serializers.SerializerMethodField()
    labelled = serializers.SerializerMethodField(help_text="By the second reader.")
    compared = serializers.SerializerMethodField(help_text="That another person had labelled too.")
    agreed = serializers.SerializerMethodField(help_text="Of those compared.")
    decided = serializers.SerializerMethodField(help_text="Of those on which the two differ.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)

    def _progress(self, reading: SecondReading) -> Progress:
        found: Progress = self.context["progress"].get(reading.pk, Progress())
        return found

    def get_cells(self, reading: SecondReading) -> int:
        """Return how many cells the reading asks about."""
        return self._progress(reading).total

    def get_labelled(self, reading: SecondReading) -> int:
        """Return how many the reader has labelled."""
        return self._progress(reading).labelled

    def get_compared(self, reading: SecondReading) -> int:
        """Return how many have two labels."""
        return self._progress(reading).paired

    def get_agreed(self, reading: SecondReading) -> int:
        """Return how many have the same label twice."""
        return self._progress(reading).agreed

    def get_decided(self, reading: SecondReading) -> int:
        """Return how many disagreements are decided."""
        return self._progress(reading).decided


class EstimateOutput(serializers.Serializer[Any]):
    """A figure with its 95 % interval; without one where it cannot be estimated, or there are too few cells."""

    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ClassAgreementOutput(serializers.Serializer[Any]):
    """One class: cells that both, the first and the second called so; the latter two null while that is not open."""

    both = serializers.IntegerField()
    specific = serializers.FloatField(allow_null=True, help_text="2 x both / (first + second), from 0 to 1.")
    first = serializers.IntegerField(allow_null=True)
    second = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField()}


class AgreementOutput(serializers.Serializer[Any]):
    """How far the two agree on the cells that both classed.

    ``table`` has the first reader's classes as rows, in the order of ``per_class``; null while disagreements are left
    that the asker could decide.
    """

    cells = serializers.IntegerField()
    agreed = serializers.IntegerField()
    share = EstimateOutput(help_text="Exact interval (Clopper-Pearson).")
    kappa = EstimateOutput(allow_null=True, help_text="Cohen's; null where both used one class only.")
    ac1 = EstimateOutput(allow_null=True, help_text="Gwet's; null where both used one class only.")
    few = serializers.BooleanField(
        help_text="Whether there are too few cells for intervals of kappa and AC1."
    )
    cells_needed = serializers.IntegerField()
    per_class = ClassAgreementOutput(many=True)
    table = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), allow_null=True
    )


class ReadingDetailSerializer(ReadingSerializer):
    """The same, with how far the two agree; null before the reading is done, and while no cell has two labels."""

    agreement = serializers.SerializerMethodField()

    def get_agreement(self, _reading: SecondReading) -> Any:
        """Return the agreement that the view worked out."""
        return self.context["agreement"]


class ReadingCellOutput(serializers.Serializer[Any]):
    """A cell as its second reader knows it; the id is of this reading only."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    version = serializers.IntegerField()
    crop_url = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        own = serializers.CharField(allow_blank=True, help_text="What you said; empty: nothing yet.")
        return {**super().get_fields(), "class": own}


class ReadingCellsOutput(serializers.Serializer[Any]):
    """Everything the page of a second reader shows."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=ReadingState.choices)
    classes = ClassOutput(many=True)
    cells = ReadingCellOutput(many=True)


class DisagreementOutput(ReadingCellOutput):
    """A cell that two people class differently; ``class`` is what is decided, ``candidates`` what the two said."""

    candidates = serializers.ListField(
        child=serializers.CharField(), min_length=2, max_length=2, help_text="In the order of the class list."
    )


class DisagreementsOutput(serializers.Serializer[Any]):
    """Everything the page of adjudication shows."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=ReadingState.choices)
    classes = ClassOutput(many=True)
    cells = DisagreementOutput(many=True)


class ReadingActInput(Input):
    """A class for a cell, null to take it back, and the version that the person saw."""

    to = serializers.CharField(max_length=40, allow_null=True)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    idempotency_key = serializers.CharField(max_length=64, required=False, allow_null=True)


class ReadingUndoInput(Input):
    """Which act this is, so that it is done once."""

    idempotency_key = serializers.CharField(max_length=64, required=False, allow_null=True)


class ReadingActOutput(serializers.Serializer[Any]):
    """The cell after an act."""

    cell = ReadingCellOutput()


class DecisionOutput(serializers.Serializer[Any]):
    """The cell after a decision."""

    cell = DisagreementOutput()


class ReadingStandsOutput(serializers.Serializer[Any]):
    """What stands."""

    version = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField(allow_null=True)}


class ReadingConflictDetail(serializers.Serializer[Any]):
    """The class that was sent, and what stands; empty when the reading is finished."""

    yours = serializers.CharField(allow_null=True, required=False)
    current = ReadingStandsOutput(required=False)


class ReadingConflictBody(serializers.Serializer[Any]):
    """A conflict."""

    code = serializers.CharField()
    message = serializers.CharField()
    detail = ReadingConflictDetail()


class ReadingConflictOutput(serializers.Serializer[Any]):
    """The cell moved on since the version that was sent, or the reading is finished."""

    error = ReadingConflictBody()
