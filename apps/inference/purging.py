"""What belongs to the analyses of a slide goes with the slide."""

from __future__ import annotations

from apps.core.disposal import remove_rows
from apps.inference.models import FieldAnalysis
from apps.slides.models import Slide


def purge(*, slide: Slide) -> list[str]:
    """Remove the analyses of a slide's fields; they name no files."""
    remove_rows(FieldAnalysis.objects.filter(field__slide=slide))
    return []
