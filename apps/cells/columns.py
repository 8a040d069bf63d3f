"""What the table of slides shows about cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Count, Q

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.cells.selectors import UNIDENTIFIED
from apps.cells.selectors.blind import known_to, undecided
from apps.registry.selectors import classes_for
from apps.slides.columns import SlideColumn
from apps.slides.models import Slide


def counts_column(*, slides: Sequence[Slide], user: User) -> SlideColumn:
    """Return the classes of each slide's cells by letter, "? 1  N 12  L 5", suggestions included.

    Cells of which the person may know nothing yet count as unidentified.
    """
    found: dict[int, Counter[str]] = {}
    cells = Cell.objects.standing().filter(field__slide__in=slides).order_by()
    project = slides[0].project
    hidden = undecided(user, project=project.pk)
    groups = (
        known_to(cells, user, blind=project.blind_first, hidden=hidden)
        .values_list("field__slide_id", "current_class", "suggested_class", "unidentified")
        .annotate(n=Count("pk"))
    )
    for slide, label, suggested, unidentified, n in groups:
        shown = label or (UNIDENTIFIED if unidentified or not suggested else suggested)
        found.setdefault(slide, Counter())[shown] += n
    if project.blind_first or hidden:
        for slide, n in cells.values_list("field__slide_id").annotate(n=Count("pk")):
            known = found.setdefault(slide, Counter())
            known[UNIDENTIFIED] += n - sum(known.values())
    letters = [(UNIDENTIFIED, "?"), *((c.name, c.letter) for c in classes_for(project))]
    return SlideColumn(
        title="Cells by class",
        cells={
            slide: "  ".join(
                f"{letter}\N{NO-BREAK SPACE}{counted[name]}" for name, letter in letters if counted[name]
            )
            for slide, counted in found.items()
        },
    )


def labelled_column(*, slides: Sequence[Slide], user: User) -> SlideColumn:  # noqa: ARG001 - the hook's signature
    """Return how many of each slide's cells a person has labelled, "3 of 18"."""
    rows = (
        Cell.objects.standing()
        .filter(field__slide__in=slides)
        .order_by()
        .values_list("field__slide_id")
        .annotate(n=Count("pk"), labelled=Count("pk", filter=~Q(current_class="")))
    )
    return SlideColumn(
        title="Labelled",
        cells={slide: f"{labelled} of {n}" for slide, n, labelled in rows},
        numeric=True,
    )
