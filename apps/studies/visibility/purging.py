"""A slide that is removed for good takes its pictures out of studies; what readers said of them stays."""

from __future__ import annotations

from apps.slides.models import Slide
from apps.studies.models import StudyCase
from apps.studies.truth import CaseKey


def purge(*, slide: Slide) -> list[str]:
    """Take the crops of a slide out of all studies; return the keys of the normalised pictures.

    The case stays with its digest, its class and its readings: nothing of these says whose blood it was. It is shown to
    nobody any more, so whoever has not read it goes on with the next.
    """
    keys = CaseKey.objects.filter(crop__field__slide=slide)
    cases = StudyCase.objects.filter(pk__in=keys.order_by().values("case"))
    files = list(cases.exclude(image="").values_list("image", flat=True))
    cases.update(image="", length=0)
    keys.update(crop=None)
    return files
