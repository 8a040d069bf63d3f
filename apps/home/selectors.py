"""What waits for a person, read from the rooms below."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import Membership, Project, User
from apps.accounts.permissions import BY_ROLE, Action
from apps.cells.models import Cell
from apps.core.registries import home_items
from apps.jobs.models import Job
from apps.jobs.models.job import State
from apps.slides.models import Slide

SLIDES_SHOWN = 8
JOBS_SHOWN = 6
FAILED_SHOWN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SlideToReview:
    """A slide with cells that nobody has labelled; counts of cells."""

    slide: Slide
    total: int
    labelled: int
    unidentified: int

    @property
    def waiting(self) -> int:
        """Return how many cells have no label yet."""
        return self.total - self.labelled


@dataclass(frozen=True, slots=True)
class Item:
    """One more thing that waits, as a room above or beside says it through ``core.registries.home_items``."""

    title: str
    url: str
    text: str


def projects_where(*, user: User, action: Action) -> list[int]:
    """Return the keys of the projects in which the person's role allows an act."""
    roles = [role for role, allowed in BY_ROLE.items() if action in allowed]
    return list(Membership.objects.filter(user=user, role__in=roles).values_list("project", flat=True))


def slides_to_review(*, user: User, limit: int = SLIDES_SHOWN) -> list[SlideToReview]:
    """Return the newest slides the person may label on which cells have no label, newest first."""
    slides = Slide.objects.visible_to(user).filter(project__in=projects_where(user=user, action=Action.LABEL))
    # Asked slide by slide from the newest, so that what lies behind the last one shown is never counted.
    unlabelled = Cell.objects.standing().filter(field__slide=OuterRef("pk"), current_class="")
    waiting = slides.filter(Exists(unlabelled)).select_related("project").order_by("-pk")[:limit]
    found = {slide.pk: slide for slide in waiting}
    labelled = ~Q(current_class="")
    counted = (
        Cell.objects.standing()
        .filter(field__slide__in=list(found))
        .values("field__slide")
        .annotate(
            total=Count("id"),
            labelled=Count("id", filter=labelled),
            unidentified=Count("id", filter=~labelled & (Q(unidentified=True) | Q(suggested_class=""))),
        )
        .order_by("-field__slide")
    )
    return [
        SlideToReview(found[row["field__slide"]], row["total"], row["labelled"], row["unidentified"])
        for row in counted
    ]


def jobs_to_watch(*, user: User, limit: int = JOBS_SHOWN) -> list[Job]:
    """Return the jobs that wait or run, and those of the last day that failed, newest first."""
    jobs = Job.objects.visible_to(user).select_related("project").order_by("-pk")
    since = timezone.now() - FAILED_SHOWN_FOR
    # Two questions that an index answers each, instead of one that looks at every job.
    found = [*jobs.active()[:limit], *jobs.filter(state=State.FAILED, finished_at__gte=since)[:limit]]
    return sorted(found, key=lambda job: -job.pk)[:limit]


def projects(*, user: User) -> list[Project]:
    """Return the person's projects with the number of their slides as ``n_slides``, by name."""
    slides = Slide.objects.filter(project=OuterRef("pk"), trashed_at=None).order_by().values("project")
    n_slides = Coalesce(Subquery(slides.annotate(n=Count("pk")).values("n")), 0)
    return list(Project.objects.visible_to(user).annotate(n_slides=n_slides))


def other_items(*, user: User) -> list[Item]:
    """Return what other rooms say waits: each hook gets ``user`` and returns mappings of title, url and text."""
    found: Iterable[Iterable[dict[str, Any]]] = home_items.run(user=user)
    return [Item(**entry) for entries in found for entry in entries]
