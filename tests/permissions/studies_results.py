"""Results of studies: of an open study progress only, of an unblinded one the figures; models beside the readers."""

from typing import Any

from tests.permissions.table import World, row


def study(world: World, state: str) -> Any:
    from apps.studies.models import State
    from tests.kits.studies import make_study

    def make() -> Any:
        kit = make_study(project=world.project, each=1)
        kit.read_all(kit.enrolments[0])
        kit.to(State(state))
        return kit.study

    return world.once(f"study-results-{state}", make)


def opened(world: World) -> dict[str, object]:
    return {"study_id": study(world, "open").public_id}


def closed(world: World) -> dict[str, object]:
    return {"study_id": study(world, "closed").public_id}


def unblinded(world: World) -> dict[str, object]:
    return {"study_id": study(world, "unblinded").public_id}


def trials_of_closed(world: World) -> dict[str, object]:
    return {**closed(world), "name": "trials.csv"}


def trials_of_open(world: World) -> dict[str, object]:
    return {**opened(world), "name": "trials.csv"}


def report_of_closed(world: World) -> dict[str, object]:
    return {**closed(world), "name": "report.pdf"}


def model(world: World) -> dict[str, object]:
    from apps.registry.models import Task
    from tests.registry.factories import in_use

    def make() -> Any:
        in_use(task=Task.LOCATE)
        return in_use(task=Task.CLASSIFY)

    return {"model": str(world.once("study-model", make).public_id)}


ROWS = [
    # Those who may lead studies
    row("studies:results", "GET", "302 404 404 404 200 200 200", kwargs=opened),
    row("studies:results", "GET", "302 404 404 404 200 200 200", kwargs=unblinded),
    row("studies:results-analyse", "POST", "302 404 404 404 409 409 409", kwargs=closed),
    row("studies:results-analyse", "POST", "302 404 404 404 302 302 302", kwargs=unblinded),
    row("studies:results-model", "POST", "302 404 404 404 302 302 302", kwargs=closed, data=model),
    row("studies:results-model", "POST", "302 404 404 404 400 400 400", kwargs=closed),
    # An administrator of the site takes no data out
    row("studies:results-file", "GET", "302 404 404 404 200 200 403", kwargs=trials_of_closed),
    row("studies:results-file", "GET", "302 404 404 404 409 409 403", kwargs=trials_of_open),
    row("studies:results-file", "GET", "302 404 404 404 409 409 403", kwargs=report_of_closed),
]
