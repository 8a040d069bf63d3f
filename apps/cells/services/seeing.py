"""Which cells have been on a person's screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

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
    known = Exists(SeenMark.objects.filter(actor=actor, cell=OuterRef("pk")))
    with transaction.atomic():
        cells = Cell.objects.visible_to(actor).standing().filter(field__slide=slide, public_id__in=cell_ids)
        new = dict(cells.filter(~known).values_list("pk", "review_state"))
        if new:
            marks = (SeenMark(cell_id=pk, actor=actor) for pk in new)
            SeenMark.objects.bulk_create(marks, ignore_conflicts=True)
        if untouched := [pk for pk, state in new.items() if state == ReviewState.SUGGESTED]:
            Cell.objects.filter(pk__in=untouched, review_state=ReviewState.SUGGESTED).update(
                review_state=ReviewState.SEEN
            )
    return len(new)
