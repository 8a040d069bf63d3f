"""How good fields are to look at, from the figures stored with them, by today's limits and the scale known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html

from apps.accounts.models import User
from apps.slides.columns import SlideColumn
from apps.slides.models import Field, Slide
from ml.images.quality import LIGHTS, Light, Quality, judge

WORDS: dict[Light, str] = {
    "green": "Good",
    "amber": "Doubtful",
    "red": "Poor",
    "unknown": "Not judged",
}


def quality_of(values: Mapping[str, float | None] | None, um_per_px: float | None) -> Quality | None:
    """Return the judgement of a field's stored figures; None for a field that was never measured."""
    return None if values is None else judge(values, um_per_px)


def quality_json(field: Field) -> dict[str, Any] | None:
    """Return the traffic light of a field with its reason and all figures, as JSON values; None when not measured."""
    quality = quality_of(field.quality, field.um_per_px)
    if quality is None:
        return None
    return {
        "light": quality.light,
        "word": WORDS[quality.light],
        "reason": quality.reason,
        "measures": [
            {
                "name": m.name,
                "value": m.value,
                "unit": m.unit,
                "light": m.light,
                "words": m.words,
                "green": None if m.limits is None else list(m.limits.green),
                "amber": None if m.limits is None else list(m.limits.amber),
            }
            for m in quality.measures
        ],
    }


def quality_column(*, slides: Sequence[Slide], user: User) -> SlideColumn:  # noqa: ARG001 - the hook's signature
    """Return the worst light among each slide's fields, with the reason and the field's number as the tip."""
    rows = Field.objects.filter(slide__in=slides, quality__isnull=False).order_by("slide_id", "position")
    worst: dict[int, tuple[int, Quality]] = {}
    for slide, position, values, um_per_px in rows.values_list(
        "slide_id", "position", "quality", "um_per_px"
    ):
        found = judge(values or {}, um_per_px)
        if slide not in worst or LIGHTS.index(found.light) > LIGHTS.index(worst[slide][1].light):
            worst[slide] = (position, found)
    return SlideColumn(title="Quality", cells={pk: _badge(*found) for pk, found in worst.items()})


def _badge(position: int, quality: Quality) -> str:
    tip = quality.reason if quality.light == "green" else f"Field {position}: {quality.reason}"
    return format_html(
        '<span class="light light--{}" title="{}">{}</span>', quality.light, tip, WORDS[quality.light]
    )
