from typing import Any

from tests.permissions.table import World, row


def of_the_project(world: World) -> dict[str, Any]:
    from tests.registry.factories import model_version

    return {"model_id": world.once("model", lambda: model_version(project=world.project)).public_id}


ROWS = [
    row("registry:models", "GET", "302 200 200 200 200 200 200"),
    row("registry:model", "GET", "302 404 200 200 200 200 200", kwargs=of_the_project),
    # API
    row("registry-api:class-lists", "GET", "401 200 200 200 200 200 200"),
    row(
        "registry-api:class-list",
        "GET",
        "401 200 200 200 200 200 200",
        kwargs=lambda _: {"name": "eight", "version": 1},
    ),
    row("registry-api:models", "GET", "401 200 200 200 200 200 200"),
    row("registry-api:model", "GET", "401 404 200 200 200 200 200", kwargs=of_the_project),
]
