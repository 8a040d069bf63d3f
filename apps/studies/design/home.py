"""What of studies waits for their staff, on the home page."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from apps.accounts.models import Membership, User
from apps.accounts.permissions import BY_ROLE, Action
from apps.studies.models import Reading, Slot, State, Study, UnblindRequest

MOST_SHOWN = 5


def waiting(*, user: User) -> list[dict[str, Any]]:
    """Return the unblindings that a person can confirm, and the open studies that everybody has read."""
    return [*_to_confirm(user), *_read_by_all(user)]


def _projects(user: User, action: Action) -> Any:
    roles = [role for role, allowed in BY_ROLE.items() if action in allowed]
    return Membership.objects.filter(user=user, role__in=roles).order_by().values("project")


def _to_confirm(user: User) -> list[dict[str, Any]]:
    asked = (
        UnblindRequest.objects.filter(
            study__in=Study.objects.visible_to(user).filter(state=State.CLOSED),
            study__project__in=_projects(user, Action.UNBLIND),
        )
        .exclude(who=user)
        .select_related("study", "who")
        .order_by("pk")[:MOST_SHOWN]
    )
    return [
        {
            "title": f"Confirm the unblinding of {request.study.title}",
            "url": _page(request.study),
            "text": f"{request.who.display_name} asked for it; a second person must agree.",
        }
        for request in asked
    ]


def _read_by_all(user: User) -> list[dict[str, Any]]:
    unread = (
        Slot.objects.filter(enrolment__study=OuterRef("pk"), enrolment__withdrawn_at=None)
        .exclude(case__image="")
        .exclude(Exists(Reading.objects.filter(slot=OuterRef("pk"))))
    )
    finished = (
        Study.objects.visible_to(user)
        .filter(state=State.OPEN, project__in=_projects(user, Action.STUDY))
        .filter(~Exists(unread))
        .annotate(n=Count("enrolments", filter=Q(enrolments__withdrawn_at=None), distinct=True))
        .filter(n__gt=0)
        .order_by("pk")[:MOST_SHOWN]
    )
    return [
        {
            "title": f"{study.title} has been read by all",
            "url": _page(study),
            "text": f"{study.n} reader{'s have' if study.n != 1 else ' has'} finished. "
            "Close the study when nobody else is to read.",
        }
        for study in finished
    ]


def _page(study: Study) -> str:
    return reverse("studies:study", args=[study.public_id])
