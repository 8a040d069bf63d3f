"""Two studies of one project that show the same cells: who reads one learns nothing from the other."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership, Role, User
from apps.core.errors import NotPermitted
from apps.studies import services
from apps.studies.design import home
from apps.studies.draw.drawing import Picked
from apps.studies.models import State, Study
from apps.studies.presets import preset
from apps.studies.protocol import CELLS
from apps.studies.truth import CaseKey
from tests.factories import SiteAdminFactory, UserFactory, member
from tests.kits.studies import Kit, make_study

pytestmark = pytest.mark.django_db


def sister(kit: Kit, monkeypatch: pytest.MonkeyPatch, state: State = State.PREPARED, **protocol: int) -> Kit:
    """Return a study of the same project that shows the same cells, without readers."""
    same = [
        Picked(key.crop.pk, key.crop.public_id, key.arm, key.origin, key.intended_class, CELLS)
        for key in CaseKey.objects.filter(study=kit.study).select_related("crop")
        if key.crop is not None
    ]
    monkeypatch.setattr("tests.kits.studies._picked", lambda study: same)
    return make_study(state, project=kit.project, readers=0, **protocol)


def person_of(kit: Kit, role: Role | None) -> User:
    """Return somebody with a role in the project, or a site administrator who is a researcher there."""
    if role is not None:
        return member(kit.project, role)
    found: User = SiteAdminFactory()
    Membership.objects.create(user=found, project=kit.project, role=Role.RESEARCHER)
    return found


def pages(study: Study) -> dict[str, str]:
    names = ("study", "design", "results", "preview")
    found = {name: reverse(f"studies:{name}", args=[study.public_id]) for name in names}
    return found | {
        "image": reverse("studies:preview-image", args=[study.public_id, 1]),
        "images.csv": reverse("studies:results-file", args=[study.public_id, "images.csv"]),
        "trials.csv": reverse("studies:results-file", args=[study.public_id, "trials.csv"]),
        "api": reverse("studies-api:study", args=[study.public_id]),
    }


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.MANAGER, None])
def test_a_reader_sees_nothing_of_a_sister_study_until_the_own_is_unblinded(
    role: Role | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_study(each=1)
    second = sister(first, monkeypatch, each=1)
    first.read_all(first.enrolments[0])
    first.to(State.UNBLINDED)
    reader = person_of(second, role)
    client = Client()
    client.force_login(reader)

    def got() -> dict[str, int]:
        return {name: client.get(url).status_code for name, url in pages(first.study).items()}

    def listed() -> list[str]:
        urls = [
            reverse(name, args=[first.project.public_id]) for name in ("studies:list", "studies-api:studies")
        ]
        return [url for url in urls if str(first.study.public_id) in client.get(url).content.decode()]

    assert set(got().values()) == {200}
    assert len(listed()) == 2
    second.add_reader(reader)
    for state in (State.PREPARED, State.LOCKED, State.OPEN, State.CLOSED):
        second.to(state)
        assert set(got().values()) == {404}, state
        assert listed() == []
    second.to(State.UNBLINDED)
    assert set(got().values()) == {200}
    assert len(listed()) == 2


def test_a_reader_designs_and_moves_no_study_of_the_project() -> None:
    kit = make_study(State.PREPARED)
    reader = member(kit.project, Role.MANAGER)
    own = services.create_study(actor=reader, project=kit.project, title="Own", protocol=kit.study.plan)
    closed = make_study(State.CLOSED, project=kit.project)
    mine = kit.add_reader(reader)
    acts = [
        lambda: services.create_study(
            actor=reader, project=kit.project, title="Another", protocol=preset("jung-2022")
        ),
        lambda: services.prepare(actor=reader, study=own),
        lambda: services.enrol(actor=reader, study=closed.study, reader=UserFactory()),
        lambda: services.unblind(actor=reader, study=closed.study, why="To see the key."),
    ]
    for act in acts:
        with pytest.raises(NotPermitted, match="You read a study of this project") as raised:
            act()
        assert raised.value.code == "reader"
    client = Client()
    client.force_login(reader)
    new = reverse("studies:new", args=[kit.project.public_id])
    answer = client.post(new, {"preset": "jung-2022"})
    assert answer.status_code == 403
    assert "You read a study of this project" in answer.content.decode()
    # Elsewhere, and after withdrawing, the person designs as before.
    other = make_study(State.DRAFT, readers=0)
    Membership.objects.create(user=reader, project=other.project, role=Role.RESEARCHER)
    services.create_study(actor=reader, project=other.project, title="Elsewhere", protocol=kit.study.plan)
    services.withdraw(actor=reader, enrolment=mine)
    services.create_study(actor=reader, project=kit.project, title="Again", protocol=kit.study.plan)


def test_no_unblinding_of_a_sister_study_waits_for_a_reader() -> None:
    kit = make_study(State.CLOSED, two_person_unblinding=True)
    second = member(kit.project, Role.MANAGER)
    services.unblind(actor=kit.manager, study=kit.study, why="All have read.")
    assert home.waiting(user=second)
    make_study(State.PREPARED, project=kit.project, readers=0).add_reader(second)
    assert home.waiting(user=second) == []
