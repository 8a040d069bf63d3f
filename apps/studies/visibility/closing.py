"""From being prepared until it is unblinded, a study's readers cannot see its cells anywhere else."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.accounts.permissions import Person
from apps.studies.models import BLIND, Enrolment
from apps.studies.truth import CaseKey


def closed_slides(*, user: Person) -> QuerySet[CaseKey, int | None]:
    """Return the keys of the slides on which cells of a study lie that the person reads: the whole slide is closed.

    A slide on which single cells were missing would show which of them are asked about.
    """
    keys = _keys_of(user).filter(crop__field__isnull=False)
    return keys.values_list("crop__field__slide_id", flat=True)


def closed_cells(*, user: Person) -> QuerySet[CaseKey, int | None]:
    """Return the keys of the cells without a field of such a study."""
    keys = _keys_of(user).filter(crop__isnull=False, crop__field__isnull=True)
    return keys.values_list("crop_id", flat=True)


def _keys_of(user: Person) -> QuerySet[CaseKey]:
    reads = Enrolment.objects.filter(reader_id=user.pk or 0, withdrawn_at=None, study__state__in=BLIND)
    return CaseKey.objects.filter(study__in=reads.order_by().values("study")).order_by()
