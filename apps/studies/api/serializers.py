"""Shapes of studies towards their staff. Nothing here carries an answer, an origin of an image, or the seed."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.serializers import Input
from apps.studies import presets
from apps.studies.models import Enrolment, Invitation, State, Study
from apps.studies.protocol import CLASS, MOST_ARMS, PHYSICAL, REAL, REALISM, STRETCHED, SYNTHETIC

_MOST = 2_000


class ArmSerializer(Input):
    """One of the sets of images that a study compares."""

    name = serializers.CharField(max_length=60, help_text="Readers never see it.")
    origin = serializers.ChoiceField(choices=[REAL, SYNTHETIC])
    source = serializers.CharField(
        max_length=60, help_text="“cells”, “reference”, or “import:” and the id of an import."
    )
    per_class = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=_MOST), help_text="Images of each class."
    )


class ProtocolSerializer(Input):
    """What a study asks, of whom and how."""

    preset = serializers.CharField(max_length=40, allow_blank=True)
    classes = serializers.ListField(child=serializers.CharField(max_length=40), max_length=12)
    arms = ArmSerializer(many=True, max_length=MOST_ARMS)
    questions = serializers.ListField(child=serializers.ChoiceField(choices=[CLASS, REALISM]), max_length=2)
    sittings = serializers.IntegerField(min_value=1, max_value=2, required=False)
    sitting_gap_days = serializers.IntegerField(min_value=0, max_value=365, required=False)
    repeats = serializers.FloatField(min_value=0, max_value=0.2, required=False)
    controls = serializers.IntegerField(min_value=0, max_value=50, required=False)
    control_source = serializers.CharField(max_length=60, allow_blank=True, required=False)
    practice = serializers.IntegerField(min_value=0, max_value=50, required=False)
    image_side = serializers.IntegerField(min_value=128, max_value=768, required=False)
    scale = serializers.ChoiceField(choices=[STRETCHED, PHYSICAL], required=False)
    going_back = serializers.BooleanField(required=False)
    break_every = serializers.IntegerField(min_value=0, max_value=500, required=False)
    margin = serializers.FloatField(min_value=0.01, max_value=0.49, allow_null=True, required=False)
    readers = serializers.IntegerField(min_value=1, max_value=500, required=False)
    reader_title = serializers.CharField(max_length=200, allow_blank=True, required=False)
    two_person_unblinding = serializers.BooleanField(required=False)
    consent_text = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    exclude_labelled_by_reader = serializers.BooleanField(required=False)


class NewStudyInput(Input):
    """A study to begin: a preset, or a whole protocol."""

    title = serializers.CharField(max_length=200)
    preset = serializers.ChoiceField(choices=[known.name for known in presets.PRESETS], required=False)
    protocol = ProtocolSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take one of the two."""
        if ("preset" in attrs) == ("protocol" in attrs):
            raise serializers.ValidationError("Send a preset or a protocol.")
        return attrs


class ChangeStudyInput(Input):
    """A draft's title and protocol, with the version that was seen."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    title = serializers.CharField(max_length=200)
    protocol = ProtocolSerializer()


class StudyStepInput(Input):
    """Where a study is to go, and why. It is unblinded on the page only."""

    to = serializers.ChoiceField(
        choices=[State.PREPARED, State.DRAFT, State.LOCKED, State.OPEN, State.CLOSED]
    )
    why = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class StudyRowOutput(serializers.Serializer[Study]):
    """A study in a list."""

    id = serializers.UUIDField(source="public_id")
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    preset = serializers.CharField(source="plan.preset", allow_blank=True)
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)


class StudyStepOutput(serializers.Serializer[Any]):
    """A step that was taken."""

    to = serializers.CharField(source="to_state")
    at = serializers.DateTimeField(source="created_at")
    who = serializers.CharField(source="who.display_name", default="")
    why = serializers.CharField(allow_blank=True)


class StudyOutput(StudyRowOutput):
    """A study: its protocol, its steps, what keeps a draft from being prepared."""

    version = serializers.IntegerField()
    digest = serializers.CharField(allow_blank=True)
    protocol = ProtocolSerializer(source="plan.to_json")
    steps = StudyStepOutput(many=True, source="transitions.all")
    job = serializers.UUIDField(source="job.public_id", allow_null=True, default=None)


class CheckOutput(serializers.Serializer[Any]):
    """What keeps a study from being prepared, as sentences; empty when nothing does."""

    problems = serializers.ListField(child=serializers.CharField())
    counted = serializers.IntegerField(help_text="Images that count.")
    trials = serializers.IntegerField(help_text="Images of a sitting, repeats and controls among them.")


class EnrolInput(Input):
    """A member of the project who is to read."""

    reader = serializers.UUIDField()


class ReaderOutput(serializers.Serializer[Any]):
    """How far a reader is; never what was answered."""

    id = serializers.UUIDField(source="enrolment.public_id")
    pseudonym = serializers.CharField(source="enrolment.pseudonym")
    answered = serializers.IntegerField()
    total = serializers.IntegerField()
    last_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(source="enrolment.withdrawn_at", allow_null=True)


class NewReaderOutput(serializers.Serializer[Enrolment]):
    """A reader who was just asked."""

    id = serializers.UUIDField(source="public_id")
    pseudonym = serializers.CharField()


class InviteInput(Input):
    """For whom a link is; the staff's own note."""

    for_name = serializers.CharField(max_length=150, allow_blank=True, required=False, default="")


class InvitationOutput(serializers.Serializer[Invitation]):
    """A link that was just made; ``link`` is told this once."""

    id = serializers.UUIDField(source="public_id")
    for_name = serializers.CharField(allow_blank=True)
    expires_at = serializers.DateTimeField()
    link = serializers.SerializerMethodField()

    def get_link(self, _: Invitation) -> str:
        """Return the link."""
        return str(self.context["link"])
