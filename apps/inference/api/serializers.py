from typing import Any

from rest_framework import serializers

from apps.inference.selectors import State


class AnalysisSerializer(serializers.Serializer[Any]):
    """What can be said of a slide's analysis; fields are counted."""

    state = serializers.ChoiceField(choices=[state.value for state in State])
    message = serializers.CharField(help_text="The same for people.")
    total = serializers.IntegerField(help_text="Fields of the slide.")
    analysed = serializers.IntegerField(help_text="Those that carry results of some version.")
    pending = serializers.IntegerField(help_text="Those that the versions in use have not analysed.")
    job = serializers.UUIDField(
        source="job.public_id", allow_null=True, default=None, help_text="The job that speaks for the slide."
    )
