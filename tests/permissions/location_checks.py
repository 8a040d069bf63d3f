from typing import Any

from tests.permissions.table import World, row


def check_of(world: World) -> Any:
    from apps.review.location_check import services
    from tests.review.location_check.test_checks import analysed

    def make() -> Any:
        analysed(world.project, 2)
        return services.start(actor=world.people["reviewer"], project=world.project, stain="", device=None)

    return world.once("location-check", make)


def read_check(world: World) -> dict[str, object]:
    from apps.review.location_check import services

    found = check_of(world)

    def make() -> Any:
        return services.say(
            actor=world.people["reviewer"], place=found.places.get(), missed=[], false_boxes=[]
        )

    world.once("location-check-said", make)
    return {"check_id": found.public_id}


def project(world: World) -> dict[str, object]:
    check_of(world)
    return {"project_id": world.project_id}


def check(world: World) -> dict[str, object]:
    return {"check_id": check_of(world).public_id}


def place(world: World) -> dict[str, object]:
    return {**check(world), "number": 1}


SAID = {"missed": "[[1, 2]]", "false_boxes": "[0]"}

ROWS = [
    row("review:location-checks", "GET", "302 404 200 200 200 200 200", kwargs=project),
    row(
        "review:location-checks",
        "POST",
        "302 404 403 302 302 302 403",
        kwargs=project,
        data=lambda _: {"group": "|"},
    ),
    row("review:location-checks", "POST", "302 404 403 422 422 422 403", kwargs=project),
    row("review:location-checks-csv", "GET", "302 404 403 403 200 200 403", kwargs=project),
    row("review:location-check", "GET", "302 404 200 200 200 200 200", kwargs=check),
    row("review:location-check-more", "POST", "302 404 403 302 302 302 403", kwargs=check),
    row("review:location-check-close", "POST", "302 404 403 302 302 302 403", kwargs=read_check),
    row("review:location-check-field", "GET", "302 404 200 200 200 200 200", kwargs=place),
    row(
        "review:location-check-field",
        "POST",
        "302 404 403 302 302 302 403",
        kwargs=place,
        data=lambda _: SAID,
    ),
]
