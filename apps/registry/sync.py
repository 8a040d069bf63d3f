"""Mirror the class lists and weights that `ml` ships into the database; safe to run any number of times."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from apps.core.errors import Conflict
from apps.registry.models import CellClass, ClassList, ModelState, ModelVersion
from ml import cards, labels


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a synchronisation changed, for the person who ran it."""

    class_lists: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    activated: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if not (self.class_lists or self.models or self.activated):
            return "Everything that ships is registered already."
        parts = [
            f"{title}: {', '.join(names)}."
            for title, names in (
                ("New class lists", self.class_lists),
                ("New models", self.models),
                ("Now in use", self.activated),
            )
            if names
        ]
        return " ".join(parts)


def after_migrate(*, using: str, **_: Any) -> None:
    """Synchronise after `migrate`, on the default database only (the one the services write)."""
    if using != "default":
        return
    table = ModelVersion._meta.db_table  # noqa: SLF001 - documented by Django
    if table not in connections[using].introspection.table_names():
        return  # an earlier state of the database was asked for
    sync()


def sync(*, shipped: Sequence[cards.Card] | None = None) -> SyncReport:
    """Register every shipped class list and every shipped model version, and put new defaults in use.

    `shipped` defaults to `ml.cards.shipped()`. Raises `Conflict` when a list or weights changed under a version that
    is registered already: what was recorded under that version would no longer be true.
    """
    report = SyncReport()
    with transaction.atomic():
        for definition in labels.CLASS_LISTS.values():
            _sync_class_list(definition, report)
        for card in cards.shipped() if shipped is None else shipped:
            _sync_model(card, report)
    return report


def _sync_class_list(definition: labels.ClassList, report: SyncReport) -> None:
    """Create the list or check that it still means the same; titles, letters, keys and colours may follow."""
    row, created = ClassList.objects.get_or_create(
        name=definition.name,
        version=definition.version,
        defaults={"sha256": definition.sha256, "title": definition.title},
    )
    if created:
        report.class_lists.append(str(row))
    elif row.sha256 != definition.sha256:
        raise Conflict(
            f"The class list {row} changed its classes. Give the changed list a new version.",
            code="class-list-changed",
        )
    wanted = {
        c.name: {
            "position": position,
            "title": c.title,
            "letter": c.letter,
            "key": c.key,
            "colour": c.colour,
            "role": c.role.value,
            "human_only": c.human_only,
        }
        for position, c in enumerate(definition.classes)
    }
    fields = ("position", "title", "letter", "key", "colour", "role", "human_only")
    stored = {c.name: {name: getattr(c, name) for name in fields} for c in row.classes.all()}
    if stored != wanted:
        # Rows are replaced, not patched: positions, letters and keys are unique within a list, so moving two of them
        # one by one would collide. Nothing refers to these rows; labels carry the class's name.
        row.classes.all().delete()
        CellClass.objects.bulk_create(
            CellClass(class_list=row, name=name, **values) for name, values in wanted.items()
        )


def _sync_model(card: cards.Card, report: SyncReport) -> None:
    """Create the version of a shipped card, or check that the weights are still those registered."""
    existing = ModelVersion.objects.filter(project=None, name=card.name, version=card.version).first()
    if existing is not None:
        if existing.weights_sha256 != card.sha256:
            raise Conflict(
                f"The weights of {card.label} are not those registered (digest {card.sha256[:12]}, registered "
                f"{existing.weights_sha256[:12]}). Give changed weights a new version.",
                code="weights-changed",
            )
        return
    row = ModelVersion.objects.create(
        name=card.name,
        version=card.version,
        task=card.task,
        architecture=card.architecture,
        class_list=_list_of(card),
        weights_sha256=card.sha256,
        weights_path=_relative(card.weights_path),
        card=card_values(card),
        shipped=True,
    )
    report.models.append(row.label)
    if _becomes_default(row):
        ModelVersion.objects.filter(
            project=None, task=row.task, class_list=row.class_list, state=ModelState.ACTIVE
        ).update(state=ModelState.RETIRED)
        row.state = ModelState.ACTIVE
        row.save(update_fields=["state"])
        report.activated.append(row.label)


def _becomes_default(row: ModelVersion) -> bool:
    """Return whether a new shipped version takes the site's place: it is free, or held by an older one of its name.

    A version that a person put in use is never replaced by an upgrade of the software.
    """
    current = (
        ModelVersion.objects.active().filter(project=None, task=row.task, class_list=row.class_list).first()
    )
    if current is None:
        return True
    return current.shipped and current.name == row.name and current.version < row.version


def _list_of(card: cards.Card) -> ClassList | None:
    """Return the registered list a card names; raises `Conflict` when the card means another one."""
    reference = card.class_list
    if reference is None:
        return None
    row = ClassList.objects.filter(name=reference.name, version=reference.version).first()
    if row is None or row.sha256 != reference.sha256:
        raise Conflict(
            f"{card.label} was made for the class list {reference.name} v{reference.version} "
            f"(digest {reference.sha256[:12]}), which is not the one registered here.",
            code="class-list-mismatch",
        )
    return row


def card_values(card: cards.Card) -> dict[str, Any]:
    """Return a card as plain JSON values, without the path of the machine it was read on."""
    values: dict[str, Any] = json.loads(card.to_json())
    return values


def _relative(path: Path) -> str:
    """Return a path relative to the installation when it lies inside, else absolute."""
    absolute = path.resolve()
    base = Path(settings.BASE_DIR).resolve()
    return str(absolute.relative_to(base)) if absolute.is_relative_to(base) else str(absolute)
