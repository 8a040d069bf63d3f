"""Reads of reports, and whether slides are signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Prefetch, QuerySet

from apps.accounts.permissions import Person
from apps.core.errors import NotFound
from apps.review.models import Report, Signature
from apps.review.signing.stamps import stamps_of
from apps.slides.models import Slide
from apps.slides.selectors import NOTHING_HERE


@dataclass(frozen=True, slots=True)
class SignedState:
    """Whether a slide is signed: ``report`` is its newest one, None when nobody signed.

    ``complete``: with all signatures that it needs. ``changed``: a cell came, went or changed since.
    """

    report: Report | None = None
    signatures: tuple[Signature, ...] = ()
    changed: bool = False

    @property
    def complete(self) -> bool:
        """Return whether the newest report has all its signatures."""
        return self.report is not None and len(self.signatures) >= self.report.signatures_needed

    @property
    def word(self) -> str:
        """Return the state in one word for programs, "" when nobody signed."""
        if self.report is None:
            return ""
        word = "" if self.complete else "half"
        if self.changed:
            return f"{word}-changed" if word else "changed"
        return word or "signed"

    @property
    def at(self) -> datetime | None:
        """Return when the newest signature was given."""
        return self.signatures[-1].signed_at if self.signatures else None

    @property
    def names(self) -> list[str]:
        """Return who signed."""
        return [signature.signer.display_name for signature in self.signatures]

    @property
    def text(self) -> str:
        """Return the state in words."""
        return {
            "": "Not signed",
            "signed": "Signed",
            "changed": "Signed; changed since",
            "half": "1 of 2 signatures",
            "half-changed": "1 of 2 signatures; changed since",
        }[self.word]


def reports_of(user: Person) -> QuerySet[Report]:
    """Return the reports that the person may see, each with its signatures, without the cells that they froze."""
    signatures = Signature.objects.select_related("signer").order_by("position")
    return (
        Report.objects.visible_to(user)
        .select_related("project", "slide", "supersedes")
        .prefetch_related(Prefetch("signatures", queryset=signatures))
        .defer("cells")
    )


def get_report(*, user: Person, public_id: UUID) -> Report:
    """Return a report that the person may see.

    Raises:
        NotFound: otherwise.
    """
    report = reports_of(user).filter(public_id=public_id).first()
    if report is None:
        raise NotFound(NOTHING_HERE)
    return report


def newest_report(slide: Slide) -> Report | None:
    """Return the report of a slide that counts, None when there is none."""
    return Report.objects.filter(slide=slide).defer("cells").order_by("-number").first()


def reports_on(slide: Slide) -> list[Report]:
    """Return all reports of a slide with their signatures, the newest first."""
    signatures = Signature.objects.select_related("signer").order_by("position")
    found = Report.objects.filter(slide=slide).defer("cells", "content")
    return list(found.prefetch_related(Prefetch("signatures", queryset=signatures)).order_by("-number"))


def signed_states(slides: Iterable[int]) -> dict[int, SignedState]:
    """Return the state of those slides, by key, of which there is a report; three queries however many they are."""
    newest = (
        Report.objects.filter(slide__in=list(slides)).order_by().values("slide").annotate(newest=Max("pk"))
    )
    signatures = Signature.objects.select_related("signer").order_by("position")
    reports = (
        Report.objects.filter(pk__in=newest.values("newest"))
        .defer("cells", "content", "about")
        .prefetch_related(Prefetch("signatures", queryset=signatures))
    )
    found = {report.slide_id: report for report in reports if report.slide_id is not None}
    if not found:
        return {}
    stamps = stamps_of(found)
    return {
        slide: SignedState(
            report=report,
            signatures=tuple(report.signatures.all()),
            changed=stamps.get(slide, "") != report.stamp,
        )
        for slide, report in found.items()
    }


def signed_state(slide: Slide) -> SignedState:
    """Return the state of one slide."""
    return signed_states([slide.pk]).get(slide.pk, SignedState())
