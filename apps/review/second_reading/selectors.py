"""What pages, answers and checks read of second readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from apps.accounts.models import Adjudicator, Membership, Project, User
from apps.accounts.permissions import BY_ROLE, Action, Person, can
from apps.cells.models import Cell, LabelEvent, SeenMark
from apps.core.errors import Gone, NotFound
from apps.review.models import OPEN, ReadingState, SecondItem, SecondReading, TableOpening
from apps.slides.models import Slide
from apps.slides.selectors import NOTHING_HERE

LABELLERS = [role for role, allowed in BY_ROLE.items() if Action.LABEL in allowed]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could read a slide; ``seen`` is how many of its cells this person had on screen already."""

    user: User
    seen: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is, in cells: labelled, laid beside a first label, differing, and of these decided."""

    total: int = 0
    labelled: int = 0
    paired: int = 0
    differing: int = 0
    decided: int = 0

    @property
    def agreed(self) -> int:
        """Return how many cells both class alike."""
        return self.paired - self.differing

    @property
    def unpaired(self) -> int:
        """Return how many cells have no label of another person to compare with."""
        return self.total - self.paired

    @property
    def waiting(self) -> int:
        """Return how many disagreements are not decided."""
        return self.differing - self.decided


_DIFFER = ~Q(first_class="") & ~Q(first_class=F("current_class"))


def get_reading(*, user: Person, public_id: UUID) -> SecondReading:
    """Return a reading that the person may know of, with slide, project and people.

    Raises:
        NotFound: otherwise.
    """
    readings = SecondReading.objects.visible_to(user).select_related(
        "slide__project", "project", "reader", "assigned_by"
    )
    reading = readings.filter(public_id=public_id).first()
    if reading is None:
        raise NotFound(NOTHING_HERE)
    return reading


def get_own_reading(*, user: User, public_id: UUID) -> SecondReading:
    """Return one's own open or finished reading.

    Raises:
        NotFound: when it is not the person's.
        Gone: when it was withdrawn.
    """
    mine = SecondReading.objects.visible_to(user).filter(reader=user).select_related("slide", "project")
    reading = mine.filter(public_id=public_id).first()
    if reading is None:
        raise NotFound(NOTHING_HERE)
    if reading.state == ReadingState.WITHDRAWN:
        raise withdrawn()
    return reading


def withdrawn() -> Gone:
    """Return the error for a reading that is not wanted any more."""
    return Gone("This reading was withdrawn. What you labelled is kept and counts nowhere.", code="withdrawn")


def reading_of(slide: Slide) -> SecondReading | None:
    """Return the reading of a slide that stands, with its people."""
    standing = SecondReading.objects.standing().filter(slide=slide)
    return standing.select_related("reader", "assigned_by", "project").first()


def candidates(slide: Slide) -> list[Candidate]:
    """Return the members who could read a slide: who may label, and have done nothing to its cells; by name."""
    acts = LabelEvent.objects.filter(actor=OuterRef("user"), cell__field__slide=slide)
    memberships = (
        Membership.objects.filter(project=slide.project_id, role__in=LABELLERS, user__is_active=True)
        .exclude(Exists(acts))
        .select_related("user")
    )
    seen = dict(
        SeenMark.objects.filter(cell__in=readable_cells(slide))
        .order_by()
        .values_list("actor_id")
        .annotate(n=Count("pk"))
    )
    found = [Candidate(m.user, seen.get(m.user_id, 0)) for m in memberships]
    return sorted(found, key=lambda candidate: candidate.user.display_name.casefold())


def readable_cells(slide: Slide) -> QuerySet[Cell]:
    """Return the cells of a slide that a reading would ask about: standing, with a picture."""
    return Cell.objects.standing().filter(field__slide=slide).exclude(crop_key="").order_by()


def is_chosen(slide: Slide, share: int) -> bool:
    """Return whether a slide is among the share (per cent) of slides that a second person is to read.

    Drawn once for each slide by its random identifier: a larger share adds slides and takes none away.
    """
    drawn = int.from_bytes(sha256(slide.public_id.bytes).digest()[:4], "big")
    return drawn * 100 < share << 32


def waiting_slides(project: Project) -> list[Slide]:
    """Return the slides with cells that were chosen for a second reading and have nobody, the newest first."""
    if not project.second_reading_share:
        return []
    standing = SecondReading.objects.standing().filter(slide=OuterRef("pk"))
    cells = Cell.objects.standing().filter(field__slide=OuterRef("pk"))
    slides = Slide.objects.filter(project=project, trashed_at=None).filter(~Exists(standing), Exists(cells))
    return [slide for slide in slides.order_by("-pk") if is_chosen(slide, project.second_reading_share)]


def progress_of(readings: Iterable[SecondReading]) -> dict[int, Progress]:
    """Return how far each reading is, by primary key, in one query."""
    counted = (
        SecondItem.objects.filter(reading__in=[reading.pk for reading in readings])
        .order_by()
        .values_list("reading_id")
        .annotate(
            total=Count("pk"),
            labelled=Count("pk", filter=~Q(current_class="")),
            paired=Count("pk", filter=~Q(first_class="")),
            differing=Count("pk", filter=_DIFFER),
            decided=Count("pk", filter=_DIFFER & ~Q(decided_class="")),
        )
    )
    return {reading: Progress(*numbers) for reading, *numbers in counted}


def disagreements(reading: SecondReading) -> QuerySet[SecondItem]:
    """Return the cells that the two class differently and that still stand, decided or not, in their order."""
    items = reading.items.filter(_DIFFER, cell__retired_at=None, cell__removed_at=None)
    return items.order_by("position")


def to_decide(reading: SecondReading, user: User) -> QuerySet[SecondItem]:
    """Return the disagreements of a reading that the person may decide, decided or not."""
    if not reading_is_for(reading, user):
        return SecondItem.objects.none()
    items = disagreements(reading)
    return items if _first_may(reading.project) else items.exclude(first_by=user)


def reading_is_for(reading: SecondReading, user: User) -> bool:
    """Return whether a person may decide anything of a reading: done, not one's own, and its table never opened."""
    return (
        reading.state == ReadingState.DONE
        and reading.reader_id != user.pk
        and can(user, Action.LABEL, reading.project)
        and not has_opened(reading, user)
    )


def _first_may(project: Project) -> bool:
    return project.adjudicator == Adjudicator.FIRST_TOO


def has_opened(reading: SecondReading, user: User) -> bool:
    """Return whether a person has seen who said what."""
    return TableOpening.objects.filter(reading=reading, actor=user).exists()


def table_is_open(reading: SecondReading, user: User) -> bool:
    """Return whether a person may see who said what: opened, or nothing is left that this person could decide."""
    return not to_decide(reading, user).filter(decided_class="").exists()


def pairs_of(reading: SecondReading) -> list[tuple[str, str]]:
    """Return the first and the second class of each cell that has both, in the order of the reading."""
    paired = reading.items.exclude(first_class="").order_by("position")
    return list(paired.values_list("first_class", "current_class"))


def outstanding(slide: Slide) -> list[str]:
    """Return what of second reading a slide still waits for, as sentences; for the checks before signing."""
    reading = reading_of(slide)
    if reading is None:
        chosen = is_chosen(slide, slide.project.second_reading_share)
        return (
            ["This slide was chosen for a second reading, and nobody has been asked yet."] if chosen else []
        )
    if reading.state in OPEN:
        return ["A second reader has not finished reading this slide."]
    left = disagreements(reading).filter(decided_class="").count()
    if not left:
        return []
    many = "s with the second reader are" if left > 1 else " with the second reader is"
    return [f"{left} disagreement{many} not decided."]
