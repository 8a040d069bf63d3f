"""What undo and redo would do, in words for a button."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.cells.models import EventKind
from apps.cells.selectors.acts import Scope, Step, next_redo, next_undo
from apps.registry.models import CellClass

Json = dict[str, Any]


def acts_json(*, user: User, scope: Scope, classes: Iterable[CellClass]) -> Json:
    """Return what the person could undo and do again on a slide or in a project."""
    titles = {c.name: c.title for c in classes}
    undo, redo = next_undo(user, scope), next_redo(user, scope)
    return {"undo": step_json(undo, titles), "redo": step_json(redo, titles)}


def after_label(*, act: UUID, to_class: str, n: int, classes: Iterable[CellClass]) -> Json:
    """Return the same right after labels of one class (or withdrawals) for ``n`` cells: nothing is left to redo."""
    kind = EventKind.LABEL if to_class else EventKind.WITHDRAW
    titles = {c.name: c.title for c in classes}
    return {"undo": step_json(Step(act, kind, to_class, n), titles), "redo": None}


def step_json(step: Step | None, titles: dict[str, str]) -> Json | None:
    """Return a step with its words; ``titles`` of classes by name."""
    if step is None:
        return None
    return {"what": _words(step, titles), "n": step.n, "act": str(step.act)}


def _words(step: Step, titles: dict[str, str]) -> str:
    cells = "1 cell" if step.n == 1 else f"{step.n} cells"
    if step.kind == EventKind.LABEL:
        title = titles.get(step.to_class, step.to_class) or "Labels"
        return f"{title} for {cells}"
    if step.kind == EventKind.WITHDRAW:
        return f"Withdrawal of the label of {cells}"
    if step.kind == EventKind.ADD:
        return "Added box" if step.n == 1 else f"{step.n} added boxes"
    if step.kind == EventKind.BOX:
        return "Changed box" if step.n == 1 else f"{step.n} changed boxes"
    return f"Removal of {cells}"
