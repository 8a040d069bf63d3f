"""What a slide leaves in location checks goes with it; the counts of closed checks stay."""

from __future__ import annotations

from apps.core.disposal import remove_rows
from apps.review.models import LocationCheckField, LocationCheckResult
from apps.slides.models import Slide


def purge(*, slide: Slide) -> list[str]:
    """Remove the drawn fields of a slide with what was said of them; no file belongs to them."""
    remove_rows(LocationCheckResult.objects.filter(place__field__slide=slide))
    remove_rows(LocationCheckField.objects.filter(field__slide=slide))
    return []
