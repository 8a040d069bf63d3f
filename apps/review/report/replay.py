"""The slide as it was signed: each cell's class replayed from its events up to the version that was frozen."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.permissions import Person
from apps.cells.models import Cell, LabelEvent
from apps.cells.selectors.blind import undecided
from apps.registry.models import CellClass
from apps.review.models import Report
from apps.slides.models import Field

_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class SignedCell:
    """A cell at the moment of the signature: box in pixels of its field, class and letter; ``differs`` from now."""

    cell: str
    name: str
    letter: str
    colour: str
    x: float
    y: float
    width: float
    height: float
    differs: bool
    agrees: bool


@dataclass(frozen=True, slots=True)
class SignedField:
    """A field with its cells as they were signed."""

    field: Field
    cells: list[SignedCell]


def fields_signed(report: Report) -> list[tuple[Field, int]]:
    """Return the fields of a signed slide with how many cells each had then."""
    counted: dict[int, int] = {}
    for row in report.cells or []:
        counted[row[3]] = counted.get(row[3], 0) + 1
    fields = Field.objects.filter(slide=report.slide).order_by("position")
    return [(field, counted.get(field.position, 0)) for field in fields]


def field_signed(report: Report, field: Field, classes: list[CellClass], *, user: Person) -> SignedField:
    """Return one field as it was signed.

    The classes come from the events, the truth of every label, up to the frozen version; ``agrees`` says that they
    are what the report froze, as they always should be. Cells that the person could decide between two readers show no
    class.
    """
    frozen = [row for row in report.cells or [] if row[3] == field.position]
    replayed, now = _replayed([(row[0], row[1]) for row in frozen])
    looks = {c.name: (c.letter, c.colour) for c in classes}
    cells = []
    hidden = _undecided(report, user)
    for public_id, _version, signed, _position, x0, y0, x1, y1 in frozen:
        name = "" if public_id in hidden else signed
        letter, colour = looks.get(name, ("\N{MIDDLE DOT}" if name else "?", "#767676"))
        cells.append(
            SignedCell(
                cell=public_id,
                name=name,
                letter=letter,
                colour=colour,
                x=x0,
                y=y0,
                width=x1 - x0,
                height=y1 - y0,
                differs=bool(name) and now.get(public_id) != name,
                agrees=replayed.get(public_id, signed) == signed,
            )
        )
    return SignedField(field, cells)


def _undecided(report: Report, user: Person) -> set[str]:
    """Return the public ids of the cells of which the person may not know the class yet."""
    hidden = undecided(user, slide=report.slide_row)
    if not hidden:
        return set()
    return {str(one) for one in Cell.objects.filter(pk__in=hidden).values_list("public_id", flat=True)}


def _replayed(frozen: list[tuple[str, int]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the class of each cell by its events up to a version, and its class now (none where it is gone)."""
    then: dict[str, str] = {}
    now: dict[str, str] = {}
    for start in range(0, len(frozen), _AT_ONCE):
        part = dict(frozen[start : start + _AT_ONCE])
        cells = Cell.objects.standing().filter(public_id__in=part).order_by()
        for public_id, label, suggested in cells.values_list("public_id", "current_class", "suggested_class"):
            now[str(public_id)] = label or suggested
        events = LabelEvent.objects.filter(cell__public_id__in=part).order_by("version_after")
        for public_id, version, to_class in events.values_list(
            "cell__public_id", "version_after", "to_class"
        ):
            if version <= part[str(public_id)] and to_class:
                then[str(public_id)] = to_class
    return then, now
