"""The shapes of differentials and signed reports in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.registry.models import Role
from apps.review.differential.looks import Side
from apps.review.differential.ranges import Verdict
from apps.review.models import Unit
from apps.slides.models import Sex

_ROLES = [*Role.values, "unidentified"]


class RangeOutput(serializers.Serializer[Any]):
    """A reference range by value; ages in years, ``age_high`` not included and null without a limit."""

    id = serializers.UUIDField()
    unit = serializers.ChoiceField(choices=Unit.choices)
    sex = serializers.ChoiceField(choices=Sex.choices, allow_blank=True)
    age_low = serializers.FloatField()
    age_high = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()
    source = serializers.CharField()
    valid_from = serializers.DateField()

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField()}


class JudgementOutput(serializers.Serializer[Any]):
    """A count held against a range; ``text`` is the flag, empty when the whole interval lies inside."""

    verdict = serializers.ChoiceField(choices=[each.value for each in Verdict])
    limits = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    range = RangeOutput()


class AbsoluteOutput(serializers.Serializer[Any]):
    """A count in 10^9/L with its interval, the leukocyte count taken as exact."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class AdviceOutput(serializers.Serializer[Any]):
    """What the looks after 100, 200 and 400 leukocytes say, by intervals widened so that all three hold with 95 %."""

    side = serializers.ChoiceField(choices=[each.value for each in Side])
    look = serializers.IntegerField(help_text="The last look taken, 1 to 3; 0 before the first.")
    at = serializers.IntegerField(help_text="Its number of leukocytes.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    more = serializers.IntegerField(allow_null=True, help_text="About how many more would decide.")
    text = serializers.CharField(allow_blank=True)


class DifferentialRowOutput(serializers.Serializer[Any]):
    """One class: its count, its share with the exact 95 % interval, and what follows from it."""

    title = serializers.CharField()
    letter = serializers.CharField()
    role = serializers.ChoiceField(choices=_ROLES)
    n = serializers.IntegerField()
    labelled = serializers.IntegerField()
    suggested = serializers.IntegerField()
    percent = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    absolute = AbsoluteOutput(allow_null=True)
    ranges = JudgementOutput(many=True)
    flags = serializers.ListField(child=serializers.CharField())
    advice = AdviceOutput(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with ``class``, which is no name in Python."""
        return {**super().get_fields(), "class": serializers.CharField()}


class WbcOutput(serializers.Serializer[Any]):
    """The leukocyte count in 10^9/L as entered, and as used: without nucleated red cells where they were in it."""

    entered = serializers.FloatField(allow_null=True)
    used = serializers.FloatField(allow_null=True)


class ReasonOutput(serializers.Serializer[Any]):
    """One thing that stands against signing."""

    code = serializers.CharField()
    text = serializers.CharField()


class SigningOutput(serializers.Serializer[Any]):
    """Whether the slide may be signed now, what stands against it, and where it is signed."""

    ready = serializers.BooleanField()
    reasons = ReasonOutput(many=True)
    url = serializers.CharField()


class SignedOutput(serializers.Serializer[Any]):
    """The newest report of a slide: signed, half (of two signatures), and whether a cell changed since."""

    report = serializers.UUIDField()
    url = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["signed", "changed", "half", "half-changed"])
    by = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField()


class DifferentialOutput(serializers.Serializer[Any]):
    """The differential of a slide as it stands, suggestions included.

    ``hidden``: the project labels before it sees suggestions, and not every cell has a label: then nothing is told.
    """

    slide = serializers.UUIDField()
    hidden = serializers.BooleanField()
    leukocytes = serializers.IntegerField()
    cells = serializers.IntegerField()
    wbc = WbcOutput()
    laboratory = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    rows = DifferentialRowOutput(many=True)
    signed = SignedOutput(allow_null=True)
    signing = SigningOutput()


class SignatureOutput(serializers.Serializer[Any]):
    """Who signed, and when."""

    name = serializers.CharField()
    at = serializers.DateTimeField()


class FactOutput(serializers.Serializer[Any]):
    """One thing that a report rests on."""

    name = serializers.CharField()
    value = serializers.CharField()


class ReportOutput(serializers.Serializer[Any]):
    """A signed report; ``slide`` is null when the slide was removed for good, and the specimen's name says nothing."""

    id = serializers.UUIDField()
    short_id = serializers.CharField()
    project = serializers.UUIDField()
    slide = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField()
    supersedes = serializers.UUIDField(allow_null=True)
    specimen = serializers.CharField()
    leukocytes = serializers.IntegerField()
    flags = serializers.ListField(child=serializers.CharField())
    signatures = SignatureOutput(many=True)
    signatures_needed = serializers.IntegerField()
    digest = serializers.CharField()
    created_at = serializers.DateTimeField()


class WholeReportOutput(ReportOutput):
    """A signed report with everything that it says."""

    state = serializers.CharField()
    intact = serializers.BooleanField(help_text="Whether it still is what its digest says.")
    facts = FactOutput(many=True)
    rows = DifferentialRowOutput(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    research_use = serializers.CharField()
