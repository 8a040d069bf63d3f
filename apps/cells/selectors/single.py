"""The looks at one cell that most requests are, with statements written once: acts, their answers, its picture."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.cells.models import Cell, Comment, LabelEvent, Suggestion
from apps.cells.selectors.counting import groups_of
from apps.core.compiled import CompiledRead
from apps.core.registries import cell_visibility_rules, visibility_rules


def _rules() -> Hashable:
    """Return on what the statements depend besides their values: the rules that rooms above have registered."""
    return (*visibility_rules, *cell_visibility_rules)


def _by_rank(build: Callable[[User, UUID], QuerySet[Cell, Any]]) -> dict[bool, CompiledRead[Any]]:
    """Return the read for site administrators (True), who see all projects, and for everybody else."""

    def of(*, administrator: bool) -> CompiledRead[Any]:
        return CompiledRead(
            # Visibility asks who somebody is, and nothing else of the person.
            lambda user, cell: build(User(pk=user, is_superuser=administrator), cell),
            depends=_rules,
            optional={"user"},
            user=int,
            cell=UUID,
        )

    return {True: of(administrator=True), False: of(administrator=False)}


_acted_on = _by_rank(
    lambda user, cell: (
        Cell.objects.acted_on_by(user).filter(public_id=cell).select_related("project").order_by()
    )
)
_picture = _by_rank(
    lambda user, cell: (
        Cell.objects.visible_to(user).filter(public_id=cell).order_by().values_list("crop_key", flat=True)
    )
)

_probabilities: CompiledRead[dict[str, float]] = CompiledRead(
    lambda cell: Suggestion.objects.in_force().filter(cell=cell).values_list("probabilities", flat=True),
    cell=int,
)
_comments: CompiledRead[tuple[int, int]] = CompiledRead(
    lambda cell: Comment.objects.filter(cell=cell).order_by().values_list("cell_id").annotate(n=Count("pk")),
    cell=int,
)
_groups: CompiledRead[tuple[str, str, bool, int]] = CompiledRead(
    lambda slide: groups_of(Cell.objects.standing().filter(field__slide=slide)),
    slide=int,
)
# Further events of the act, or later ones of the person.
_beside: CompiledRead[int] = CompiledRead(
    lambda actor, project, event, act: (
        LabelEvent.objects.filter(actor=actor, project=project)
        .filter(Q(pk__gt=event) | Q(act=act, pk__lt=event))
        .order_by()
        .values_list("pk", flat=True)[:1]
    ),
    actor=int,
    project=int,
    event=int,
    act=UUID,
)


def probabilities_of_one(cell: int) -> dict[str, float]:
    """Return the probabilities of the suggestion in force of a cell, by its key."""
    return _probabilities.first(cell=cell) or {}


def comments_on(cell: int) -> int:
    """Return how many comments a cell has."""
    found = _comments.first(cell=cell)
    return found[1] if found else 0


def groups_on(slide: int) -> list[tuple[str, str, bool, int]]:
    """Return what a count of a slide's standing cells adds up: label, suggestion, unidentified, number."""
    return _groups.all(slide=slide)


def is_whole_last_act(event: LabelEvent) -> bool:
    """Return whether an event is its person's newest in the project and alone makes up its act."""
    return not _beside.all(actor=event.actor_id, project=event.project_id, event=event.pk, act=event.act)


def acted_on(user: User, public_id: UUID) -> Cell | None:
    """Return a cell that the person may see, as `acted_on_by` does and with its project; None when there is none."""
    if not user.is_active:
        return None
    found: Cell | None = _acted_on[user.is_superuser].first(user=user.pk, cell=public_id)
    return found


def crop_key(user: User, public_id: UUID) -> str | None:
    """Return the key of a visible cell's picture, "" for a cell without one; None when there is no such cell."""
    if not user.is_active:
        return None
    found: str | None = _picture[user.is_superuser].first(user=user.pk, cell=public_id)
    return found
