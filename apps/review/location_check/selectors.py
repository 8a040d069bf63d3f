"""Reads of location checks: what can be checked, how far a check is, what came out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from apps.accounts.models import Project, User
from apps.core.errors import NotFound
from apps.inference.models import FieldAnalysis
from apps.review.models import LocationCheck, LocationCheckField, LocationCheckResult
from apps.slides.models import Field
from apps.slides.selectors import NOTHING_HERE

LEAST_SHARE = 0.95
"""Below this share of found cells the site warns. A limit of our own: none is published (CellaVision computes the
share daily on 200 nucleated cells, as its quick guide says, without a limit)."""

MOST_PLACES = 1_000_000

CELLS_WANTED = 200
"""How many white cells a check is to hold: as many as the commercial analysers take."""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are checked together: one stain on one device."""

    stain: str
    device: UUID | None
    device_name: str
    fields: int
    cells: int

    @property
    def key(self) -> str:
        """Return its name in a form."""
        return f"{self.device or ''}|{self.stain}"

    @property
    def words(self) -> str:
        """Return what people call it."""
        return in_words(self.stain, self.device_name)


def in_words(stain: str, device_name: str) -> str:
    """Return stain and device as people read them."""
    return f"{stain or 'Stain not named'}, {device_name or 'device not named'}"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a check holds: cells the locator found, cells it missed, boxes without a cell.

    ``low`` and ``high`` are the ends of the exact 95 % interval of the found share (Clopper-Pearson; it takes cells for
    independent, which those of one field are only nearly); None without a cell.
    """

    read: int
    found: int
    missed: int
    false_boxes: int
    wanted: int

    @property
    def cells(self) -> int:
        """Return how many white cells there are by the person's word."""
        return self.found + self.missed

    @property
    def share(self) -> float | None:
        """Return the found share, None without a cell."""
        return self.found / self.cells if self.cells else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the exact 95 % interval of the found share."""
        from ml.metrics.intervals import clopper_pearson  # here: no process pays for it that shows no check

        return clopper_pearson(self.found, self.cells) if self.cells else None

    @property
    def share_words(self) -> str:
        """Return the found share as people read it."""
        return "" if self.share is None else f"{100 * self.share:.1f} %"

    @property
    def interval_words(self) -> str:
        """Return the interval as people read it."""
        return "" if self.interval is None else "{:.1f} to {:.1f} %".format(*(100 * v for v in self.interval))

    @property
    def needed(self) -> int:
        """Return how many more cells it takes."""
        return max(0, self.wanted - self.cells)

    @property
    def too_low(self) -> bool:
        """Return whether to warn."""
        return self.share is not None and self.share < LEAST_SHARE


def checkable(*, user: User, project: Project) -> QuerySet[Field]:
    """Return the fields that a check may draw: analysed ones of real slides, which the person may see."""
    return Field.objects.visible_to(user).filter(
        project=project, slide__simulated=False, analyses__isnull=False
    )


def groups(*, user: User, project: Project) -> list[Group]:
    """Return the pairs of stain and device that have analysed fields, those with the most fields first."""
    keys = checkable(user=user, project=project).values("pk")
    rows = (
        FieldAnalysis.objects.filter(field__in=keys)
        .order_by()
        .values_list(
            "field__slide__specimen__stain", "field__slide__device__public_id", "field__slide__device__name"
        )
        .annotate(fields=Count("field", distinct=True), cells=Sum("cells_found"))
    )
    found = [Group(stain, device, name or "", n, cells or 0) for stain, device, name, n, cells in rows]
    return sorted(found, key=lambda group: (-group.fields, group.words))


def get_check(*, user: User, public_id: UUID) -> LocationCheck:
    """Return a check of a project that the person may see.

    Raises:
        NotFound: otherwise.
    """
    checks = LocationCheck.objects.visible_to(user).select_related(
        "project", "device", "started_by", "closed_by"
    )
    check = checks.filter(public_id=public_id).first()
    if check is None:
        raise NotFound(NOTHING_HERE)
    return check


def get_place(*, user: User, check: LocationCheck, number: int) -> LocationCheckField:
    """Return a drawn field that the person may see.

    Raises:
        NotFound: otherwise.
    """
    if number > MOST_PLACES:  # more than a column of the database holds
        raise NotFound(NOTHING_HERE)
    place = check.places.select_related("field__slide", "check_of__project").filter(number=number).first()
    if place is None or not Field.objects.visible_to(user).filter(pk=place.field_id).exists():
        raise NotFound(NOTHING_HERE)
    return place


@dataclass(frozen=True, slots=True)
class Read:
    """A drawn field and the result in force, None while nobody has read it."""

    place: LocationCheckField
    result: LocationCheckResult | None

    @property
    def found(self) -> int:
        """Return how many boxes held a cell; those of a field not read count as found."""
        return len(self.place.boxes) - (len(self.result.false_boxes) if self.result else 0)


def reads_of(check: LocationCheck) -> list[Read]:
    """Return the drawn fields of a check in their order, each with the result in force; two queries."""
    newest: dict[int, LocationCheckResult] = {}
    for result in LocationCheckResult.objects.filter(place__check_of=check).select_related("actor"):
        newest[result.place_id] = result
    return [Read(place, newest.get(place.pk)) for place in check.places.select_related("field__slide")]


def tally_of(check: LocationCheck, reads: Iterable[Read] = ()) -> Tally:
    """Return what a check holds: the frozen counts of a closed one, else what the read fields say."""
    if check.closed_at is not None:
        return Tally(
            check.fields_read or 0, check.found or 0, check.missed or 0, check.false_boxes or 0, check.wanted
        )
    done = [(read, read.result) for read in reads if read.result is not None]
    return Tally(
        read=len(done),
        found=sum(read.found for read, _ in done),
        missed=sum(len(result.missed) for _, result in done),
        false_boxes=sum(len(result.false_boxes) for _, result in done),
        wanted=check.wanted,
    )


def checks_of(*, user: User, project: Project) -> list[LocationCheck]:
    """Return the checks of a project, the newest first."""
    checks = LocationCheck.objects.visible_to(user).filter(project=project)
    return list(checks.select_related("started_by", "closed_by").order_by("-id"))


def open_ones(checks: Sequence[LocationCheck]) -> list[LocationCheck]:
    """Return those that are not closed."""
    return [check for check in checks if check.closed_at is None]


def next_unread(reads: Iterable[Read]) -> LocationCheckField | None:
    """Return the first drawn field that nobody has read."""
    return next((read.place for read in reads if read.result is None), None)
