"""What signing adds to the rooms below: a column of the slides, lines of biographies, what goes with a slide."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, F
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts.audit_trail import ids_of
from apps.accounts.models import Membership, User
from apps.accounts.permissions import BY_ROLE, Action
from apps.cells.models import Cell
from apps.cells.selectors import Chapter
from apps.core.disposal import remove_rows
from apps.review.models import Report, Signature, Worksheet
from apps.review.signing.selectors import signed_states
from apps.slides.columns import SlideColumn
from apps.slides.models import Slide

HOME_SHOWN = 5


def signed_column(*, slides: Sequence[Slide], user: User) -> SlideColumn:  # noqa: ARG001 - the hook's signature
    """Return whether each slide is signed, by whom, with a link to the report."""
    cells = {}
    for slide, state in signed_states([slide.pk for slide in slides]).items():
        if state.report is None:
            continue
        cells[slide] = format_html(
            '<a href="{}">{}</a> <span class="muted small">{}</span>',
            reverse("review:report", args=[state.report.public_id]),
            state.text,
            ", ".join(state.names),
        )
    return SlideColumn(title="Signed", cells=cells)


def waiting_signatures(*, user: User) -> list[dict[str, str]]:
    """Return the reports that wait for a second signature which the person may give, as items of the home page."""
    roles = [role for role, allowed in BY_ROLE.items() if Action.SIGN in allowed]
    projects = Membership.objects.filter(user=user, role__in=roles).values("project")
    waiting = (
        Report.objects.filter(
            project__in=projects,
            slide__in=Slide.objects.visible_to(user),
            signatures_needed=2,
            superseded_by=None,
        )
        .exclude(pk__in=Signature.objects.filter(signer=user).values("report"))
        .annotate(given=Count("signatures"))
        .filter(given__lt=F("signatures_needed"))
        .select_related("slide")
        .defer("cells", "content", "about")
        .order_by("-pk")[:HOME_SHOWN]
    )
    return [
        {
            "title": f"Second signature for {report.slide.title}",
            "url": reverse("review:sign", args=[report.slide.public_id]),
            "text": "One person has signed; the same count waits for another.",
        }
        for report in waiting
        if report.slide is not None
    ]


def signed_chapters(*, cell: Cell) -> list[Chapter]:
    """Return the reports that a cell was signed in, with the class that it counted as."""
    if cell.field is None:
        return []
    wanted = str(cell.public_id)
    signatures = (
        Signature.objects.filter(report__slide=cell.field.slide_id)
        .select_related("report", "signer")
        .defer("report__content", "report__about")
        .order_by("pk")
    )
    found = []
    for signature in signatures:
        frozen = next((row for row in signature.report.cells or [] if row[0] == wanted), None)
        if frozen is None:
            continue
        found.append(
            Chapter(
                at=signature.signed_at,
                kind="signed",
                text=f"Signed as {frozen[2]} in report {signature.report.short_id}",
                who=signature.signer.display_name,
                detail={"report": str(signature.report.public_id), "class": frozen[2], "version": frozen[1]},
            )
        )
    return found


def purge(*, slide: Slide) -> list[str]:
    """Take from the reports of a slide what says who it is from, and remove its sheet; the counts stay.

    Reports let go of these columns only because the slide's erasure is on record: a trigger refuses it otherwise.
    """
    remove_rows(Worksheet.objects.filter(slide=slide))
    Report.objects.filter(slide=slide).update(slide=None, about=None, cells=None)
    return []


def name_reports(*, targets: set[str]) -> dict[str, str]:
    """Give names to reports in the record."""
    wanted = ids_of(targets, "report")
    if not wanted:
        return {}
    reports = Report.objects.filter(public_id__in=wanted).only("public_id")
    return {f"report:{report.public_id}": f"report {report.short_id}" for report in reports}
