from tests.permissions.review import cell, cell_of, picture, slide
from tests.permissions.table import World, row

NOBODYS = "00000000-0000-0000-0000-000000000000"


def event(world: World) -> dict[str, object]:
    """The reviewer's first act on the cell."""
    from apps.cells.services import label

    def make() -> object:
        return label(
            actor=world.people["reviewer"],
            cell=cell_of(world),
            to_class="monocyte",
            expected_version=1,
            seen_suggestion=True,
        )

    world.once("cells-event", make)
    return {**cell(world), "version": 2}


ROWS = [
    row("cells-api:cells", "GET", "401 400 400 400 400 400 400"),
    row("cells-api:cells", "GET", "401 200 200 200 200 200 200", query=f"?project={NOBODYS}"),
    row("cells-api:cells", "GET", "401 400 400 400 400 400 400", query=f"?project={NOBODYS}&unidentified=x"),
    row("cells-api:cell", "GET", "401 404 200 200 200 200 200", kwargs=cell),
    row("cells-api:crop", "GET", "401 404 200 200 200 200 200", kwargs=picture),
    # Taking data out is for researchers and managers
    row("cells-api:cell-table", "GET", "401 404 403 403 200 200 403", kwargs=slide),
    row("cells-api:label-events", "GET", "401 400 400 400 400 400 400"),
    row("cells-api:label-events", "GET", "401 200 200 200 200 200 200", query=f"?slide={NOBODYS}"),
    row("cells-api:label-event", "GET", "401 404 200 200 200 200 200", kwargs=event),
]
