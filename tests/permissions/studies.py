from typing import Any

from tests.permissions.slides import project
from tests.permissions.table import World, row


def study(world: World, state: str, *, more: str = "") -> Any:
    """A study of the project in a state, with one reader from elsewhere; ``more`` names a further one."""
    from tests.kits.studies import make_study

    return world.once(f"study-{state}{more}", lambda: make_study(state, project=world.project, each=2))


def _in(state: str) -> Any:
    return lambda world: {"study_id": study(world, state).study.public_id}


draft, prepared, locked, opened, closed, unblinded = (
    _in(state) for state in ("draft", "prepared", "locked", "open", "closed", "unblinded")
)


def asked(world: World) -> dict[str, object]:
    """A closed study that its maker's manager asked to unblind; it takes two."""
    from apps.studies import services
    from tests.kits.studies import make_study

    def make() -> Any:
        kit = make_study("closed", project=world.project, each=2, two_person_unblinding=True)
        services.unblind(actor=kit.manager, study=kit.study, why="All have read.")
        return kit

    return {"study_id": world.once("study-asked", make).study.public_id}


def numbered(world: World) -> dict[str, object]:
    return {**prepared(world), "number": 1}


def reader(world: World) -> dict[str, object]:
    kit = study(world, "open")
    return {"study_id": kit.study.public_id, "enrolment_id": kit.enrolments[0].public_id}


def link(world: World) -> dict[str, object]:
    from apps.studies import services

    kit = study(world, "open")

    def make() -> Any:
        return services.invite(actor=kit.owner, study=kit.study, for_name="Dr Example")[0]

    return {"study_id": kit.study.public_id, "invitation_id": world.once("study-link", make).public_id}


def why(_: World) -> dict[str, object]:
    return {"why": "It is on record."}


def candidate(world: World) -> dict[str, object]:
    return {"reader": str(world.bystander.public_id)}


def jung(_: World) -> dict[str, object]:
    return {"preset": "jung-2022"}


def changed(world: World) -> dict[str, object]:
    """What the form sends of a draft as it stands."""
    from tests.studies.design.kit import sent

    return sent(study(world, "draft").fresh())


def protocol(world: World) -> dict[str, object]:
    made = study(world, "draft").fresh()
    return {"version": made.version, "title": "Another title", "protocol": made.protocol}


STAFF = "302 404 404 404 200 200 200"
ACTS = "302 404 404 404 302 302 302"

ROWS = [
    row("studies:list", "GET", "302 404 403 403 200 200 200", kwargs=project),
    row("studies:new", "POST", "302 404 403 403 302 302 302", kwargs=project, data=jung),
    row("studies:new", "POST", "302 404 403 403 400 400 400", kwargs=project),
    # It is no demonstration.
    row("studies:demo", "POST", "302 404 403 403 404 404 404", kwargs=project),
    row("studies:study", "GET", STAFF, kwargs=draft),
    row("studies:study", "GET", STAFF, kwargs=prepared),
    row("studies:study", "GET", STAFF, kwargs=opened),
    row("studies:study", "GET", STAFF, kwargs=asked),
    row("studies:study", "GET", STAFF, kwargs=unblinded),
    row("studies:design", "GET", STAFF, kwargs=draft),
    row("studies:design", "GET", STAFF, kwargs=locked),
    row("studies:design", "POST", ACTS, kwargs=draft, data=changed),
    row("studies:design", "POST", "302 404 404 404 409 409 409", kwargs=locked, data=changed),
    row("studies:design", "POST", "302 404 404 404 422 422 422", kwargs=draft),
    row("studies:check", "POST", STAFF, kwargs=draft, data=changed),
    row("studies:check", "POST", STAFF, kwargs=draft),
    row("studies:preview", "GET", STAFF, kwargs=prepared),
    row("studies:preview", "GET", "302 404 404 404 409 409 409", kwargs=draft),
    row("studies:preview-image", "GET", STAFF, kwargs=numbered),
    row("studies:audit", "POST", ACTS, kwargs=prepared),
    row("studies:acknowledge-audit", "POST", ACTS, kwargs=prepared, data=why),
    row("studies:prepare", "POST", ACTS, kwargs=draft),
    row("studies:redraft", "POST", ACTS, kwargs=prepared, data=why),
    row("studies:discard", "POST", ACTS, kwargs=draft, data=why),
    row("studies:lock", "POST", ACTS, kwargs=prepared),
    row("studies:open", "POST", ACTS, kwargs=locked),
    row("studies:extend", "POST", ACTS, kwargs=opened, data=why),
    row("studies:close", "POST", ACTS, kwargs=opened),
    # Managers and administrators unblind.
    row("studies:unblind", "POST", "302 404 404 404 403 302 302", kwargs=closed, data=why),
    row("studies:withdraw-unblinding", "POST", "302 404 404 404 403 302 302", kwargs=asked),
    row("studies:invite", "POST", STAFF, kwargs=opened, data=lambda _: {"for_name": "Dr Example"}),
    row("studies:withdraw-invitation", "POST", ACTS, kwargs=link),
    row("studies:enrol", "POST", ACTS, kwargs=opened, data=candidate),
    row("studies:remind", "POST", ACTS, kwargs=reader),
    row("studies:withdraw-reader", "GET", STAFF, kwargs=reader),
    row("studies:withdraw-reader", "POST", ACTS, kwargs=reader, data=why),
    row("studies:withdraw-reader", "POST", "302 404 404 404 400 400 400", kwargs=reader),
    # API
    row("studies-api:studies", "GET", "401 404 403 403 200 200 200", kwargs=project),
    row(
        "studies-api:studies",
        "POST",
        "401 404 403 403 201 201 201",
        kwargs=project,
        data=lambda _: {"title": "One more", "preset": "proficiency"},
    ),
    row("studies-api:study", "GET", "401 404 404 404 200 200 200", kwargs=opened),
    row("studies-api:study", "PATCH", "401 404 404 404 200 200 200", kwargs=draft, data=protocol),
    row("studies-api:study", "PATCH", "401 404 404 404 409 409 409", kwargs=locked, data=protocol),
    row("studies-api:study", "DELETE", "401 404 404 404 204 204 204", kwargs=draft),
    row("studies-api:check", "GET", "401 404 404 404 200 200 200", kwargs=draft),
    row(
        "studies-api:steps",
        "POST",
        "401 404 404 404 200 200 200",
        kwargs=opened,
        data=lambda _: {"to": "closed"},
    ),
    row("studies-api:readers", "GET", "401 404 404 404 200 200 200", kwargs=opened),
    row("studies-api:readers", "POST", "401 404 404 404 201 201 201", kwargs=opened, data=candidate),
    row(
        "studies-api:invitations",
        "POST",
        "401 404 404 404 201 201 201",
        kwargs=opened,
        data=lambda _: {"for_name": "Dr Example"},
    ),
]
