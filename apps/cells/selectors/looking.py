"""Looking cells and acts up for those who may see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import Project
from apps.accounts.permissions import Person
from apps.cells.models import Cell, LabelEvent, Suggestion
from apps.cells.selectors.blind import without_secrets
from apps.core.errors import NotFound
from apps.core.registries import cell_visibility_rules, visibility_rules
from apps.slides.selectors import NOTHING_HERE

LOW_CONFIDENCE = 0.75
"""A suggestion with a smaller probability is to be looked at first, and is never confirmed unseen."""


def low_confidence(*, suggested: str, probability: float | None, unidentified: bool) -> bool:
    """Return whether a suggestion is too weak to be confirmed along with others; none at all is."""
    return unidentified or not suggested or probability is None or probability < LOW_CONFIDENCE


def probabilities_of(cells: QuerySet[Cell]) -> dict[int, dict[str, float]]:
    """Return the probabilities of the suggestion in force, by primary key of the cell, in one query."""
    found = Suggestion.objects.in_force().filter(cell__in=cells)
    return dict(found.values_list("cell_id", "probabilities"))


def get_cell(*, user: Person, public_id: UUID) -> Cell:
    """Return a cell that the person may see, with what a single one shows.

    Raises:
        NotFound: otherwise.
    """
    cells = Cell.objects.visible_to(user).select_related("project", "field__slide", "classifier_version")
    cell = cells.filter(public_id=public_id).first()
    if cell is None:
        raise NotFound(NOTHING_HERE)
    return cell


def label_events_of(user: Person) -> QuerySet[LabelEvent]:
    """Return the acts on cells that the person may see."""
    projects = Project.objects.visible_to(user)
    found = LabelEvent.objects.filter(project__in=projects, cell__field__slide__trashed_at=None)
    for closed in visibility_rules.run(user=user):
        found = found.exclude(cell__field__slide__in=closed)
    for closed in cell_visibility_rules.run(user=user):
        found = found.exclude(cell__in=closed)
    return without_secrets(found, user)


def get_label_event(*, user: Person, cell_id: UUID, version: int) -> LabelEvent:
    """Return the act that left a cell with this version.

    Raises:
        NotFound: when there is none, or the person may not see the cell.
    """
    events = label_events_of(user).select_related(
        "cell__project", "cell__field__slide", "actor", "model_version", "reverts"
    )
    event = events.filter(cell__public_id=cell_id, version_after=version).first()
    if event is None:
        raise NotFound(NOTHING_HERE)
    return event
