"""What a person may not know yet: in a project that reads blind first, a cell shows nothing before one's own label.

Withheld are class, suggestion, probabilities and what others wrote, until the person has given the cell a label; having
withdrawn it again hides nothing, since the person has seen what there was to see. The same is withheld of a cell on
which two readers differ, from everybody who could still decide it (`undecided_cells`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Project, User
from apps.accounts.permissions import Person
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState
from apps.core.compiled import CompiledRead
from apps.core.errors import NotPermitted
from apps.core.registries import Hook, undecided_cells


def _own_labels(user: Person) -> QuerySet[LabelEvent]:
    """Return the labels a person gave of their own accord."""
    kinds = (EventKind.LABEL, EventKind.ADD)
    return LabelEvent.objects.filter(actor=user.pk, kind__in=kinds).exclude(to_class="").order_by()


@cache
def _undecided(hook: Hook, where: str) -> CompiledRead[int]:
    """Return the read of what a room above withholds, its statement written once: it is asked with every act."""
    if not where:
        return CompiledRead(lambda user: hook(user=User(pk=user)), user=int)
    return CompiledRead(lambda user, at: hook(user=User(pk=user), **{where: at}), user=int, at=int)


def undecided(user: Person, **where: int) -> frozenset[int]:
    """Return the keys of the cells that wait for a decision this person could make, so may know nothing of.

    Args:
        user: Who asks.
        where: The key of a ``slide``, a ``project`` or a ``cell`` to ask about; everywhere without one.
    """
    if user.pk is None:
        return frozenset()
    ((name, at),) = where.items() or [("", 0)]
    values = {"user": user.pk, "at": at} if name else {"user": user.pk}
    return frozenset(pk for hook in undecided_cells for pk in _undecided(hook, name).all(**values))


def known_to(cells: QuerySet[Cell], user: Person, *, blind: bool, hidden: frozenset[int]) -> QuerySet[Cell]:
    """Return those of some cells of which a person may know the class; ``hidden`` of `undecided`."""
    if blind:
        cells = revealed(cells, user)
    return cells.exclude(pk__in=hidden) if hidden else cells


def revealed(cells: QuerySet[Cell], user: Person) -> QuerySet[Cell]:
    """Return those of some cells that a person has labelled."""
    return cells.filter(Exists(_own_labels(user).filter(cell=OuterRef("pk"))))


def withheld(
    cells: QuerySet[Cell], *, user: Person, project: Project, slide: int | None = None
) -> frozenset[int]:
    """Return the keys of cells about which the person may know nothing yet, all such ones of ``cells`` among them.

    Without a query of the cells where reading is not blind; ``slide`` is their slide's key, where they lie on one.
    """
    hidden = undecided(user, project=project.pk) if slide is None else undecided(user, slide=slide)
    if not project.blind_first:
        return hidden
    blind = cells.filter(~Exists(_own_labels(user).filter(cell=OuterRef("pk"))))
    return hidden | frozenset(blind.order_by().values_list("pk", flat=True))


def is_withheld(cell: Cell, user: Person) -> bool:
    """Return whether the person may know nothing about a cell yet."""
    if cell.project.blind_first and not _own_labels(user).filter(cell=cell).exists():
        return True
    return cell.pk in undecided(user, cell=cell.pk)


def hidden_state(state: str) -> str:
    """Return how far a cell is, for a person who may not know that others have labelled it."""
    return ReviewState.SEEN.value if state == ReviewState.LABELLED else str(state)


def cover(cells: Iterable[Cell], user: Person) -> None:
    """Empty what a person may not know yet of cells that are to be shown, never saved; their projects are at hand."""
    shown = list(cells)
    blind = {cell.pk for cell in shown if cell.project.blind_first}
    if blind:
        blind -= set(_own_labels(user).filter(cell__in=blind).values_list("cell_id", flat=True))
    for project in {cell.project_id for cell in shown}:
        blind |= undecided(user, project=project)
    for cell in shown:
        if cell.pk in blind:
            cell.current_class = cell.suggested_class = cell.reference_class = ""
            cell.suggested_probability, cell.classifier_version, cell.labelled_by = None, None, None
            cell.unidentified = True
            cell.review_state = hidden_state(cell.review_state)


def only_known(cells: QuerySet[Cell], user: Person) -> QuerySet[Cell]:
    """Return those of some cells of which a person may know the class: for a search by class."""
    known = Exists(_own_labels(user).filter(cell=OuterRef("pk")))
    hidden = undecided(user)
    found = cells.filter(Q(project__blind_first=False) | known)
    return found.exclude(pk__in=hidden) if hidden else found


def without_secrets(events: QuerySet[LabelEvent], user: Person) -> QuerySet[LabelEvent]:
    """Return those of some events that tell a person nothing that is withheld: their own, and those of known cells."""
    hidden = undecided(user)
    if hidden:
        events = events.filter(~Q(cell__in=hidden) | Q(actor=user.pk))
    blind = Project.objects.visible_to(user).filter(blind_first=True)
    known = Exists(_own_labels(user).filter(cell=OuterRef("cell")))
    # Asked first: a condition on other people's events costs a look for each of them.
    if not blind.exists():
        return events
    return events.filter(~Q(project__in=blind) | Q(actor=user.pk) | known)


def refuse_undecided(user: Person, **where: int) -> None:
    """Let nobody take labels out of a slide or project who could still decide between two readers there.

    Raises:
        NotPermitted: with what to do.
    """
    n = len(undecided(user, **where))
    if n:
        cells = "cells wait" if n > 1 else "cell waits"
        raise NotPermitted(
            f"{n} {cells} for a decision between two readers that you could make, so you may not see the labels yet. "
            "Decide, or open the table of agreement, under “Second readings”.",
            code="undecided",
        )
