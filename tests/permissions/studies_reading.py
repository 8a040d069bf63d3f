"""Only the reader reads, whoever else runs study, project or site. The viewer of the project is the reader here."""

from typing import Any

from tests.permissions.table import World, row


def kit(world: World) -> Any:
    """An open study that the viewer reads, ready to be read."""
    from apps.studies import services
    from tests.kits.studies import make_study

    def make() -> Any:
        made = make_study(each=1, readers=0, project=world.project)
        reader = world.people["viewer"]
        assert reader is not None
        enrolment = made.add_reader(reader)
        services.describe(enrolment=enrolment, actor=reader, experience={"years": 1}, screen={})
        return made

    return world.once("study-to-read", make)


def new_kit(world: World) -> Any:
    """A study to which the viewer has not consented yet."""
    from apps.studies.models import State
    from tests.kits.studies import make_study

    def make() -> Any:
        made = make_study(State.DRAFT, each=1, readers=0, project=world.project)
        made.add_reader(world.people["viewer"], consents=False)
        return made

    return world.once("study-to-agree-to", make)


def enrolment(world: World) -> dict[str, object]:
    return {"enrolment_id": kit(world).enrolments[0].public_id}


def new(world: World) -> dict[str, object]:
    return {"enrolment_id": new_kit(world).enrolments[0].public_id}


def slot(world: World) -> dict[str, object]:
    return {**enrolment(world), "slot": 1}


def image(world: World) -> dict[str, object]:
    from apps.studies.services.reading import serve

    found = serve(enrolment=kit(world).enrolments[0])
    assert found is not None
    return {**enrolment(world), "address": found.image}


def link(world: World) -> dict[str, object]:
    from apps.studies import services

    def make() -> str:
        made = kit(world)
        return services.invite(actor=made.owner, study=made.fresh())[1]

    return {"token": world.once("study-link", make)}


def digest(world: World) -> dict[str, object]:
    from apps.studies.services import consent_digest

    return {"digest": consent_digest(new_kit(world).study), "agree": "on"}


ABOUT = {"role": "trainee", "years": "1", "colour_vision": "normal", "greys": "all"}
LENGTHS = ("blank_ms", "hidden_ms", "hidden_times", "blurred_ms", "earlier_ms", "changes")
TIMES = {
    **dict.fromkeys(("shown_ms", "first_ms", "class_ms", "answered_ms", *LENGTHS), 0),
    "interrupted": False,
}
ANSWER = {
    "slot": 1,
    "answer": "neutrophil",
    "realism": None,
    "times": TIMES,
    "idempotency_key": "0123456789abcdef",
}

ROWS = [
    # Whoever has the link: a new account, or the own one
    row("studies:invitation", "GET", "200 200 200 200 200 200 200", kwargs=link),
    row("studies:invitation", "POST", "422 302 302 302 302 302 302", kwargs=link),
    row("studies:reading", "GET", "302 404 200 404 404 404 404", kwargs=enrolment),
    row("studies:reading-consent", "POST", "302 404 302 404 404 404 404", kwargs=new, data=digest),
    row(
        "studies:reading-about", "POST", "302 404 302 404 404 404 404", kwargs=enrolment, data=lambda _: ABOUT
    ),
    row("studies:reading-withdraw", "GET", "302 404 200 404 404 404 404", kwargs=enrolment),
    row("studies:reading-withdraw", "POST", "302 404 302 404 404 404 404", kwargs=enrolment),
    row("studies:read", "GET", "302 404 200 404 404 404 404", kwargs=enrolment),
    row("studies:reading-image", "GET", "302 404 200 404 404 404 404", kwargs=image),
    # API
    row("studies-api:reading", "GET", "401 404 200 404 404 404 404", kwargs=enrolment),
    # Nobody goes back in this study
    row("studies-api:reading-slot", "GET", "401 404 404 404 404 404 404", kwargs=slot),
    row(
        "studies-api:viewings",
        "POST",
        "401 404 200 404 404 404 404",
        kwargs=enrolment,
        data=lambda _: {"slot": 1},
    ),
    row(
        "studies-api:readings", "POST", "401 404 200 404 404 404 404", kwargs=enrolment, data=lambda _: ANSWER
    ),
]
