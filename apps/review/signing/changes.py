"""What changed on a slide since somebody looked, in words."""

from __future__ import annotations

from django.db.models import Max

from apps.cells.models import LabelEvent
from apps.slides.models import Slide

SHOWN = 10


def newest_event(slide: Slide) -> int:
    """Return the key of the newest act on the cells of a slide, 0 without one."""
    found = LabelEvent.objects.filter(cell__field__slide=slide).aggregate(newest=Max("pk"))["newest"]
    return int(found or 0)


def what_changed(slide: Slide, *, since: int) -> list[str]:
    """Return a sentence for each act on the slide's cells after the event ``since``, the newest ten.

    When no person acted, it was an analysis, the sheet, the ranges or the specimen that changed: that is said instead.
    """
    events = LabelEvent.objects.filter(cell__field__slide=slide, pk__gt=since).select_related(
        "actor", "cell__field"
    )
    found = list(events.order_by("-pk")[: SHOWN + 1])
    if not found:
        return [
            "Not a cell, but what the count rests on: an analysis, the sheet, the ranges or the specimen."
        ]
    sentences = [_sentence(event) for event in found[:SHOWN]]
    return [*sentences, "And more before these."] if len(found) > SHOWN else sentences


def _sentence(event: LabelEvent) -> str:
    field = event.cell.field
    where = f" on field {field.position}" if field is not None else ""
    to = f"{event.from_class or 'no label'} \N{RIGHTWARDS ARROW} {event.to_class or 'no label'}"
    return f"{event.actor.display_name}: {event.get_kind_display().lower()}, a cell{where}, {to}"
