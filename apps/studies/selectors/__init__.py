"""What pages and answers read of studies; nothing here knows the key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, Person, require
from apps.core.errors import NotFound
from apps.slides.selectors import NOTHING_HERE
from apps.studies.models import Enrolment, Invitation, Study, StudyCase


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """How far a reader is with the images that count, in all sittings; ``last_at`` is when the last answer came."""

    enrolment: Enrolment
    total: int
    answered: int
    last_at: datetime | None

    @property
    def done(self) -> bool:
        """Return whether the reader has answered all there is."""
        return bool(self.total) and self.answered == self.total


def get_study(*, user: Person, public_id: UUID) -> Study:
    """Return a study for those who look after it.

    Raises:
        NotFound: there is none, it is another project's, or the person reads it.
        NotPermitted: the person sees the project but may not design studies.
    """
    study = (
        Study.objects.visible_to(user).filter(public_id=public_id).select_related("project", "job").first()
    )
    if study is None:
        raise NotFound(NOTHING_HERE)
    require(user, Action.STUDY, study.project)
    return study


def studies_of(*, user: Person, project: Project) -> QuerySet[Study]:
    """Return the studies of a project for those who look after them, the newest first."""
    return Study.objects.visible_to(user).filter(project=project).order_by("-pk")


def own_enrolments(*, user: Person) -> QuerySet[Enrolment]:
    """Return in which studies a person reads, ended and withdrawn ones among them, the newest first."""
    mine = Enrolment.objects.filter(reader=user.pk or 0) if user.is_active else Enrolment.objects.none()
    return mine.select_related("study__project", "reader").order_by("-pk")


def own_enrolment(*, user: Person, public_id: UUID) -> Enrolment:
    """Return one's own enrolment, with study, project and reader.

    Raises:
        NotFound: there is none, or it is another person's, whoever asks.
    """
    found = own_enrolments(user=user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(NOTHING_HERE)
    return found


def get_enrolment(*, study: Study, public_id: UUID) -> Enrolment:
    """Return a reader of a study.

    Raises:
        NotFound: there is no such reader.
    """
    found = study.enrolments.select_related("reader", "study__project").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(NOTHING_HERE)
    return found


def get_invitation(*, study: Study, public_id: UUID) -> Invitation:
    """Return an invitation to a study.

    Raises:
        NotFound: there is no such invitation.
    """
    found = study.invitations.select_related("study__project").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(NOTHING_HERE)
    return found


def progress(study: Study) -> list[ReaderProgress]:
    """Return how far each reader is, in the order of pseudonyms, in one grouped query; never what was answered.

    A case whose picture went with its slide counts where it was read, and is no longer waited for elsewhere.
    """
    counted = Q(slots__case__practice=False)
    first = counted & Q(slots__readings__revision=0)
    enrolments = (
        study.enrolments.select_related("reader")
        .annotate(
            total=Count(
                "slots",
                distinct=True,
                filter=counted & (~Q(slots__case__image="") | Q(slots__readings__isnull=False)),
            ),
            answered=Count("slots", distinct=True, filter=first),
            last_at=Max("slots__readings__submitted_at", filter=counted),
        )
        .order_by("pk")
    )
    return [ReaderProgress(one, one.total, one.answered, one.last_at) for one in enrolments]


def named_images(*, job_pk: int, prefix: str) -> set[str]:  # noqa: ARG001 - the hook's signature
    """Return the pictures below a folder of a job that cases point at."""
    return set(StudyCase.objects.filter(image__startswith=prefix).values_list("image", flat=True))


def readers_of(study: Study) -> list[User]:
    """Return who reads a study and has not withdrawn."""
    return [one.reader for one in study.enrolments.filter(withdrawn_at=None).select_related("reader")]
