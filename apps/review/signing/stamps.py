"""Marks by which it is known that the cells of a slide are still those that somebody looked at."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q, Sum

from apps.cells.models import Cell


def stamps_of(slides: Iterable[int]) -> dict[int, str]:
    """Return the mark of each slide that has cells, by its key, in one query.

    It holds how many cells stand, which, at which versions, and by which models those are suggested that carry no
    label: no act of a person and no analysis leaves it as it was.
    """
    rows = (
        Cell.objects.standing()
        .filter(field__slide__in=list(slides))
        .order_by()
        .values_list("field__slide_id")
        .annotate(
            n=Count("pk"),
            which=Sum("pk"),
            versions=Sum("version"),
            models=Sum("classifier_version_id", filter=Q(current_class="")),
        )
    )
    return {slide: f"{n}.{which}.{versions}.{models or 0}" for slide, n, which, versions, models in rows}


def stamp_of(slide: int) -> str:
    """Return the mark of one slide, also of one without cells."""
    return stamps_of([slide]).get(slide, "0.0.0.0")  # noqa: S104 - no address
