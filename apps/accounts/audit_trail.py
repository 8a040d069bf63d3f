"""Reading the audit: filters, pages that stay where they are while events come in, and sentences."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts.models import AuditEvent, Project, User
from apps.accounts.verbs import SENTENCES
from apps.core.registries import target_names

PAGE_SIZE = 100
# One in a partial index, so that the many of them do not pay for it; see the model.
FREQUENT = "labelled"

_WORD = re.compile(r"\{([a-z_]+)\}")
_PLACES = re.compile(r"\[([^\[\]]*)\]|" + _WORD.pattern)


@dataclass(frozen=True)
class Filters:
    """What of the audit is asked for; ``who`` is part of a name or an address, both days count as a whole (UTC)."""

    who: str = ""
    verb: str = ""
    project: Project | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Line:
    """One event as people read it."""

    event: AuditEvent
    who: str
    sentence: str
    target: str


@dataclass(frozen=True)
class Page:
    """A page of the audit, the newest event first; the cursors name its ends, None where nothing follows."""

    lines: list[Line]
    older: UUID | None
    newer: UUID | None


def matching(filters: Filters) -> QuerySet[AuditEvent]:
    """Return the events that the filters let pass, the newest first."""
    # The project by a statement of its own: joined, SQLite may begin with it and sort all its events.
    rows = AuditEvent.objects.select_related("actor").prefetch_related("project").order_by("-id")
    if filters.project is not None:
        rows = rows.filter(project=filters.project)
    if filters.verb:
        rows = rows.filter(verb=filters.verb)
        if filters.verb != FREQUENT:
            rows = rows.exclude(verb=FREQUENT)  # says nothing new, but lets SQLite use the partial index
    if filters.who:
        people = User.objects.filter(Q(name__icontains=filters.who) | Q(email__icontains=filters.who))
        rows = rows.filter(actor__in=people.values("pk"))
    if filters.since is not None:
        rows = rows.filter(created_at__gte=_start_of(filters.since))
    if filters.until is not None:
        rows = rows.filter(created_at__lt=_start_of(filters.until) + timedelta(days=1))
    return rows


def page(filters: Filters, *, before: UUID | None = None, after: UUID | None = None) -> Page:
    """Return one page: the newest, or what lies before or after an event.

    Pages are cut at events, not counted from the top: events that come in meanwhile shift nothing.
    """
    rows = matching(filters)
    if after is not None:
        taken = list(rows.filter(id__gt=_id_of(after)).order_by("id")[: PAGE_SIZE + 1])
        further = len(taken) > PAGE_SIZE
        events = taken[:PAGE_SIZE][::-1]
        newer = events[0].public_id if events and further else None
        return Page(in_words(events), older=events[-1].public_id if events else None, newer=newer)
    if before is not None:
        rows = rows.filter(id__lt=_id_of(before))
    taken = list(rows[: PAGE_SIZE + 1])
    events = taken[:PAGE_SIZE]
    older = events[-1].public_id if len(taken) > PAGE_SIZE else None
    newer = events[0].public_id if events and before is not None else None
    return Page(in_words(events), older=older, newer=newer)


def of_account(user: User, *, limit: int = 10) -> list[Line]:
    """Return what happened to an account of late: signing in and out, attempts, passwords, factors."""
    rows = AuditEvent.objects.select_related("actor", "project").filter(target=f"user:{user.public_id}")
    return in_words(list(rows.order_by("-id")[:limit]))


def in_words(events: list[AuditEvent]) -> list[Line]:
    """Return events as people read them; names are looked up once for all."""
    names = _names_of({event.target for event in events if event.target})
    return [_line(event, names.get(event.target, _plain(event.target))) for event in events]


def rows_for_export(filters: Filters) -> Iterator[tuple[Any, ...]]:
    """Yield every matching event as a row under `EXPORT_HEADER`, the newest first."""
    batch: list[AuditEvent] = []
    for event in matching(filters).iterator(chunk_size=1000):
        batch.append(event)
        if len(batch) == 1000:
            yield from map(_row, in_words(batch))
            batch = []
    yield from map(_row, in_words(batch))


EXPORT_HEADER = ("time", "who", "account", "verb", "sentence", "project", "target", "detail", "address")


def _row(line: Line) -> tuple[Any, ...]:
    event = line.event
    return (
        event.created_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        line.who,
        event.actor.email if event.actor else "",
        event.verb,
        line.sentence,
        event.project.name if event.project else "",
        event.target,
        "; ".join(f"{key}={_text(value)}" for key, value in event.detail.items() if value is not None),
        event.address or "",
    )


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _id_of(public_id: UUID) -> int:
    """Return the place of an event in the record; 0, before all of them, for one that is not there."""
    return AuditEvent.objects.filter(public_id=public_id).values_list("id", flat=True).first() or 0


def _line(event: AuditEvent, target: str) -> Line:
    who = event.actor.display_name if event.actor else "Somebody not signed in"
    return Line(event, who, sentence(event, target), target)


def sentence(event: AuditEvent, target: str) -> str:
    """Return what happened, to be read after the name of who did it."""
    values = {key: _text(value) for key, value in event.detail.items() if value is not None and value != ""}
    values["target"] = target
    wanted = SENTENCES.get(event.verb, event.verb.replace("-", " "))

    def put(found: re.Match[str]) -> str:
        optional, word = found[1], found[2]
        if word is not None:
            return values.get(word, "something")
        if not all(word in values for word in _WORD.findall(optional)):
            return ""
        return _WORD.sub(lambda inner: values[inner[1]], optional)

    return _PLACES.sub(put, wanted)


def _text(value: Any) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _plain(target: str) -> str:
    """Return a target without a name: its kind and the start of its identifier."""
    kind, _, name = target.partition(":")
    return f"{kind} {name[:8]}" if name else target


def _names_of(targets: Iterable[str]) -> dict[str, str]:
    """Return names for targets, as far as somebody knows them."""
    wanted = set(targets)
    names: dict[str, str] = {}
    for name in target_names:
        names |= name(targets=wanted)
    return names


def ids_of(targets: set[str], kind: str) -> list[str]:
    """Return the identifiers among targets such as "slide:<id>" that are of one kind; for those who give names."""
    found = (target.removeprefix(f"{kind}:") for target in targets if target.startswith(f"{kind}:"))
    return [name for name in found if _is_uuid(name)]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def name_people_and_projects(*, targets: set[str]) -> dict[str, str]:
    """Give names to accounts and projects."""
    people = User.objects.filter(public_id__in=ids_of(targets, "user"))
    projects = Project.objects.filter(public_id__in=ids_of(targets, "project"))
    return {f"user:{user.public_id}": user.display_name for user in people} | {
        f"project:{project.public_id}": project.name for project in projects
    }
