"""Labels and withdrawals, one or many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from django.db import IntegrityError
from django.db.models import F
from django.http import HttpRequest

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell, LabelEvent, Suggestion
from apps.cells.selectors.blind import undecided, withheld
from apps.cells.selectors.single import acted_on
from apps.cells.services import refusals
from apps.cells.services.acts import Entry, LabelAct, Outcome, Shown
from apps.cells.services.writing import SomebodyWasFaster, write
from apps.core.errors import DomainError, InvalidInput
from apps.registry.selectors import classes_for

MOST_AT_ONCE = 500
"""How many acts one list may hold: below SQLite's smallest limit on the variables of one statement."""


def label(
    *,
    actor: User,
    cell: Cell | UUID,
    to_class: str | None,
    expected_version: int,
    seen_suggestion: bool,
    suggestion: UUID | None = None,
    idempotency_key: str | None = None,
    act: UUID | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Give a cell (or the cell with a public id) a class by hand, or withdraw one's own label with None.

    See `LabelAct` for what the page says of the suggestion. A repeated ``idempotency_key`` of the same person
    returns the event of the first time and changes nothing.

    Returns:
        The appended event; its ``cell`` carries the new class and version.

    Raises:
        NotFound: the person may not know the cell.
        NotPermitted: the person may see but not label, or the label to withdraw is somebody else's.
        InvalidInput: the class is not in the project's list, there is no label to withdraw, or the model named
            never spoke about this cell.
        Conflict: somebody changed the cell since ``expected_version``; ``detail`` holds both values.
        Gone: a later analysis replaced the cell, or a person removed it.
    """
    wanted = LabelAct(
        cell=cell.public_id if isinstance(cell, Cell) else cell,
        to_class=to_class,
        expected_version=expected_version,
        seen_suggestion=seen_suggestion,
        suggestion=suggestion,
        idempotency_key=idempotency_key,
        act=act,
    )
    (outcome,) = label_list(actor=actor, acts=[wanted], request=request)
    if outcome.event is None:
        raise outcome.error or refusals.not_found()
    return outcome.event


def withdraw(
    *,
    actor: User,
    cell: Cell | UUID,
    expected_version: int,
    seen_suggestion: bool,
    suggestion: UUID | None = None,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Take one's own label back: the cell counts as the model suggests again. Raises as `label`."""
    return label(
        actor=actor,
        cell=cell,
        to_class=None,
        expected_version=expected_version,
        seen_suggestion=seen_suggestion,
        suggestion=suggestion,
        idempotency_key=idempotency_key,
        request=request,
    )


def label_list(*, actor: User, acts: Sequence[LabelAct], request: HttpRequest | None = None) -> list[Outcome]:
    """Do many acts on different cells; what is refused leaves the others alone.

    Those that name no act of their own are one act of the person. What is not refused is written in one transaction,
    with statements whose number does not grow with the list.

    Returns:
        What became of each, in the order given.

    Raises:
        InvalidInput: the list is too long, or names a cell or a key twice.
    """
    _refuse_doubles(acts)
    careful, one_act = False, uuid4()
    # Whoever was faster has moved a cell for good, so each round refuses one act more than the one before.
    for _ in range(len(acts) + 1):
        outcomes, entries = _deliberate(actor, acts, one_act, careful=careful)
        if not entries:
            return outcomes
        try:
            events = write(actor=actor, entries=entries, request=request)
        except (SomebodyWasFaster, IntegrityError) as problem:
            # A key that was used before breaks a constraint: the next round asks for keys as well.
            careful, last = True, problem
        except DomainError as refusal:
            # A room above refuses one of them, and which one it does not say: of many each is tried alone.
            if len(acts) > 1:
                each = [replace(act, act=act.act or one_act) for act in acts]
                return [label_list(actor=actor, acts=[act], request=request)[0] for act in each]
            outcome = _outcome_of(outcomes, entries[0])
            outcome.cell, outcome.error = None, refusal
            return outcomes
        else:
            for event in events:
                _outcome_of(outcomes, entries[0]).event = event
            return outcomes
    raise last


def _outcome_of(outcomes: Sequence[Outcome], entry: Entry) -> Outcome:
    return next(outcome for outcome in outcomes if outcome.cell is entry.cell)


def _refuse_doubles(acts: Sequence[LabelAct]) -> None:
    if len(acts) > MOST_AT_ONCE:
        raise InvalidInput(f"At most {MOST_AT_ONCE} labels at once.", code="too-many")
    if len({act.cell for act in acts}) < len(acts):
        raise InvalidInput("A list may name a cell only once.", code="cell-twice")
    keys = [act.idempotency_key for act in acts if act.idempotency_key]
    if len(set(keys)) < len(keys):
        raise InvalidInput("Each label of a list needs an idempotency key of its own.", code="key-twice")


def _deliberate(
    actor: User, acts: Sequence[LabelAct], one_act: UUID, *, careful: bool
) -> tuple[list[Outcome], list[Entry]]:
    """Ask everything that could refuse an act, of cells as they are now; write nothing.

    ``careful`` asks for the keys of all acts; else only where the cell has moved on, perhaps by this very act.
    """
    cells = _cells(actor, [act.cell for act in acts])
    refused = _refused_projects(actor, cells)
    outcomes = [Outcome(act, cells.get(act.cell)) for act in acts]
    removed: list[Outcome] = []
    moved: list[Outcome] = []
    open_: list[Outcome] = []
    for outcome in outcomes:
        cell = outcome.cell
        if cell is None:
            outcome.error = refusals.not_found()
        elif cell.project_id in refused:
            outcome.error = refused[cell.project_id]
        elif cell.retired_at is not None:
            outcome.error = refusals.gone()
        elif cell.removed_at is not None:
            removed.append(outcome)
        elif cell.version != outcome.act.expected_version:
            moved.append(outcome)
        else:
            open_.append(outcome)
    _find_repeated(actor, removed + moved + (open_ if careful else []))
    for outcome in removed:
        if _is_open(outcome):
            outcome.error = refusals.removed()
    _explain_conflicts(actor, [outcome for outcome in moved if _is_open(outcome)])
    open_ = [outcome for outcome in open_ if _is_open(outcome)]
    _ask_classes(open_)
    _ask_withdrawals(actor, open_)
    _ask_decisions(actor, [outcome for outcome in open_ if _is_open(outcome)])
    entries = _entries(actor, [outcome for outcome in open_ if _is_open(outcome)], one_act)
    for outcome in outcomes:
        if outcome.error is not None:
            outcome.cell = None
    return outcomes, entries


def _is_open(outcome: Outcome) -> bool:
    return outcome.error is None and outcome.event is None


def _cells(actor: User, ids: Sequence[UUID]) -> dict[UUID, Cell]:
    """Return the cells as the database has them now, those of the list that the actor may know."""
    if len(ids) == 1:
        alone = acted_on(actor, ids[0])
        return {} if alone is None else {alone.public_id: alone}
    asked = Cell.objects.acted_on_by(actor).filter(public_id__in=ids).order_by()
    # One object for each project, not for each cell.
    cells = {cell.public_id: cell for cell in asked}
    projects = Project.objects.in_bulk({cell.project_id for cell in cells.values()})
    for cell in cells.values():
        cell.project = projects[cell.project_id]
    return cells


def _refused_projects(actor: User, cells: dict[UUID, Cell]) -> dict[int, DomainError]:
    """Return why the actor may not label in some of the cells' projects."""
    refused: dict[int, DomainError] = {}
    for project in {cell.project_id: cell.project for cell in cells.values()}.values():
        try:
            require(actor, Action.LABEL, project)
        except DomainError as refusal:
            refused[project.pk] = refusal
    return refused


def _find_repeated(actor: User, outcomes: Sequence[Outcome]) -> None:
    """Give the acts that were done before the event of the first time."""
    keys = {o.act.idempotency_key: o for o in outcomes if o.act.idempotency_key}
    if not keys:
        return
    for event in LabelEvent.objects.filter(actor=actor, idempotency_key__in=list(keys)):
        outcome = keys[event.idempotency_key or ""]
        act, cell = outcome.act, outcome.cell
        if cell is None or (event.cell_id, event.kind, event.to_class) != (
            cell.pk,
            act.kind,
            act.to_class or "",
        ):
            outcome.error = refusals.key_reused()
        else:
            event.cell = cell
            outcome.event = event


def _explain_conflicts(actor: User, outcomes: Sequence[Outcome]) -> None:
    """Refuse acts on cells that moved on, each with the person's value and the one that stands."""
    cells = [outcome.cell for outcome in outcomes if outcome.cell is not None]
    if not cells:
        return
    # A cell's version is 1 plus the number of its events.
    newest = LabelEvent.objects.filter(cell__in=cells, version_after=F("cell__version")).select_related(
        "actor"
    )
    by_cell = {event.cell_id: event for event in newest.order_by()}
    secret = _secret(actor, cells) | _waiting(actor, cells)
    for outcome in outcomes:
        if outcome.cell is not None:
            outcome.error = refusals.conflict(
                cell=outcome.cell,
                yours=outcome.act.to_class,
                newest=by_cell.get(outcome.cell.pk),
                withheld=outcome.cell.pk in secret,
            )


def _secret(actor: User, cells: Sequence[Cell]) -> frozenset[int]:
    """Return those of some cells of which the actor's own label must come first, where reading is blind."""
    secret: frozenset[int] = frozenset()
    for project in {cell.project_id: cell.project for cell in cells if cell.project.blind_first}.values():
        own = Cell.objects.filter(pk__in=[cell.pk for cell in cells if cell.project_id == project.pk])
        secret |= withheld(own, user=actor, project=project)
    return secret


def _waiting(actor: User, cells: Sequence[Cell]) -> frozenset[int]:
    """Return those of some cells that wait for a decision which the actor could make."""
    if len(cells) == 1:
        return undecided(actor, cell=cells[0].pk)
    projects = {cell.project_id for cell in cells}
    return frozenset().union(*(undecided(actor, project=project) for project in projects))


def _ask_decisions(actor: User, outcomes: Sequence[Outcome]) -> None:
    """Refuse to label a cell on which two readers differ in passing: it is decided where both classes are shown."""
    waiting = _waiting(actor, [outcome.cell for outcome in outcomes if outcome.cell is not None])
    for outcome in outcomes:
        if outcome.cell is not None and outcome.cell.pk in waiting:
            outcome.error = refusals.to_be_decided()


def _ask_classes(outcomes: Sequence[Outcome]) -> None:
    """Refuse classes outside the list of a cell's project."""
    names: dict[int, set[str]] = {}
    for outcome in outcomes:
        to_class, cell = outcome.act.to_class, outcome.cell
        if to_class is None or cell is None:
            continue
        if cell.project_id not in names:
            names[cell.project_id] = {c.name for c in classes_for(cell.project)}
        if to_class not in names[cell.project_id]:
            outcome.error = refusals.unknown_class(to_class)


def _ask_withdrawals(actor: User, outcomes: Sequence[Outcome]) -> None:
    """Refuse the withdrawal of what is not there, or is somebody else's."""
    for outcome in outcomes:
        if outcome.act.to_class is None and outcome.cell is not None:
            outcome.error = refusals.of_withdrawal(actor=actor, cell=outcome.cell)


def _entries(actor: User, outcomes: Sequence[Outcome], one_act: UUID) -> list[Entry]:
    """Return what is to be written; refuses acts that name a model which never spoke about the cell."""
    shown = _shown(outcomes)
    secret = _secret(actor, [outcome.cell for outcome in outcomes if outcome.cell is not None])
    entries = []
    for outcome in outcomes:
        if outcome.cell is None:
            continue
        found = shown(outcome.act, outcome.cell)
        if found is None:
            outcome.error = refusals.unknown_suggestion()
            continue
        act = outcome.act
        # Nobody has seen what was withheld, whatever the page says.
        seen = found.seen and outcome.cell.pk not in secret
        entries.append(
            Entry(
                outcome.cell,
                act.kind,
                act.to_class or "",
                Shown(found.model_version_id, seen),
                act.idempotency_key,
                act=act.act or one_act,
            )
        )
    return entries


def _shown(outcomes: Sequence[Outcome]) -> Callable[[LabelAct, Cell], Shown | None]:
    """Return the function that says which model's suggestion an act goes by; it gives None for one that never spoke."""
    # What the page usually names is the suggestion in force, and that a cell carries itself.
    unclear = [
        o.cell.pk for o in outcomes if o.cell is not None and not _names_the_one_in_force(o.act, o.cell)
    ]
    spoke: defaultdict[int, dict[UUID, int]] = defaultdict(dict)
    if unclear:
        said = Suggestion.objects.filter(cell__in=unclear).order_by()
        for pk, public_id, version_pk in said.values_list(
            "cell_id", "model_version__public_id", "model_version_id"
        ):
            spoke[pk][public_id] = version_pk

    def decide(act: LabelAct, cell: Cell) -> Shown | None:
        if _names_the_one_in_force(act, cell):
            return Shown(cell.classifier_version_id, act.seen_suggestion)
        if act.suggestion is not None:
            version_pk = spoke[cell.pk].get(act.suggestion)
            return None if version_pk is None else Shown(version_pk, act.seen_suggestion)
        # Nobody has seen a suggestion that was never made, and which of several was on screen nobody can tell.
        others = set(spoke[cell.pk].values()) - {cell.classifier_version_id}
        seen = act.seen_suggestion and bool(cell.suggested_class) and not others
        return Shown(cell.classifier_version_id, seen)

    return decide


def _names_the_one_in_force(act: LabelAct, cell: Cell) -> bool:
    return act.suggestion is not None and act.suggestion == cell.suggested_by and bool(cell.suggested_class)
