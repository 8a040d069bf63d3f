"""The one way to write into the audit."""

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import AuditEvent, Membership, Project, User
from apps.core.bulk import insert_many

ONE_VISIT = timedelta(minutes=10)


def client_address(request: HttpRequest | None) -> str | None:
    """Return the address a request came from, by the same rule as the lockout; None when it has none."""
    if request is None:
        return None
    try:
        return str(ipaddress.ip_address(get_adapter(request).get_client_ip(request)))
    except (PermissionDenied, ValueError):
        return None


def record(
    *,
    actor: User | None,
    verb: str,
    project: Project | None = None,
    target: str = "",
    detail: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> AuditEvent:
    """Append one event, in the caller's transaction, so that an act and its record stand or fall together.

    Args:
        actor: Who did it; None when nobody was signed in.
        verb: What was done, such as "signed-in", "uploaded", "labelled", "deleted", "role-changed", "exported".
        project: In which project.
        target: To what, such as "slide:<public id>"; cut at 200 characters.
        detail: Further plain values. No secrets and no file names: the audit is never cleaned.
            What was done with a token names the token.
        request: Where it came from.
    """
    return AuditEvent.objects.create(
        actor=actor,
        verb=verb,
        project=project,
        target=target[:200],
        detail=_detail(actor, detail or {}),
        address=client_address(request),
    )


def record_each(
    *,
    actor: User,
    verb: str,
    project: Project,
    targets: Sequence[tuple[str, dict[str, Any]]],
    request: HttpRequest | None = None,
) -> None:
    """Append one event for each target with its detail, in few statements however many; else as `record`."""
    if len(targets) == 1:
        target, detail = targets[0]
        record(actor=actor, verb=verb, project=project, target=target, detail=detail, request=request)
        return
    shared = {
        "actor_id": actor.pk,
        "verb": verb,
        "project_id": project.pk,
        "address": client_address(request),
    }
    rows = [(target[:200], _detail(actor, detail)) for target, detail in targets]
    insert_many(AuditEvent, shared=shared, columns=("target", "detail"), rows=rows)


def _detail(actor: User | None, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of an act beside its columns; what was done with a token names the token."""
    if actor is None or actor.through is None:
        return given
    return {**given, "token": str(actor.through.public_id)}


def record_visit(
    *, actor: User, project: Project, target: str = "", request: HttpRequest | None = None
) -> None:
    """Append that a site administrator looked into a project in which they have no role; nothing for members.

    A page asks for its data and its pictures one by one: what was looked at within `ONE_VISIT` is one event.
    """
    if not actor.is_superuser or Membership.objects.filter(user=actor, project=project).exists():
        return
    visits = AuditEvent.objects.filter(actor=actor, verb="viewed", project=project, target=target)
    if not visits.filter(created_at__gt=timezone.now() - ONE_VISIT).exists():
        record(actor=actor, verb="viewed", project=project, target=target, request=request)
