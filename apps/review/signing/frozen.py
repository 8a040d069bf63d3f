"""What a signature freezes: the count and everything it rests on, as plain values with a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.db.models import Count
from django.utils.crypto import salted_hmac

from apps.cells.models import Cell
from apps.registry.models import ModelVersion
from apps.registry.selectors import class_list_for
from apps.review.differential.count import Differential
from apps.review.differential.document import differential_json
from apps.review.models import Report, SigningRules, Worksheet
from apps.slides.models import Field, Slide
from apps.slides.selectors import specimen_values

RESEARCH_USE = "For research use only. Not a medical device, and not for diagnosis."
FORM = 1
"""The number of this form of `content`; a later one must still read the earlier."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frozen:
    """The parts of a report as it stores them; see `Report`."""

    content: Json
    about: Json
    cells: list[list[Any]]
    digest: str


def digest_of(value: Any) -> str:
    """Return the SHA-256 of plain values, whatever the order of their keys."""
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def is_intact(report: Report) -> bool:
    """Return whether a report still is what its digest says, with those parts that it still has."""
    if digest_of(report.content) != report.digest:
        return False
    parts = (("about_sha256", report.about), ("cells_sha256", report.cells))
    return all(part is None or digest_of(part) == report.content[name] for name, part in parts)


def basis_of(
    slide: Slide, *, stamp: str, found: Differential, rules: SigningRules, worksheet: Worksheet
) -> str:
    """Return a name for everything that a count rests on: another as soon as any of it changes.

    By the site's key: what an erased specimen was cannot be found from it by guessing.
    """
    values = json.dumps(
        {
            "stamp": stamp,
            "differential": differential_json(found),
            "sheet": sheet_values(worksheet),
            "rules": [rules.cells_needed, rules.two_signers, rules.fields_complete, rules.border],
            "specimen": _plain(specimen_values(slide.specimen)),
            "device": _device(slide),
        },
        sort_keys=True,
    )
    return salted_hmac("review.basis", values, algorithm="sha256").hexdigest()


def freeze(
    slide: Slide,
    *,
    found: Differential,
    rules: SigningRules,
    worksheet: Worksheet,
    accepted: int,
    number: int,
    reason: str,
) -> Frozen:
    """Return what a report of a slide holds, cells as they are now.

    Neither the title of the slide nor those of its fields are in it: at first they are names of files.
    """
    cells = frozen_cells(slide)
    about: Json = {
        "specimen": _plain(specimen_values(slide.specimen)),
        "slide": str(slide.public_id),
        "remark": worksheet.remark,
        "reason": reason,
        # Without it, few guesses would find the specimen from the digest that outlives it.
        "salt": token_hex(16),
    }
    fields = Field.objects.filter(slide=slide).order_by("position")
    class_list = class_list_for(slide.project)
    content: Json = {
        "form": FORM,
        "number": number,
        "differential": differential_json(found),
        "accepted": accepted,
        "sheet": {key: value for key, value in sheet_values(worksheet).items() if key != "remark"},
        "rules": {
            "cells_needed": rules.cells_needed,
            "two_signers": rules.two_signers,
            "fields_complete": rules.fields_complete,
            "border": rules.border,
        },
        "class_list": {"name": class_list.name, "version": class_list.version, "sha256": class_list.sha256},
        "models": _models(slide),
        "device": _device(slide),
        "fields": [
            {
                "position": f.position,
                "um_per_px": f.um_per_px,
                "scale_source": f.scale_source,
                "complete": f.complete,
            }
            for f in fields
        ],
        "simulated": slide.simulated,
        "research_use": RESEARCH_USE,
        "about_sha256": digest_of(about),
        "cells_sha256": digest_of(cells),
    }
    return Frozen(content, about, cells, digest_of(content))


def frozen_cells(slide: Slide) -> list[list[Any]]:
    """Return the cells of a slide as `[id, version, class, field, x0, y0, x1, y1]`, ``field`` by position."""
    rows = (
        Cell.objects.standing()
        .filter(field__slide=slide)
        .order_by("field__position", "pk")
        .values_list(
            "public_id",
            "version",
            "current_class",
            "suggested_class",
            "field__position",
            "x0",
            "y0",
            "x1",
            "y1",
        )
    )
    return [
        [str(public_id), version, label or suggested, position, x0, y0, x1, y1]
        for public_id, version, label, suggested, position, x0, y0, x1, y1 in rows
    ]


def sheet_values(worksheet: Worksheet) -> Json:
    """Return what was entered about a slide, by the names of `save_sheet`."""
    return {
        "wbc": worksheet.wbc,
        "wbc_with_nrbc": worksheet.wbc_with_nrbc,
        "quality": worksheet.quality,
        "remark": worksheet.remark,
        "all_counted": worksheet.all_counted,
    }


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A model version and how many of the cells that stand it found or classed."""

    id: str
    label: str
    task: str
    sha256: str
    cells: int


def _models(slide: Slide) -> list[Json]:
    standing = Cell.objects.standing().filter(field__slide=slide).order_by()
    counted: dict[int, int] = {}
    for column in ("locator_version_id", "classifier_version_id"):
        rows = standing.exclude(**{column: None}).values_list(column).annotate(n=Count("pk"))
        counted |= dict(rows)
    versions = ModelVersion.objects.filter(pk__in=counted).order_by("-task", "name", "version")
    return [
        asdict(_Spoken(str(v.public_id), v.label, v.task, v.weights_sha256, counted[v.pk])) for v in versions
    ]


def _device(slide: Slide) -> Json | None:
    if slide.device is None:
        return None
    return {
        "name": slide.device.name,
        "objective": slide.device.objective,
        "um_per_px": slide.device.um_per_px,
    }


def _plain(values: Mapping[str, Any]) -> Json:
    return {
        name: value if value is None or isinstance(value, str) else value.isoformat()
        for name, value in values.items()
    }


def class_counts(cells: Sequence[Sequence[Any]]) -> dict[str, int]:
    """Return how many frozen cells count as each class."""
    found: dict[str, int] = {}
    for row in cells:
        found[row[2]] = found.get(row[2], 0) + 1
    return found
