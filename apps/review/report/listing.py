"""The signed reports of a project as a list: which of them, in which state, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet

from apps.accounts.models import Project, User
from apps.accounts.permissions import Person
from apps.review.models import Report, Signature
from apps.review.report import contents
from apps.review.signing.selectors import reports_of, signed_states

PAGE_SIZE = 50

STATES = {
    "current": "In force",
    "changed": "In force, changed since",
    "waiting": "Waiting for a second signature",
    "superseded": "Superseded",
}
_MOST_SIGNERS = 500
_OF_THE_LATER = ("superseded_by__cells", "superseded_by__content", "superseded_by__about")


class ReportsForm(forms.Form):
    """Which reports of a project to list; empty fields leave the choice open."""

    q = forms.CharField(
        label="Title or pseudonym",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label="State", required=False, choices=[("", "All states"), *STATES.items()])
    signer = forms.ChoiceField(label="Signed by", required=False)
    since = forms.DateField(
        label="Signed from", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="Signed until", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, signers: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["signer"]
        if not isinstance(choice, forms.ChoiceField):
            raise TypeError(choice)
        choice.choices = [("", "Anybody"), *signers.items()]

    def clean(self) -> dict[str, Any]:
        """Refuse a time that ends before it begins."""
        found: dict[str, Any] = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", "This day lies before the first one.")
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """A report as a line of the list; ``word`` is one of `STATES`."""

    report: Report
    word: str
    specimen: str
    leukocytes: int
    flags: list[str]

    @property
    def state(self) -> str:
        """Return the state in words."""
        return STATES[self.word]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of lines."""

    lines: list[Line]
    page: Page[int]


def signers_of(*, user: Person, project: Project) -> dict[str, str]:
    """Return who signed reports of a project that the person may see: names by public id, in order of names."""
    signed = Signature.objects.filter(report__in=Report.objects.visible_to(user).filter(project=project))
    people = User.objects.filter(pk__in=signed.order_by().values("signer"))[:_MOST_SIGNERS]
    return {
        str(one.public_id): one.display_name
        for one in sorted(people, key=lambda one: one.display_name.casefold())
    }


def reports_listed(
    *,
    user: Person,
    project: Project,
    page: int | str = 1,
    q: str = "",
    state: str = "",
    signer: str = "",
    since: date | None = None,
    until: date | None = None,
) -> Listed:
    """Return a page of a project's reports, the newest first; a fixed number of queries.

    Args:
        user: Who asks.
        project: Of which project; the caller has asked who may see it.
        page: Which page, from 1.
        q: Part of the slide's title or the specimen's pseudonym.
        state: One of `STATES`, "" for all.
        signer: Public id of a person who signed.
        since: First day of the signature.
        until: Last day of the signature.
    """
    found = _chosen(reports_of(user).filter(project=project), q, signer, since, until)
    found = (
        _in_state(found, state).select_related("superseded_by").defer("cells", *_OF_THE_LATER).order_by("-pk")
    )
    keys: Any = found.values_list("pk", flat=True)
    if state in {"current", "changed"}:
        # Whether a cell changed since the database cannot be asked for: it is a look at each.
        words = _words(list(found.defer("cells", "content", "about", *_OF_THE_LATER)))
        keys = [pk for pk, word in words.items() if word == state]
    cut = Paginator(keys, PAGE_SIZE).get_page(page)
    shown = list(found.filter(pk__in=list(cut.object_list)))
    words = _words(shown)
    return Listed([_line(report, words[report.pk]) for report in shown], cut)


def _chosen(
    reports: QuerySet[Report], q: str, signer: str, since: date | None, until: date | None
) -> QuerySet[Report]:
    if q:
        reports = reports.filter(Q(slide__title__icontains=q) | Q(slide__specimen__pseudonym__icontains=q))
    signed = Signature.objects.all()
    if signer:
        signed = signed.filter(signer__public_id=signer)
    if since:
        signed = signed.filter(signed_at__date__gte=since)
    if until:
        signed = signed.filter(signed_at__date__lte=until)
    if signer or since or until:
        reports = reports.filter(pk__in=signed.order_by().values("report"))
    return reports


def _in_state(reports: QuerySet[Report], state: str) -> QuerySet[Report]:
    if state == "superseded":
        return reports.filter(superseded_by__isnull=False)
    given = reports.filter(superseded_by__isnull=True).alias(given=Count("signatures"))
    if state == "waiting":
        return given.filter(given__lt=F("signatures_needed"))
    if state:
        return given.filter(given__gte=F("signatures_needed"))
    return reports


def _words(reports: list[Report]) -> dict[int, str]:
    """Return the state of each report, in their order."""
    newest = {one.slide_id for one in reports if one.slide_id is not None and not _superseded(one)}
    changed = {slide for slide, state in signed_states(newest).items() if state.changed}
    return {one.pk: _word(one, changed=one.slide_id in changed) for one in reports}


def _word(report: Report, *, changed: bool) -> str:
    if _superseded(report):
        return "superseded"
    if len(report.signatures.all()) < report.signatures_needed:
        return "waiting"
    return "changed" if changed else "current"


def _superseded(report: Report) -> bool:
    return getattr(report, "superseded_by", None) is not None


def _line(report: Report, word: str) -> Line:
    counted = report.content["differential"]
    return Line(
        report=report,
        word=word,
        specimen=contents.pseudonym(report),
        leukocytes=counted["leukocytes"],
        flags=[f"{row['title']}: {flag}" for row in counted["rows"] for flag in row["flags"]],
    )
