from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.core.api.serializers import Input
from apps.studies.models import CANNOT_TELL, OTHER

LONGEST_TIME_MS = 10**10
"""A page that stays open for four months."""
LONGEST_REASON = 1000
GAMUTS = ("", "srgb", "p3", "rec2020")


def _ms(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=LONGEST_TIME_MS, **options)


class TimesInput(Input):
    """Moments on the page's own clock, and lengths; whole milliseconds."""

    shown_ms = _ms(help_text="The image came on screen.")
    first_ms = _ms(allow_null=True, help_text="The first key or touch.")
    class_ms = _ms(allow_null=True, help_text="The class question was answered.")
    answered_ms = _ms(help_text="The last question was answered.")
    blank_ms = _ms(help_text="How long the stage was empty before.")
    hidden_ms = _ms(help_text="How long the page was out of sight meanwhile.")
    hidden_times = serializers.IntegerField(min_value=0, max_value=10_000)
    blurred_ms = _ms(help_text="How long the window was without the keyboard.")
    earlier_ms = _ms(help_text="How long the image was on screen before a pause.")
    interrupted = serializers.BooleanField()
    changes = serializers.IntegerField(min_value=0, max_value=10_000, help_text="Changes of mind.")


class ScreenInput(Input):
    """What the browser knows of the screen; what it does not know is left out."""

    width = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    height = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    window_width = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    window_height = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    pixel_ratio = serializers.FloatField(min_value=0, max_value=100, required=False)
    colour_depth = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    gamut = serializers.ChoiceField(choices=GAMUTS, required=False)
    high_range = serializers.BooleanField(required=False)
    forced_colours = serializers.BooleanField(required=False)
    touch = serializers.BooleanField(required=False)


class ViewingInput(Input):
    """An image is about to be shown."""

    slot = serializers.IntegerField(min_value=1, max_value=1_000_000)
    screen = ScreenInput(required=False)


class ReadingInput(Input):
    """What a reader says of an image."""

    slot = serializers.IntegerField(min_value=1, max_value=1_000_000)
    answer = serializers.CharField(
        max_length=40,
        allow_null=True,
        help_text=f'A class of the study, "{OTHER}" or "{CANNOT_TELL}"; null where the class is not asked.',
    )
    realism = serializers.IntegerField(
        min_value=1,
        max_value=6,
        allow_null=True,
        help_text="From 1, surely real, to 6, surely synthetic; null where that is not asked.",
    )
    reason = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, default="")
    times = TimesInput()
    screen = ScreenInput(required=False)
    idempotency_key = serializers.CharField(
        min_length=8, max_length=64, help_text="The same key again is the same answer, which counts once."
    )


class ChoiceOutput(serializers.Serializer[Any]):
    """An answer to choose."""

    name = serializers.CharField()
    title = serializers.CharField()
    key = serializers.CharField(help_text="Keyboard key by its browser name.")


class SaidOutput(serializers.Serializer[Any]):
    """What the reader said of an image last."""

    answer = serializers.CharField(allow_null=True)
    realism = serializers.IntegerField(allow_null=True)


class TrialOutput(serializers.Serializer[Any]):
    """The image to be read now."""

    slot = serializers.IntegerField(help_text="Its place among all images of this reader, practice included.")
    part = serializers.ChoiceField(choices=["practice", "reading"])
    sitting = serializers.IntegerField()
    position = serializers.IntegerField(help_text="From 1, within practice or within the sitting.")
    image = serializers.CharField(help_text="Where it is; an address of this reader alone.")
    prefetch = serializers.CharField(allow_null=True, help_text="Where the following one is.")
    questions = serializers.ListField(child=serializers.ChoiceField(choices=["class", "realism"]))
    break_due = serializers.BooleanField()
    back = serializers.IntegerField(
        allow_null=True, help_text="The slot to which the reader may go back, where the protocol allows it."
    )
    said = SaidOutput(allow_null=True, help_text="Of an image that was gone back to.")


class ReadingDocumentOutput(serializers.Serializer[Any]):
    """What is to be read now; of the same form whatever an image shows and whatever was answered."""

    state = serializers.ChoiceField(choices=["practice", "reading", "later", "done"])
    answered = serializers.IntegerField(help_text="Of this part.")
    total = serializers.IntegerField(help_text="Of this part.")
    side = serializers.IntegerField(help_text="Width and height of each image on the screen, CSS pixels.")
    opens_at = serializers.DateTimeField(allow_null=True, help_text="When the second sitting opens.")
    classes = ChoiceOutput(many=True)
    next = TrialOutput(allow_null=True)
