"""Slides that are ready to be signed, for tests."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.cells.services import label, mark_seen
from apps.core.editing import version_of
from apps.review.differential.count import worksheet_of
from apps.review.models import Report, SigningRules
from apps.review.signing import services
from apps.review.signing.changes import newest_event
from apps.review.signing.frozen import sheet_values
from apps.review.signing.summary import summary_of
from apps.slides.models import Slide
from tests.cells.factories import finding, make_cells, make_field


def fill_sheet(slide: Slide, actor: User, **given: Any) -> None:
    """Say that the smear is good, and what else is given."""
    seen = version_of(sheet_values(worksheet_of(slide)))
    services.save_sheet(
        actor=actor,
        slide=slide,
        version=seen,
        **{
            "wbc": None,
            "wbc_with_nrbc": False,
            "quality": "good",
            "remark": "",
            "all_counted": False,
            **given,
        },
    )


def ready(slide: Slide, actor: User, *, needed: int = 3, **rules: Any) -> list[Cell]:
    """Make a slide ready: six cells on two fields, all seen, two of them labelled, the sheet filled."""
    cells = []
    for _ in range(2):
        made = make_field(slide, um_per_px=0.1, scale_source="file", title="patient-smith-field.png")
        cells += make_cells(
            made, finding("neutrophil", at=0), finding("neutrophil", at=1), finding("lymphocyte", at=2)
        )
    mark_seen(actor=actor, slide=slide, cell_ids=[cell.public_id for cell in cells])
    label(actor=actor, cell=cells[0], to_class="neutrophil", expected_version=1, seen_suggestion=True)
    label(actor=actor, cell=cells[1], to_class="eosinophil", expected_version=1, seen_suggestion=True)
    SigningRules.objects.update_or_create(project=slide.project, defaults={"cells_needed": needed, **rules})
    fill_sheet(slide, actor)
    return list(Cell.objects.filter(pk__in=[cell.pk for cell in cells]).order_by("pk"))


def sign(slide: Slide, actor: User, **given: Any) -> Report:
    """Sign what stands now, as somebody does who has just opened the page."""
    fresh = Slide.objects.select_related("project", "specimen", "device").get(pk=slide.pk)
    return services.sign(
        actor=actor, slide=fresh, **{"basis": summary_of(fresh).shown, "since": newest_event(fresh), **given}
    )
