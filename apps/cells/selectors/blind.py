"""What a person may not know yet: in a project that reads blind first, a cell shows nothing before one's own label.

Withheld are class, suggestion, probabilities and what others wrote, until the person has given the cell a label; having
withdrawn it again hides nothing, since the person has seen what there was to see.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Project
from apps.accounts.permissions import Person
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState


def _own_labels(user: Person) -> QuerySet[LabelEvent]:
    """Return the labels a person gave of their own accord."""
    kinds = (EventKind.LABEL, EventKind.ADD)
    return LabelEvent.objects.filter(actor=user.pk, kind__in=kinds).exclude(to_class="").order_by()


def revealed(cells: QuerySet[Cell], user: Person) -> QuerySet[Cell]:
    """Return those of some cells that a person has labelled."""
    return cells.filter(Exists(_own_labels(user).filter(cell=OuterRef("pk"))))


def withheld(cells: QuerySet[Cell], *, user: Person, project: Project) -> frozenset[int]:
    """Return the keys of those of some cells of a project about which the person may know nothing yet.

    Without a query where reading is not blind.
    """
    if not project.blind_first:
        return frozenset()
    hidden = cells.filter(~Exists(_own_labels(user).filter(cell=OuterRef("pk"))))
    return frozenset(hidden.order_by().values_list("pk", flat=True))


def is_withheld(cell: Cell, user: Person) -> bool:
    """Return whether the person may know nothing about a cell yet."""
    return cell.project.blind_first and not _own_labels(user).filter(cell=cell).exists()


def hidden_state(state: str) -> str:
    """Return how far a cell is, for a person who may not know that others have labelled it."""
    return ReviewState.SEEN.value if state == ReviewState.LABELLED else str(state)


def cover(cells: Iterable[Cell], user: Person) -> None:
    """Empty what a person may not know yet of cells that are to be shown, never saved; their projects are at hand."""
    blind = [cell for cell in cells if cell.project.blind_first]
    if not blind:
        return
    own = _own_labels(user).filter(cell__in=[cell.pk for cell in blind])
    known = set(own.values_list("cell_id", flat=True))
    for cell in blind:
        if cell.pk not in known:
            cell.current_class = cell.suggested_class = cell.reference_class = ""
            cell.suggested_probability, cell.classifier_version, cell.labelled_by = None, None, None
            cell.unidentified = True
            cell.review_state = hidden_state(cell.review_state)


def only_known(cells: QuerySet[Cell], user: Person) -> QuerySet[Cell]:
    """Return those of some cells of which a person may know the class: for a search by class."""
    known = Exists(_own_labels(user).filter(cell=OuterRef("pk")))
    return cells.filter(Q(project__blind_first=False) | known)


def without_secrets(events: QuerySet[LabelEvent], user: Person) -> QuerySet[LabelEvent]:
    """Return those of some events that tell a person nothing that is withheld: their own, and those of known cells."""
    blind = Project.objects.visible_to(user).filter(blind_first=True)
    known = Exists(_own_labels(user).filter(cell=OuterRef("cell")))
    # Asked first: a condition on other people's events costs a look for each of them.
    if not blind.exists():
        return events
    return events.filter(~Q(project__in=blind) | Q(actor=user.pk) | known)
