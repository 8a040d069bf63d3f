from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.studies.models.study import Study


class StudyCase(models.Model):
    """One image of a study. What it shows and where it comes from stands elsewhere, and is not reached from here.

    ``code`` is 128 bits, HMAC of the study's seed and ``number``: it looks random and comes again with the seed.
    Rows are written in the order of codes. ``replicate`` counts showings of the same crop, 0 the first. ``image``
    is the key of the normalised picture, "" before it is made and after its slide was removed for good;
    ``image_digest`` its SHA-256, which stays; ``length`` its size in bytes. Practice is not counted, controls are
    counted apart.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="cases")
    code = models.CharField(max_length=32, editable=False)
    number = models.PositiveIntegerField(editable=False)  # from 1
    practice = models.BooleanField(default=False, editable=False)
    control = models.BooleanField(default=False, editable=False)
    replicate = models.PositiveSmallIntegerField(default=0, editable=False)
    image = models.CharField(max_length=200, blank=True, db_column="image_key")
    image_digest = models.CharField(max_length=64, blank=True)
    length = models.PositiveIntegerField(default=0)  # bytes

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["study", "code"], name="studies_case_code_once"),
            models.UniqueConstraint(fields=["study", "number"], name="studies_case_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="studies_case_number_from_1"),
            models.CheckConstraint(
                condition=Q(practice=False) | Q(control=False, replicate=0), name="studies_practice_is_plain"
            ),
            models.CheckConstraint(
                condition=Q(image="") | ~Q(image_digest=""), name="studies_case_image_digest"
            ),
        ]

    def __str__(self) -> str:
        return self.code
