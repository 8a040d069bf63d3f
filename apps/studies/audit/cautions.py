"""What limits a study and no gate can see, as sentences of the audit."""

from __future__ import annotations

from collections.abc import Iterable

from apps.cells.models import EventKind, LabelEvent
from apps.studies.models import Study
from apps.studies.protocol import SYNTHETIC, alike_in_origin
from apps.studies.truth import CaseKey

TRAINING = "Whether real cells of this study trained the generator is not known to this site."


def cautions_of(study: Study) -> Iterable[str]:
    """Yield what the design and the sources of a study's pictures leave open."""
    yield from alike_in_origin(study.plan)
    made = CaseKey.objects.filter(study=study, origin=SYNTHETIC, crop__isnull=False).order_by().values("crop")
    if LabelEvent.objects.filter(cell__in=made, kind=EventKind.IMPORT).exists():
        yield TRAINING
