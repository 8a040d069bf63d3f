"""Everything that happened to a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.accounts.permissions import Person
from apps.cells.models import Cell, Comment, EventKind, LabelEvent, SeenMark, Suggestion
from apps.cells.selectors.blind import is_withheld
from apps.core.registries import biography_items


@dataclass(frozen=True, slots=True)
class Chapter:
    """One line of a cell's biography; ``who`` is empty for what a machine did."""

    at: datetime
    kind: str
    text: str
    who: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def biography(cell: Cell, user: Person) -> list[Chapter]:
    """Return everything that happened to a cell and the person may know, oldest first.

    Rooms above add their own lines. While a person may know nothing about the cell, that is what they did themselves.
    """
    secret = is_withheld(cell, user)
    marks = cell.seen_marks.select_related("actor")
    events = cell.events.select_related("actor", "model_version").order_by("version_after")
    comments = cell.comments.select_related("author")
    if secret:
        marks, events = marks.filter(actor=user.pk), events.filter(actor=user.pk)
        comments = comments.filter(author=user.pk)
    acted = list(events)
    added_by_hand = any(event.kind == EventKind.ADD for event in acted)
    chapters = [] if added_by_hand else [_found(cell)]
    chapters.extend(_seen(mark) for mark in marks)
    chapters.extend(_acted(event) for event in acted)
    chapters.extend(_written(comment) for comment in comments)
    if not secret:
        chapters.extend(_suggested(s) for s in cell.suggestions.select_related("model_version"))
        for added in biography_items.run(cell=cell):
            chapters.extend(added)
    return sorted(chapters, key=lambda chapter: chapter.at)


def _found(cell: Cell) -> Chapter:
    by = f" by {cell.locator_version.label}" if cell.locator_version else ""
    first = cell.events.exclude(from_box=None).order_by("version_after").values_list("from_box", flat=True)
    box = (first.first() if cell.version > 1 else None) or list(cell.box)
    return Chapter(
        at=cell.created_at,
        kind="found",
        text=f"Found{by}, {cell.score:.2f}",
        detail={"box": box, "score": cell.score},
    )


def _suggested(suggestion: Suggestion) -> Chapter:
    probability = suggestion.probabilities.get(suggestion.top_class, 0.0)
    unsure = ", below its threshold" if suggestion.unidentified else ""
    return Chapter(
        at=suggestion.created_at,
        kind="suggested",
        text=f"Suggested {suggestion.top_class} ({probability:.2f}{unsure}) by {suggestion.model_version.label}",
        detail={
            "class": suggestion.top_class,
            "probabilities": suggestion.probabilities,
            "unidentified": suggestion.unidentified,
            "model": suggestion.model_version.label,
        },
    )


def _seen(mark: SeenMark) -> Chapter:
    return Chapter(at=mark.created_at, kind="seen", text="On screen", who=mark.actor.display_name)


def _written(comment: Comment) -> Chapter:
    return Chapter(
        at=comment.created_at,
        kind="comment",
        text=f"Commented: {comment.text}",
        who=comment.author.display_name,
        detail={"id": str(comment.public_id), "text": comment.text},
    )


def _what(event: LabelEvent) -> str:
    """Return what an event did: to the label, to the box, or to both."""
    from_class, to_class = event.from_class or "no label", event.to_class or "no label"
    parts = [event.get_kind_display()]
    if event.from_class != event.to_class or (event.from_box is None and event.to_box is None):
        parts.append(f"{from_class} → {to_class}")
    if event.from_box is not None and event.to_box is None and event.kind != EventKind.REMOVE:
        parts.append("the box is gone")
    if event.from_box is None and event.to_box is not None and event.kind != EventKind.ADD:
        parts.append("the box is back")
    return parts[0] if len(parts) == 1 else f"{parts[0]}: {', '.join(parts[1:])}"


def _acted(event: LabelEvent) -> Chapter:
    return Chapter(
        at=event.created_at,
        kind=event.kind,
        text=_what(event),
        who=event.actor.display_name,
        detail={
            "from": event.from_class or None,
            "to": event.to_class or None,
            "from_box": event.from_box,
            "to_box": event.to_box,
            "version": event.version_after,
            "seen_suggestion": event.seen_suggestion,
            "model": event.model_version.label if event.model_version else None,
        },
    )
