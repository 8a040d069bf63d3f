"""What a second reader must not see until the reading is done."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.accounts.permissions import Person
from apps.review.models import OPEN, SecondReading


def closed_slides(*, user: Person) -> QuerySet[SecondReading, int]:
    """Return the keys of the slides that the person is to read without knowing other people's labels."""
    open_ = SecondReading.objects.filter(reader_id=user.pk or 0, state__in=OPEN).order_by()
    return open_.values_list("slide_id", flat=True)
