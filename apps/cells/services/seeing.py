"""Which cells have been on a person's screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell, ReviewState, SeenMark
from apps.slides.models import Slide

# Below SQLite's smallest limit on the variables of one statement.
_CHUNK = 500


def mark_seen(*, actor: User, slide: Slide, cell_ids: Iterable[UUID]) -> int:
    """Record that cells of a slide have been on the actor's screen; return how many were new to the actor.

    Ids that are not standing cells of the slide are passed over: they may have been replaced meanwhile.

    Raises:
        NotFound: the person may not know the slide.
        NotPermitted: the person may see but not label; only a reviewer's look counts.
    """
    require(actor, Action.LABEL, slide.project)
    wanted = list(dict.fromkeys(cell_ids))
    newly_seen = 0
    for start in range(0, len(wanted), _CHUNK):
        newly_seen += _mark_chunk(actor=actor, slide=slide, cell_ids=wanted[start : start + _CHUNK])
    return newly_seen


def _mark_chunk(*, actor: User, slide: Slide, cell_ids: Sequence[UUID]) -> int:
    """Insert the missing marks of at most `_CHUNK` cells and move untouched cells on to seen."""
    with transaction.atomic():
        cells = Cell.objects.visible_to(actor).standing().filter(field__slide=slide, public_id__in=cell_ids)
        known = set(SeenMark.objects.filter(actor=actor, cell__in=cells).values_list("cell_id", flat=True))
        new = [pk for pk in cells.values_list("pk", flat=True) if pk not in known]
        SeenMark.objects.bulk_create((SeenMark(cell_id=pk, actor=actor) for pk in new), ignore_conflicts=True)
        Cell.objects.filter(pk__in=new, review_state=ReviewState.SUGGESTED).update(
            review_state=ReviewState.SEEN
        )
    return len(new)
