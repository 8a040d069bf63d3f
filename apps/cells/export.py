"""The cells of a slide as a table for spreadsheets and statistics programs."""

from __future__ import annotations

from io import StringIO

from apps.cells.models import Cell
from apps.cells.selectors import probabilities_of
from apps.core.csv import write_rows
from apps.slides.models import Slide

# Pixels of the field, half-open, origin top-left. Titles of fields are file names at first, and so no part of it.
_COLUMNS = (
    "cell",
    "field",
    "x0",
    "y0",
    "x1",
    "y1",
    "class",
    "label",
    "review_state",
    "suggested",
    "probability",
    "unidentified",
    "model",
    "version",
)


def cells_as_csv(slide: Slide) -> tuple[str, int]:
    """Return the standing cells of a slide as CSV and how many there are; the caller has asked who may have them.

    A row for each cell, in the order of fields and of finding; ``field`` is the position on the slide. Behind the
    fixed columns comes one for the probability of each class that a model in force knows, as ``p_<class>``.
    """
    standing = Cell.objects.standing().filter(field__slide=slide)
    cells = standing.select_related("field", "classifier_version").order_by("field__position", "pk")
    probabilities = probabilities_of(standing)
    classes = sorted({name for values in probabilities.values() for name in values})
    table = StringIO()
    rows = write_rows(
        table,
        header=[*_COLUMNS, *(f"p_{name}" for name in classes)],
        rows=(
            [
                cell.public_id,
                cell.field.position if cell.field is not None else None,
                *cell.box,
                cell.shown_class,
                cell.current_class,
                cell.review_state,
                cell.suggested_class,
                cell.suggested_probability,
                cell.unidentified,
                cell.classifier_version.label if cell.classifier_version is not None else None,
                cell.version,
                *(probabilities.get(cell.pk, {}).get(name) for name in classes),
            ]
            for cell in cells
        ),
    )
    return table.getvalue(), rows
