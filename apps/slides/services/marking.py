"""Saying that all cells on a field are boxed: only such fields train or test what finds cells."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.core.registries import slide_changed
from apps.slides.models import Field, FieldMark


def mark_complete(*, actor: User, field: Field, complete: bool) -> Field:
    """Say that all cells on a field are boxed, or take it back; who and when stay on record.

    Saying what stands already changes nothing, so a request that is sent twice leaves one mark. A cell that is boxed
    or removed later leaves the mark as it is: it was true when it was made, and the page says what came after it.

    Raises:
        NotFound, NotPermitted: the person may not label in this project.
    """
    require(actor, Action.LABEL, field.project)
    with transaction.atomic():
        if Field.objects.filter(pk=field.pk).exclude(complete=complete).update(complete=complete):
            FieldMark.objects.create(field=field, actor=actor, complete=complete)
            slide_changed.run(slide_id=field.slide_id, field_id=field.pk, cell_id=None)
    field.complete = complete
    return field
