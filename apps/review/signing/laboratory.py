"""What a project signs by: its rules, its laboratory, and that laboratory's reference ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core.editing import refuse_stale, stale
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.registry.models import Role
from apps.registry.selectors import classes_for
from apps.review.differential.count import rules_of
from apps.review.models import OLDEST, BorderRule, Laboratory, ReferenceRange, SigningRules, Unit
from apps.slides.models import Sex

MOST_RANGES = 500


@dataclass(frozen=True, slots=True)
class RangeValues:
    """A reference range as a person gives it; ages in years, ``age_high`` not included."""

    cell_class: str
    unit: str
    low: float
    high: float
    source: str
    valid_from: date
    sex: str = ""
    age_low: float = 0.0
    age_high: float = OLDEST


def rules_values(rules: SigningRules) -> dict[str, Any]:
    """Return what a manager may say, by the names of `save_rules`."""
    return {
        "laboratory": rules.laboratory.public_id if rules.laboratory is not None else None,
        "cells_needed": rules.cells_needed,
        "two_signers": rules.two_signers,
        "fields_complete": rules.fields_complete,
        "border": rules.border,
    }


def laboratories_for(*, user: User, project: Project) -> list[Laboratory]:
    """Return the laboratories that the person may give the project: those of projects that the person manages."""
    own = set(Laboratory.objects.managed_by(user))
    now = rules_of(project).laboratory
    return sorted(own | ({now} if now else set()), key=lambda each: (each.name, each.pk))


def save_rules(
    *,
    actor: User,
    project: Project,
    laboratory: UUID | None,
    new_laboratory: str,
    cells_needed: int,
    two_signers: bool,
    fields_complete: bool,
    border: str,
    version: str,
    request: HttpRequest | None = None,
) -> SigningRules:
    """Say what the project asks for before signing and whose ranges it judges by, on the values of ``version``.

    Args:
        actor: A manager of the project.
        project: Which.
        laboratory: One of `laboratories_for` the actor; None for none.
        new_laboratory: The name of one that is made for this project; goes before ``laboratory``.
        cells_needed: How many leukocytes at least.
        two_signers: Whether a second person signs.
        fields_complete: Whether every field must be marked complete.
        border: One of ``BorderRule``: which cells that the border cuts are counted.
        version: Of the values that the person saw.
        request: Where it came from.

    Raises:
        NotFound, NotPermitted: the person may not change what the project signs by.
        InvalidInput: a value makes no sense, or the laboratory is not one of the person's.
        Conflict: somebody changed the rules since; ``detail`` holds both values.
    """
    require(actor, Action.RANGES, project)
    name = " ".join(new_laboratory.split())
    if len(name) > 120:
        raise InvalidInput("The name of a laboratory has at most 120 characters.", code="laboratory")
    if not 1 <= cells_needed <= 100_000:
        raise InvalidInput("Ask for 1 to 100000 leukocytes.", code="cells")
    if border not in BorderRule.values:
        raise InvalidInput("Choose which cells at the border are counted.", code="border")
    found = rules_of(project)
    seen = rules_values(found)
    wanted: dict[str, Any] = {
        "laboratory": laboratory,
        "cells_needed": cells_needed,
        "two_signers": two_signers,
        "fields_complete": fields_complete,
        "border": border,
    }
    refuse_stale(seen=version, what="page", yours=wanted, current=seen)
    chosen = None
    if not name and laboratory is not None:
        allowed = {each.public_id: each for each in laboratories_for(user=actor, project=project)}
        if laboratory not in allowed:
            raise InvalidInput("Choose a laboratory of a project that you manage.", code="laboratory")
        chosen = allowed[laboratory]
    with transaction.atomic():
        if name:
            chosen = Laboratory.objects.create(name=name)
        SigningRules.objects.get_or_create(project=project)
        moved = SigningRules.objects.filter(**_same(project, found)).update(
            **{**wanted, "laboratory": chosen}
        )
        if moved:
            audit.record(
                actor=actor,
                verb="rules-changed",
                project=project,
                target=f"project:{project.public_id}",
                detail={**wanted, "laboratory": chosen.name if chosen else None},
                request=request,
            )
        else:
            transaction.set_rollback(True)
    if not moved:
        raise stale(what="page", yours=wanted, current=rules_values(rules_of(project)))
    return rules_of(project)


def _same(project: Project, found: SigningRules) -> dict[str, Any]:
    return {
        "project": project,
        "laboratory": found.laboratory,
        "cells_needed": found.cells_needed,
        "two_signers": found.two_signers,
        "fields_complete": found.fields_complete,
        "border": found.border,
    }


def held_range(*, project: Project, public_id: UUID) -> ReferenceRange:
    """Return a range of the project's laboratory that holds.

    Raises:
        NotFound: when there is none.
    """
    laboratory = rules_of(project).laboratory
    found = (
        laboratory.ranges.filter(public_id=public_id, ended_at__isnull=True).first() if laboratory else None
    )
    if found is None:
        raise NotFound("This laboratory has no such range, or it holds no more.")
    return found


def add_ranges(
    *, actor: User, project: Project, ranges: Sequence[RangeValues], request: HttpRequest | None = None
) -> list[ReferenceRange]:
    """Add reference ranges to the project's laboratory, all or none.

    Raises:
        NotFound, NotPermitted: the person may not change what the project signs by.
        InvalidInput: the project has no laboratory, a value makes no sense, or a range overlaps one that holds.
    """
    with transaction.atomic():
        laboratory = _laboratory(actor, project)
        made = [_add(actor, project, laboratory, values) for values in ranges]
        if laboratory.ranges.filter(ended_at__isnull=True).count() > MOST_RANGES:
            raise InvalidInput(f"A laboratory has at most {MOST_RANGES} ranges.", code="too-many")
        _record(actor, project, added=len(made), ended=0, request=request)
    return made


def change_range(
    *,
    actor: User,
    project: Project,
    public_id: UUID,
    values: RangeValues,
    request: HttpRequest | None = None,
) -> ReferenceRange:
    """Put a range in the place of one that holds; the old one is ended and stays in the table.

    Raises:
        NotFound, NotPermitted, InvalidInput: as `add_ranges`; also when the laboratory has no such range.
        Conflict: somebody changed or ended the range meanwhile.
    """
    with transaction.atomic():
        laboratory = _laboratory(actor, project)
        _end(actor, laboratory, public_id)
        made = _add(actor, project, laboratory, values)
        _record(actor, project, added=1, ended=1, request=request)
    return made


def end_range(*, actor: User, project: Project, public_id: UUID, request: HttpRequest | None = None) -> None:
    """Let a range hold no more. Raises as `change_range`."""
    with transaction.atomic():
        _end(actor, _laboratory(actor, project), public_id)
        _record(actor, project, added=0, ended=1, request=request)


def _laboratory(actor: User, project: Project) -> Laboratory:
    require(actor, Action.RANGES, project)
    laboratory = rules_of(project).laboratory
    if laboratory is None:
        raise InvalidInput(
            "Name the laboratory of this project first: ranges are a laboratory's.", code="laboratory"
        )
    return laboratory


def _end(actor: User, laboratory: Laboratory, public_id: UUID) -> None:
    old = laboratory.ranges.filter(public_id=public_id).first()
    if old is None:
        raise NotFound("This laboratory has no such range.")
    held = ReferenceRange.objects.filter(pk=old.pk, ended_at__isnull=True)
    if not held.update(ended_at=timezone.now(), ended_by=actor):
        raise Conflict(
            "Somebody changed or ended this range meanwhile. Look at what holds now.", code="stale"
        )


def _add(actor: User, project: Project, laboratory: Laboratory, values: RangeValues) -> ReferenceRange:
    _check(project, values)
    same = laboratory.ranges.filter(
        ended_at__isnull=True,
        cell_class=values.cell_class,
        unit=values.unit,
        sex=values.sex,
        valid_from=values.valid_from,
    )
    bands = same.filter(age_low__lt=values.age_high, age_high__gt=values.age_low)
    taken = InvalidInput(
        f"A range of {values.cell_class} in {Unit(values.unit).label} for these ages and this sex holds from the "
        "same day already. Change it, or end it first.",
        code="overlap",
    )
    if any(
        _in_the_way(band, (values.age_low, values.age_high))
        for band in bands.values_list("age_low", "age_high")
    ):
        raise taken
    try:
        with transaction.atomic():
            return ReferenceRange.objects.create(
                laboratory=laboratory,
                cell_class=values.cell_class,
                unit=values.unit,
                sex=values.sex,
                age_low=values.age_low,
                age_high=values.age_high,
                low=values.low,
                high=values.high,
                source=" ".join(values.source.split()),
                valid_from=values.valid_from,
                made_by=actor,
            )
    except IntegrityError as problem:
        raise taken from problem


def _in_the_way(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether of two overlapping age bands neither lies within the other: then nothing tells which holds."""
    if one == other:
        return True
    within = (one[0] <= other[0] and other[1] <= one[1]) or (other[0] <= one[0] and one[1] <= other[1])
    return not within


def _check(project: Project, values: RangeValues) -> None:
    """Raise what makes no sense about a range, in words."""
    roles = {c.name: c.role for c in classes_for(project)}
    role = roles.get(values.cell_class)
    if role not in {Role.LEUKOCYTE, Role.NRBC}:
        raise InvalidInput(f"“{values.cell_class}” is no class with a share of the count.", code="class")
    allowed = {Unit.PERCENT, Unit.ABSOLUTE} if role == Role.LEUKOCYTE else {Unit.PER_100}
    if values.unit not in {unit.value for unit in allowed}:
        words = " or ".join(sorted(unit.label for unit in allowed))
        raise InvalidInput(f"A range of {values.cell_class} is in {words}.", code="unit")
    numbers = (values.low, values.high, values.age_low, values.age_high)
    if not all(math.isfinite(number) for number in numbers):
        raise InvalidInput("Limits and ages are numbers.", code="numbers")
    largest = 100 if values.unit == Unit.PERCENT else 2000
    if not 0 <= values.low < values.high <= largest:
        raise InvalidInput(f"The limits go up, from 0 or more to {largest} or less.", code="limits")
    if not 0 <= values.age_low < values.age_high <= OLDEST:
        raise InvalidInput(f"The ages go up, from 0 or more to {OLDEST:g} or less.", code="ages")
    if values.sex not in Sex.values:
        raise InvalidInput("Sex is female, male, or empty for both.", code="sex")
    if not values.source.strip() or len(values.source) > 300:
        raise InvalidInput("Every range needs its source, in up to 300 characters.", code="source")


def _record(actor: User, project: Project, *, added: int, ended: int, request: HttpRequest | None) -> None:
    audit.record(
        actor=actor,
        verb="ranges-changed",
        project=project,
        target=f"project:{project.public_id}",
        detail={"added": added, "ended": ended},
        request=request,
    )
