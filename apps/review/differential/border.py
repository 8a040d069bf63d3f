"""Which cells of a slide a laboratory counts, by what the border of their field cuts."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from apps.cells.models import Cell
from apps.review.models import BorderRule, SigningRules
from apps.slides.models import Slide

EDGE = 1.0
"""Pixels from the border within which a box ends there: boxes are cut at the border, and some are rounded."""

_LEFT_AND_TOP = Q(x0__lt=EDGE) | Q(y0__lt=EDGE)
_RIGHT_AND_BOTTOM = Q(x1__gt=F("field__width") - EDGE) | Q(y1__gt=F("field__height") - EDGE)
_LEFT_OUT = {
    BorderRule.TWO_SIDES: _RIGHT_AND_BOTTOM,
    BorderRule.NONE: _LEFT_AND_TOP | _RIGHT_AND_BOTTOM,
}


def counted_cells(slide: Slide, rules: SigningRules) -> QuerySet[Cell]:
    """Return the standing cells of a slide that its differential counts."""
    standing = Cell.objects.standing().filter(field__slide=slide)
    cut = _LEFT_OUT.get(BorderRule(rules.border))
    return standing if cut is None else standing.exclude(cut)


def border_words(slide: Slide, rules: SigningRules) -> str:
    """Return how many cells the border keeps out of the count as a sentence, "" when every cell counts."""
    cut = _LEFT_OUT.get(BorderRule(rules.border))
    if cut is None:
        return ""
    n = Cell.objects.standing().filter(cut, field__slide=slide).count()
    where = "by the right or lower border" if rules.border == BorderRule.TWO_SIDES else "by the border"
    if n == 1:
        return f"1 cell that is cut {where} of its field is not counted."
    return f"{n} cells that are cut {where} of their field are not counted."
