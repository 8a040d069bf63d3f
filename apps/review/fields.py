"""The fields of a slide as its pages know them: picture, scale, quality, and whether all their cells are boxed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.urls import reverse

from apps.cells.models import LabelEvent
from apps.inference.models import FieldAnalysis
from apps.slides.models import Field, FieldMark, Slide
from apps.slides.quality import quality_json

Json = dict[str, Any]


def fields_json(slide: Slide, only: Collection[int] | None = None) -> list[Json]:
    """Return the fields of a slide in their order, or those of them with these keys; at most four queries."""
    fields = Field.objects.filter(slide=slide).order_by("position")
    if only is not None:
        fields = fields.filter(pk__in=only)
    found = list(fields)
    analysed = set(FieldAnalysis.objects.filter(field__in=found).values_list("field_id", flat=True))
    complete = [field.pk for field in found if field.complete]
    marks = _marks(complete) if complete else {}
    moved = _moved_since(complete) if complete else {}
    return [
        {
            "id": str(field.public_id),
            "position": field.position,
            "title": field.title,
            "width": field.width,
            "height": field.height,
            "image_url": reverse("slides:field-image", args=[field.public_id]),
            "thumbnail_url": reverse("slides:field-thumbnail", args=[field.public_id]),
            "um_per_px": field.um_per_px,
            "scale_source": field.scale_source,
            "analysed": field.pk in analysed,
            "quality": quality_json(field),
            "complete": field.complete,
            "completed": _mark_json(marks.get(field.pk), moved.get(field.pk, 0)) if field.complete else None,
        }
        for field in found
    ]


def _mark_json(mark: tuple[str, datetime] | None, moved: int) -> Json:
    """Return who marked a field and when; a mark older than the record of marks has neither."""
    by, at = mark or ("", None)
    return {"by": by, "at": at.isoformat() if at else None, "changed_since": moved}


def _marks(fields: Collection[int]) -> dict[int, tuple[str, datetime]]:
    """Return who made the mark in force of each field, and when."""
    newest = FieldMark.objects.filter(field=OuterRef("field")).order_by("-id").values("pk")[:1]
    marks = FieldMark.objects.filter(field__in=fields, pk=Subquery(newest)).select_related("actor")
    return {mark.field_id: (mark.actor.display_name, mark.created_at) for mark in marks}


def _moved_since(fields: Collection[int]) -> dict[int, int]:
    """Return how many cells of each field were boxed, moved or removed after the mark in force."""
    marked = FieldMark.objects.filter(field=OuterRef("cell__field")).order_by("-id").values("created_at")[:1]
    events = (
        LabelEvent.objects.filter(cell__field__in=fields)
        .filter(Q(from_box__isnull=False) | Q(to_box__isnull=False))
        .annotate(marked_at=Subquery(marked))
        .filter(created_at__gt=F("marked_at"))
    )
    return dict(events.order_by().values_list("cell__field_id").annotate(n=Count("cell", distinct=True)))
