"""The simulated study goes the whole way by the services, and says everywhere what it is."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from apps.accounts.models import Project, Role, User
from apps.cells.models import Cell, Origin
from apps.jobs.models import Job
from apps.studies.demo import making, pictures, starting
from apps.studies.demo.marks import is_simulated
from apps.studies.demo.params import DEMO
from apps.studies.models import Reading, State
from tests.factories import ProjectFactory, UserFactory, member
from tests.kits.studies import make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def demonstration() -> Project:
    return ProjectFactory(name="Demonstration", is_demo=True)


@pytest.fixture
def manager(demonstration: Project) -> User:
    return member(demonstration, Role.MANAGER)


def test_pictures_come_again_and_differ() -> None:
    one = pictures.cell("monocyte", seed=1)
    assert one.shape == (pictures.SIDE, pictures.SIDE, 3)
    assert (one == pictures.cell("monocyte", seed=1)).all()
    assert (one != pictures.cell("monocyte", seed=2)).any()
    assert (one != pictures.cell("monocyte", seed=1, generated=True)).any()


@pytest.mark.slow
def test_a_simulated_study_is_made_whole(
    demonstration: Project, manager: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_SPARE", 1)
    out = io.StringIO()
    with override_settings(JOBS_TIMES={**getattr(settings, "JOBS_TIMES", {}), "watch": 3600.0}):
        call_command("demo_study", each=2, readers=2, stdout=out)
    study = making.existing(demonstration)
    assert study is not None
    assert str(study.public_id) in out.getvalue()
    assert study.state == State.UNBLINDED
    assert is_simulated(study)
    assert study.cases.filter(practice=False).count() == 20
    assert Reading.objects.count() == 2 * (20 + 2)
    origins = set(Cell.objects.filter(project=demonstration).values_list("origin", flat=True))
    assert origins == {Origin.IMPORTED, Origin.SYNTHETIC}
    readers = [one.reader for one in study.enrolments.all()]
    assert [reader.is_active for reader in readers] == [False, False]
    assert not any(reader.has_usable_password() for reader in readers)
    client.force_login(manager)
    for place in (
        reverse("studies:list", args=[demonstration.public_id]),
        reverse("studies:study", args=[study.public_id]),
    ):
        assert "badge--simulated" in client.get(place).content.decode()
    again = io.StringIO()
    call_command("demo_study", stdout=again)
    assert "already" in again.getvalue()


def test_only_the_demonstration_offers_it(client: Client) -> None:
    project = ProjectFactory()
    client.force_login(member(project, Role.MANAGER))
    shown = client.get(reverse("studies:list", args=[project.public_id])).content.decode()
    assert "simulated study" not in shown.lower()
    assert client.post(reverse("studies:demo", args=[project.public_id])).status_code == 404
    with pytest.raises(CommandError, match="no demonstration"):
        call_command("demo_study")


def test_the_button_asks_for_one_job(demonstration: Project, manager: User, client: Client) -> None:
    client.force_login(manager)
    place = reverse("studies:list", args=[demonstration.public_id])
    assert "Make a simulated study" in client.get(place).content.decode()
    button = reverse("studies:demo", args=[demonstration.public_id])
    for _ in range(2):
        shown = client.post(button, follow=True).content.decode()
    assert "is being made" in shown
    assert Job.objects.filter(kind=DEMO).count() == 1


def test_a_study_of_people_is_not_simulated(demonstration: Project) -> None:
    kit = make_study(project=demonstration)
    kit.add_reader(UserFactory(email="simulated.invalid@example.org"))
    assert not is_simulated(kit.study)
    assert making.existing(demonstration) is None
    assert starting.shown(demonstration)["demo_study"] is None
