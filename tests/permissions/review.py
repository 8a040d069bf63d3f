from typing import Any

from tests.permissions.table import World, row


def cell_of(world: World) -> Any:
    from tests.cells.factories import make_cell

    return world.once("cell", lambda: make_cell(world.project))


def slide(world: World) -> dict[str, object]:
    return {"slide_id": cell_of(world).field.slide.public_id}


def cell(world: World) -> dict[str, object]:
    return {"cell_id": cell_of(world).public_id}


def picture(world: World) -> dict[str, object]:
    import numpy as np

    from apps.core import storage
    from ml.images import encode_png

    key = cell_of(world).crop_key
    world.once("picture", lambda: storage.save_bytes(key, encode_png(np.zeros((4, 4, 3), np.uint8))))
    return cell(world)


def project(world: World) -> dict[str, object]:
    return {"project_id": world.project_id}


def part(world: World) -> dict[str, object]:
    import numpy as np

    from apps.core import storage
    from ml.images import encode_png

    field = cell_of(world).field
    pixels = np.zeros((field.height, field.width, 3), np.uint8)
    world.once("field", lambda: storage.save_bytes(field.image_key, encode_png(pixels)))
    return {"field_id": field.public_id, "x": 50, "y": 50, "side": 60, "size": 96}


def seen(world: World) -> dict[str, object]:
    return {"cells": [str(cell_of(world).public_id)]}


def labels(world: World) -> dict[str, object]:
    return {"labels": [{"cell": str(cell_of(world).public_id), **LABEL}]}


LABEL = {"to": "monocyte", "version": 1, "seen_suggestion": True}


def box(world: World) -> dict[str, object]:
    field = cell_of(world).field.public_id
    return {"field": str(field), "box": [300, 300, 350, 350], "to": None, "idempotency_key": "k"}


STEP = {"idempotency_key": "k"}
MOVED = {"box": [1, 2, 40, 45], "version": 1, "idempotency_key": "k"}
REMOVED = {"version": 1, "idempotency_key": "k"}
ACTS = "401 404 403 200 200 200 403"


def laboratory(world: World) -> Any:
    """The project has a laboratory with a range."""
    from datetime import date

    from apps.review.models import Laboratory, ReferenceRange, SigningRules

    def make() -> Any:
        lab = Laboratory.objects.create(name="Haematology")
        SigningRules.objects.create(project=world.project, laboratory=lab)
        return ReferenceRange.objects.create(
            laboratory=lab,
            cell_class="neutrophil",
            unit="percent",
            low=40,
            high=70,
            source="Own donors",
            valid_from=date(2026, 1, 1),
            made_by=world.people["manager"],
        )

    return world.once("range", make)


def signing(world: World) -> dict[str, object]:
    laboratory(world)
    return {"project_id": world.project_id}


def held(world: World) -> dict[str, object]:
    return {**signing(world), "range_id": laboratory(world).public_id}


def rules(world: World) -> dict[str, object]:
    from apps.core.editing import version_of
    from apps.review.differential.count import rules_of
    from apps.review.signing.laboratory import rules_values

    laboratory(world)
    return {
        "cells_needed": 100,
        "border": "all",
        "version": version_of(rules_values(rules_of(world.project))),
    }


RANGE = {
    "cell_class": "monocyte",
    "unit": "percent",
    "low": "2",
    "high": "10",
    "source": "Own donors",
    "valid_from": "2026-01-01",
}


def slide_to_sign(world: World) -> dict[str, object]:
    signed(world)
    return {"slide_id": world.made["signed"].slide.public_id}


def signed(world: World) -> Any:
    """A report that waits for a second signature."""
    from tests.cells.factories import make_slide
    from tests.review.signing import ready, sign

    def make() -> Any:
        slide = make_slide(world.project)
        ready(slide, world.people["researcher"], two_signers=True)
        return sign(slide, world.people["researcher"])

    return world.once("signed", make)


def report(world: World) -> dict[str, object]:
    return {"report_id": signed(world).public_id}


def sheet(world: World) -> dict[str, object]:
    from apps.core.editing import version_of
    from apps.review.differential.count import worksheet_of
    from apps.review.signing.frozen import sheet_values

    values = sheet_values(worksheet_of(signed(world).slide))
    return {"quality": "good", "version": version_of(values)}


ROWS = [
    row("review:slide", "GET", "302 404 200 200 200 200 200", kwargs=slide),
    row("review:table", "GET", "302 404 200 200 200 200 200", kwargs=slide),
    row("review:analyse", "POST", "302 404 403 302 302 302 403", kwargs=slide),
    row("review:crop", "GET", "302 404 200 200 200 200 200", kwargs=picture),
    row("review:label", "POST", "302 404 403 302 302 302 403", kwargs=cell, data=lambda _: LABEL),
    row("review-api:slide-cells", "GET", "401 404 200 200 200 200 200", kwargs=slide),
    row("review-api:seen", "POST", "401 404 403 200 200 200 403", kwargs=slide, data=seen),
    row("review-api:analyse", "POST", "401 404 403 202 202 202 403", kwargs=slide),
    row("review-api:label", "POST", "401 404 403 200 200 200 403", kwargs=cell, data=lambda _: LABEL),
    row("review-api:label-list", "POST", "401 404 403 200 200 200 403", data=labels),
    # The person has done nothing to the cell yet.
    row("review-api:undo", "POST", "401 404 403 400 400 400 403", kwargs=cell, data=lambda _: {"version": 1}),
    row("review-api:boxes", "POST", "401 404 403 201 201 201 403", kwargs=slide, data=box),
    row("review-api:box", "POST", ACTS, kwargs=cell, data=lambda _: MOVED),
    row("review-api:remove", "POST", ACTS, kwargs=cell, data=lambda _: REMOVED),
    row("review-api:slide-undo", "POST", ACTS, kwargs=slide, data=lambda _: STEP),
    row("review-api:slide-redo", "POST", ACTS, kwargs=slide, data=lambda _: STEP),
    row("review-api:project-undo", "POST", ACTS, kwargs=project, data=lambda _: STEP),
    row("review-api:project-redo", "POST", ACTS, kwargs=project, data=lambda _: STEP),
    row("review-api:slide-changes", "GET", "401 404 200 200 200 200 200", kwargs=slide, query="?since=0.0"),
    row("review-api:slide-changes", "GET", "401 404 400 400 400 400 400", kwargs=slide),
    row(
        "review-api:project-changes", "GET", "401 404 200 200 200 200 200", kwargs=project, query="?since=0.0"
    ),
    row("review-api:comments", "GET", "401 404 200 200 200 200 200", kwargs=cell),
    row(
        "review-api:comments",
        "POST",
        "401 404 403 201 201 201 403",
        kwargs=cell,
        data=lambda _: {"text": "Look."},
    ),
    row("review-api:similar", "GET", "401 404 200 200 200 200 200", kwargs=cell),
    row("review-api:similar", "GET", "401 404 400 400 400 400 400", kwargs=cell, query="?n=0"),
    row("review-api:events", "GET", "401 404 200 200 200 200 200", kwargs=cell),
    row("review:gallery", "GET", "302 404 200 200 200 200 200", kwargs=slide),
    row("review:project-gallery", "GET", "302 404 200 200 200 200 200", kwargs=project),
    # The cells carry no features, and no model is in use that could be asked: that is said.
    row("review:store-features", "POST", "302 404 403 302 302 302 403", kwargs=project),
    row("review:window", "GET", "302 404 200 200 200 200 200", kwargs=part),
    row("review-api:gallery", "GET", "401 404 200 200 200 200 200", kwargs=slide),
    row("review-api:project-gallery", "GET", "401 404 200 200 200 200 200", kwargs=project),
    # The cells carry no features here.
    row(
        "review-api:gallery-order", "GET", "401 404 409 409 409 409 409", kwargs=slide, query="?by=similarity"
    ),
    row(
        "review-api:project-gallery-order",
        "GET",
        "401 404 409 409 409 409 409",
        kwargs=project,
        query="?by=similarity",
    ),
    # What a project signs by
    row("review:signing-rules", "GET", "302 404 200 200 200 200 200", kwargs=signing),
    row("review:signing-rules", "POST", "302 404 403 403 403 302 302", kwargs=signing, data=rules),
    row("review:add-range", "POST", "302 404 403 403 403 302 302", kwargs=signing, data=lambda _: RANGE),
    row("review:change-range", "GET", "302 404 403 403 403 200 200", kwargs=held),
    row("review:change-range", "POST", "302 404 403 403 403 302 302", kwargs=held, data=lambda _: RANGE),
    row("review:end-range", "POST", "302 404 403 403 403 302 302", kwargs=held),
    # Without a file.
    row("review:load-ranges", "POST", "302 404 403 403 403 422 422", kwargs=signing),
    row("review:ranges-file", "GET", "302 404 200 200 200 200 200", kwargs=signing),
    # Signing and reports; who posts nothing signs nothing
    row("review:sign", "GET", "302 404 200 200 200 200 200", kwargs=slide_to_sign),
    row("review:sign", "POST", "302 404 403 400 400 400 403", kwargs=slide_to_sign),
    row("review:sheet", "POST", "302 404 403 302 302 302 403", kwargs=slide_to_sign, data=sheet),
    row("review:countersign", "POST", "302 404 403 400 400 400 403", kwargs=report),
    row("review:reports", "GET", "302 404 200 200 200 200 200", kwargs=signing),
    row("review:report", "GET", "302 404 200 200 200 200 200", kwargs=report),
    row("review:report-pdf", "GET", "302 404 200 200 200 200 200", kwargs=report),
    row("review:report-csv", "GET", "302 404 200 200 200 200 200", kwargs=report),
    row("review:as-signed", "GET", "302 404 200 200 200 200 200", kwargs=report),
    row("review-api:differential", "GET", "401 404 200 200 200 200 200", kwargs=slide_to_sign),
    row("review-api:report-list", "GET", "401 200 200 200 200 200 200"),
    row("review-api:report", "GET", "401 404 200 200 200 200 200", kwargs=report),
    row("review-api:report-csv", "GET", "401 404 200 200 200 200 200", kwargs=report),
]
