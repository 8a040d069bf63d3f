"""Cells, suggestions and labels by the hundred thousand: one statement for some thousand fields, on both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.core import statistics
from apps.inference.selectors import Versions
from apps.slides.models import Field
from ml import labels

_FIELDS_AT_ONCE = 2000
_PER_ROW = 8  # cells beside each other on a field
_STEP = 52  # pixels from one to the next; boxes of 48 do not meet


def make_cells(*, project: Project, versions: Versions, per_field: int, crops: Sequence[str]) -> None:
    """Put cells with a suggestion each on every field of a project; every 16th is unidentified."""
    pks = list(Field.objects.filter(project=project).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), _FIELDS_AT_ONCE):
        part = pks[start : start + _FIELDS_AT_ONCE]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(*_cells_sql(part[0], part[-1], project, versions, per_field, crops))
            cursor.execute(*_suggestions_sql(part[0], part[-1], project, versions))


def label_every(*, project: Project, actor: User, step: int) -> None:
    """Confirm every so many-th suggestion: the cell, its event and the audit's record of it."""
    now = _now()
    mine = "c.project_id = %s AND c.version = 1 AND c.suggested_class <> '' AND c.id %% %s = 0"
    detail = _json(
        """'{"act": "label", "from": "", "to": "' || c.suggested_class || '", "version": 2}'""",
        concatenated=True,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cells_labelevent (cell_id, project_id, actor_id, kind, from_class, to_class, seen_suggestion,"
            " model_version_id, version_after, reverts_id, idempotency_key, created_at, act)"
            " SELECT c.id, c.project_id, %s, 'label', '', c.suggested_class, TRUE, c.classifier_version_id, 2, NULL,"
            f" NULL, %s, {_uuid()}"
            f" FROM cells_cell c WHERE {mine}",
            [actor.pk, now, project.pk, step],
        )
        target = f"'cell:' || {_dashed('c.public_id')}"
        cursor.execute(
            "INSERT INTO accounts_auditevent"
            " (public_id, created_at, actor_id, verb, project_id, target, detail, address)"
            f" SELECT {_uuid()}, %s, %s, 'labelled', c.project_id, {target}, {detail}, NULL"
            f" FROM cells_cell c WHERE {mine}",
            [now, actor.pk, project.pk, step],
        )
        cursor.execute(
            "UPDATE cells_cell AS c SET current_class = suggested_class, review_state = 'labelled', version = 2,"
            f" labelled_by_id = %s WHERE {mine}",
            [actor.pk, project.pk, step],
        )


def refresh_statistics() -> None:
    """Let the database look at what it holds now, as it does after a while: by itself or by the site's schedule."""
    statistics.refresh()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _cells_sql(
    first: int, last: int, project: Project, versions: Versions, per_field: int, crops: Sequence[str]
) -> tuple[str, list[Any]]:
    kinds = list(enumerate(_class_names()))
    sql = f"""
        INSERT INTO cells_cell (public_id, created_at, project_id, field_id, x0, y0, x1, y1, kind, score, origin,
            crop_key, suggested_class, suggested_probability, unidentified, locator_version_id,
            classifier_version_id, current_class, review_state, version, retired_at, box_version, reference_class)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s),
            kinds(k, name) AS (VALUES {_values(kinds)}),
            crops(k, name) AS (VALUES {_values(list(enumerate(crops)))})
        SELECT {_uuid()}, %s, f.project_id, f.id,
            {_STEP} * (n.i %% {_PER_ROW}), {_STEP} * (n.i / {_PER_ROW}),
            {_STEP} * (n.i %% {_PER_ROW}) + 48, {_STEP} * (n.i / {_PER_ROW}) + 48,
            'white-cell', 0.97, 'field', crops.name, kinds.name,
            CASE WHEN n.i %% 16 = 7 THEN 0.4 ELSE 0.9 END, n.i %% 16 = 7, %s, %s, '', 'suggested', 1, NULL, 1, ''
        FROM slides_field f CROSS JOIN n
            JOIN kinds ON kinds.k = (f.id * 3 + n.i) %% {len(kinds)}
            JOIN crops ON crops.k = (f.id * 5 + n.i) %% {len(crops)}
        WHERE f.project_id = %s AND f.id BETWEEN %s AND %s ORDER BY f.id, n.i"""
    return sql, [
        per_field,
        *(part for pair in kinds for part in pair),
        *(part for pair in enumerate(crops) for part in pair),
        _now(),
        versions.locator.pk,
        versions.classifier.pk,
        project.pk,
        first,
        last,
    ]


def _suggestions_sql(first: int, last: int, project: Project, versions: Versions) -> tuple[str, list[Any]]:
    said = [
        (name, unsure, json.dumps(_probabilities(name, 0.4 if unsure else 0.9)))
        for name in _class_names()
        for unsure in (0, 1)
    ]
    sql = f"""
        INSERT INTO cells_suggestion (cell_id, model_version_id, probabilities, top_class, unidentified, created_at,
            box_version)
        WITH said(name, unsure, probabilities) AS (VALUES {_values(said)})
        SELECT c.id, %s, {_json("said.probabilities")}, c.suggested_class, c.unidentified, %s, 1
        FROM cells_cell c JOIN said
            ON said.name = c.suggested_class AND said.unsure = CASE WHEN c.unidentified THEN 1 ELSE 0 END
        WHERE c.project_id = %s AND c.field_id BETWEEN %s AND %s"""
    return sql, [
        *(part for row in said for part in row),
        versions.classifier.pk,
        _now(),
        project.pk,
        first,
        last,
    ]


def _class_names() -> list[str]:
    return [c.name for c in labels.CLASS_LISTS["eight"].classes if not c.human_only]


def _probabilities(top: str, p: float) -> dict[str, float]:
    names = _class_names()
    return {name: p if name == top else round((1 - p) / (len(names) - 1), 6) for name in names}


def _values(found: Sequence[tuple[object, ...]]) -> str:
    """Return placeholders for rows; PostgreSQL must be told what a bare placeholder is."""
    if connection.vendor == "sqlite":
        return ", ".join("(" + ", ".join(["%s"] * len(row)) + ")" for row in found)
    types = ["int" if isinstance(part, int) else "text" for part in found[0]]
    return ", ".join("(" + ", ".join(f"%s::{kind}" for kind in types) + ")" for _ in found)


def _uuid() -> str:
    return "lower(hex(randomblob(16)))" if connection.vendor == "sqlite" else "gen_random_uuid()"


def _dashed(column: str) -> str:
    """Return SQL for a public id as addresses write it."""
    if connection.vendor != "sqlite":
        return f"{column}::text"
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f"substr({column}, {start}, {length})" for start, length in parts)


def _json(expression: str, *, concatenated: bool = False) -> str:
    if connection.vendor == "sqlite":
        return expression
    return f"({expression})::jsonb" if concatenated else f"{expression}::jsonb"


def _now() -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now())
