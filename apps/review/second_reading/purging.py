"""Second readings go with their slide; what a person read and decided stays under the person's pseudonym."""

from __future__ import annotations

from django.utils import timezone

from apps.accounts.models import User
from apps.core.disposal import remove_rows
from apps.review.models import (
    OPEN,
    Adjudication,
    ReadingState,
    SecondItem,
    SecondLabel,
    SecondReading,
    TableOpening,
)
from apps.slides.models import Slide


def purge(*, slide: Slide) -> list[str]:
    """Remove the readings of a slide with all that belongs to them; they name no file.

    Append-only rows go only because the slide's erasure is on record: their tables refuse every other deletion.
    """
    items = SecondItem.objects.filter(reading__slide=slide)
    remove_rows(Adjudication.objects.filter(item__in=items))
    remove_rows(SecondLabel.objects.filter(item__in=items))
    remove_rows(items)
    remove_rows(TableOpening.objects.filter(reading__slide=slide))
    remove_rows(SecondReading.objects.filter(slide=slide))
    return []


def erase(*, user: User) -> None:
    """Withdraw the readings that an erased person had not finished: nobody could finish them."""
    now = timezone.now()
    open_ = SecondReading.objects.filter(reader=user, state__in=OPEN)
    open_.update(state=ReadingState.WITHDRAWN, withdrawn_at=now, withdrawn_by=None)
