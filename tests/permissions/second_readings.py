from typing import Any

from tests.permissions.review import slide
from tests.permissions.table import World, row


def project(world: World) -> dict[str, object]:
    return {"project_id": world.project_id}


def labelled_slide(world: World, name: str) -> Any:
    """A slide with two cells that somebody else has labelled."""
    from apps.accounts.models import Role
    from apps.cells.services import label
    from apps.core import storage
    from tests.cells.factories import finding, make_cells, make_field, make_slide
    from tests.factories import member
    from tests.kits.images import encoded

    def make() -> Any:
        found = make_slide(world.project)
        first = member(world.project, Role.REVIEWER)
        for cell in make_cells(make_field(found), finding(at=0), finding(at=1)):
            storage.save_bytes(cell.crop_key, encoded())
            label(actor=first, cell=cell, to_class="monocyte", expected_version=1, seen_suggestion=True)
        return found

    return world.once(f"second-reading-slide-{name}", make)


def open_reading(world: World) -> Any:
    """A reading that the reviewer has not begun."""
    from apps.review.second_reading.services import assign

    def make() -> Any:
        manager, reader = world.people["manager"], world.people["reviewer"]
        assert manager is not None
        assert reader is not None
        return assign(actor=manager, slide=labelled_slide(world, "open"), reader=reader)

    return world.once("second-reading-open", make)


def done_reading(world: World) -> Any:
    """A reading that a further member has finished, with one disagreement."""
    from apps.review.second_reading.services import assign, finish, label

    def make() -> Any:
        manager, reader = world.people["manager"], candidate(world)
        assert manager is not None
        reading = assign(actor=manager, slide=labelled_slide(world, "done"), reader=reader)
        for item, name in zip(reading.items.order_by("pk"), ("monocyte", "basophil"), strict=True):
            label(
                actor=reader,
                reading=reading,
                item_id=item.public_id,
                to_class=name,
                expected_version=1,
            )
        reading.refresh_from_db()
        return finish(actor=reader, reading=reading)

    return world.once("second-reading-done", make)


def candidate(world: World) -> Any:
    """A further member who may label."""
    from apps.accounts.models import Role
    from tests.factories import member

    return world.once("second-reader", lambda: member(world.project, Role.REVIEWER))


def opened(world: World) -> dict[str, object]:
    return {"reading_id": open_reading(world).public_id}


def done(world: World) -> dict[str, object]:
    return {"reading_id": done_reading(world).public_id}


def item(world: World) -> dict[str, object]:
    return {**opened(world), "item_id": open_reading(world).items.first().public_id}


def disagreement(world: World) -> dict[str, object]:
    return {**done(world), "item_id": done_reading(world).items.get(current_class="basophil").public_id}


def reader(world: World) -> dict[str, object]:
    slide(world)
    return {"reader": str(candidate(world).public_id)}


ACT = {"to": "monocyte", "version": 1}

ROWS = [
    row("review:second-readings", "GET", "302 404 200 200 200 200 200", kwargs=project),
    # Researchers and managers ask for readings
    row("review:slide-second-reading", "GET", "302 404 200 200 200 200 200", kwargs=slide),
    row("review:slide-second-reading", "POST", "302 404 403 403 302 302 403", kwargs=slide, data=reader),
    row("review:slide-second-reading", "POST", "302 404 403 403 422 422 403", kwargs=slide),
    row("review:second-reading", "GET", "302 404 200 200 200 200 200", kwargs=done),
    # Their own reading is another page to readers
    row("review:second-reading", "GET", "302 404 200 302 200 200 200", kwargs=opened),
    row("review:open-agreement", "POST", "302 404 302 302 302 302 302", kwargs=done),
    row("review:open-agreement", "POST", "302 404 409 409 409 409 409", kwargs=opened),
    row("review:compare-again", "POST", "302 404 403 403 302 302 403", kwargs=done),
    # There is a disagreement that researcher and manager could decide
    row("review:agreement-csv", "GET", "302 404 403 403 403 403 403", kwargs=done),
    row("review:agreement-csv", "GET", "302 404 403 403 200 200 403", kwargs=opened),
    # The reviewer gives the own reading back
    row("review:withdraw-reading", "POST", "302 404 403 302 302 302 403", kwargs=opened),
    row("review:withdraw-reading", "POST", "302 404 403 403 302 302 403", kwargs=done),
    # Only its reader reads
    row("review:read", "GET", "302 404 404 200 404 404 404", kwargs=opened),
    row("review:finish-reading", "POST", "302 404 404 302 404 404 404", kwargs=opened),
    row("review:reading-crop", "GET", "302 404 404 200 404 404 404", kwargs=item),
    # Who labels decides, but for the two readers
    row("review:reading-crop", "GET", "302 404 404 200 200 200 404", kwargs=disagreement),
    row("review:adjudicate", "GET", "302 404 403 200 200 200 403", kwargs=done),
    # API
    row("review-api:second-readings", "GET", "401 200 200 200 200 200 200"),
    row("review-api:second-reading", "GET", "401 404 200 200 200 200 200", kwargs=done),
    row("review-api:reading-cells", "GET", "401 404 404 200 404 404 404", kwargs=opened),
    row(
        "review-api:reading-label",
        "POST",
        "401 404 404 200 404 404 404",
        kwargs=item,
        data=lambda _: ACT,
    ),
    # Nothing was done that could be undone.
    row("review-api:reading-undo", "POST", "401 404 404 400 404 404 404", kwargs=opened),
    row("review-api:disagreements", "GET", "401 404 403 200 200 200 403", kwargs=done),
    row("review-api:decide", "POST", "401 404 403 200 200 200 403", kwargs=disagreement, data=lambda _: ACT),
    row("review-api:decision-undo", "POST", "401 404 403 400 400 400 403", kwargs=done),
]
