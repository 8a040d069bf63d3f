"""A reader's way by pages: invitation, consent, screen, reading, leaving."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from apps.studies import services
from apps.studies.models import Enrolment, State
from apps.studies.reading.showing import waiting
from apps.studies.services import consent_digest
from tests.factories import PASSWORD, UserFactory
from tests.kits.studies import Kit, make_study

pytestmark = pytest.mark.django_db

ABOUT = {
    "role": "haematologist",
    "years": "12",
    "colour_vision": "normal",
    "greys": "all",
    "facts": '{"width": 1920, "gamut": "srgb", "cookies": "x", "touch": false}',
}


def address(name: str, enrolment: Enrolment) -> str:
    return reverse(f"studies:{name}", args=[enrolment.public_id])


def link(kit: Kit) -> str:
    _, token = services.invite(actor=kit.owner, study=kit.fresh(), for_name="Ina Invited")
    return reverse("studies:invitation", args=[token])


def join(path: str, **change: str) -> Any:
    form = {"name": "Ina", "email": "ina@example.org", "password": PASSWORD, "again": PASSWORD, **change}
    return Client().post(path, form)


@pytest.fixture
def kit() -> Kit:
    return make_study(each=1, readers=0, consent_text="You look at cells.\n\nYou may stop.")


def test_an_invitation_makes_an_account_without_any_other_right(kit: Kit) -> None:
    path = link(kit)
    shown = Client().get(path)
    assert "Ina Invited" in shown.content.decode()
    joined = join(path)
    user = get_user_model().objects.get(email="ina@example.org")
    enrolment = Enrolment.objects.get(reader=user)
    assert joined.headers["Location"] == address("reading", enrolment)
    assert not user.memberships.exists()
    assert not user.is_staff
    assert not user.is_superuser
    assert Client().get(path).status_code == 410


def test_an_invitation_that_cannot_be_followed_leaves_no_account(kit: Kit) -> None:
    path = link(kit)
    services.close(actor=kit.owner, study=kit.fresh())
    assert join(path).status_code == 410
    assert not get_user_model().objects.filter(email="ina@example.org").exists()


@pytest.mark.parametrize(
    "change",
    [{"password": "short", "again": "short"}, {"again": "another one"}, {"email": "none"}, {"name": ""}],
)
def test_a_form_that_is_not_right_is_shown_again_and_the_link_stays_open(
    kit: Kit, change: dict[str, str]
) -> None:
    path = link(kit)
    assert join(path, **change).status_code == 422
    assert Client().get(path).status_code == 200


def test_an_address_with_an_account_is_asked_to_sign_in(kit: Kit) -> None:
    UserFactory(email="ina@example.org")
    refused = join(link(kit))
    assert refused.status_code == 422
    assert "has an account already" in refused.content.decode()
    assert not Enrolment.objects.exists()


def test_who_is_signed_in_reads_with_that_account(kit: Kit) -> None:
    path, client, user = link(kit), Client(), UserFactory()
    client.force_login(user)
    assert user.email in client.get(path).content.decode()
    joined = client.post(path)
    assert joined.headers["Location"] == address("reading", Enrolment.objects.get(reader=user))


def test_who_made_the_study_cannot_follow_a_link_to_it(kit: Kit) -> None:
    client = Client()
    client.force_login(kit.owner)
    path = link(kit)
    assert client.post(path).status_code == 409
    assert Client().get(path).status_code == 200


def test_the_way_goes_from_consent_over_the_screen_to_the_reading(kit: Kit) -> None:
    enrolment = kit.add_reader(consents=False)
    client = Client()
    client.force_login(enrolment.reader)
    home = address("reading", enrolment)
    assert "You may stop." in client.get(home).content.decode()
    assert client.get(address("read", enrolment)).headers["Location"] == home
    assert client.post(address("reading-consent", enrolment), {"digest": "x"}).status_code == 422
    agreed = {"digest": consent_digest(enrolment.study), "agree": "on"}
    assert client.post(address("reading-consent", enrolment), agreed).status_code == 302
    assert "You and your screen" in client.get(home).content.decode()
    assert client.get(address("read", enrolment)).headers["Location"] == home
    assert client.post(address("reading-about", enrolment), {**ABOUT, "years": "400"}).status_code == 422
    assert client.post(address("reading-about", enrolment), ABOUT).status_code == 302
    assert "Start reading" in client.get(home).content.decode()
    assert client.get(address("read", enrolment)).status_code == 200
    enrolment.refresh_from_db()
    assert enrolment.experience == {"role": "haematologist", "years": 12}
    assert enrolment.screen == {
        "width": 1920,
        "gamut": "srgb",
        "touch": False,
        "colour_vision": "normal",
        "greys": "all",
    }


def test_consent_is_to_the_text_that_was_on_screen(kit: Kit) -> None:
    enrolment = kit.add_reader(consents=False)
    client = Client()
    client.force_login(enrolment.reader)
    client.post(address("reading-consent", enrolment), {"digest": "another text", "agree": "on"})
    assert "changed meanwhile" in client.get(address("reading", enrolment)).content.decode()
    enrolment.refresh_from_db()
    assert enrolment.consent_at is None


@pytest.mark.parametrize("facts", ["", "[1]", "{not json", '{"width": [1], "gamut": "' + "x" * 100 + '"}'])
def test_odd_facts_of_a_screen_are_left_out(kit: Kit, facts: str) -> None:
    enrolment = kit.add_reader()
    client = Client()
    client.force_login(enrolment.reader)
    assert client.post(address("reading-about", enrolment), {**ABOUT, "facts": facts}).status_code == 302
    enrolment.refresh_from_db()
    assert enrolment.screen == {"colour_vision": "normal", "greys": "all"}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.PREPARED, "has not been opened yet"),
        (State.LOCKED, "has not been opened yet"),
        (State.OPEN, "Start reading"),
        (State.CLOSED, "This study is closed"),
        (State.UNBLINDED, "This study is closed"),
    ],
)
def test_the_own_page_says_how_things_stand(state: State, words: str) -> None:
    enrolment = make_study(state, each=1).enrolments[0]
    if state not in (State.CLOSED, State.UNBLINDED):
        services.describe(enrolment=enrolment, actor=enrolment.reader, experience={"years": 3}, screen={})
    client = Client()
    client.force_login(enrolment.reader)
    assert words in client.get(address("reading", enrolment)).content.decode()


def test_a_reader_who_leaves_is_out_for_good(kit: Kit) -> None:
    enrolment = described(kit)
    client = Client()
    client.force_login(enrolment.reader)
    assert client.get(address("reading-withdraw", enrolment)).status_code == 200
    assert client.post(address("reading-withdraw", enrolment), {"why": "No time."}).status_code == 302
    assert "You have left this study" in client.get(address("reading", enrolment)).content.decode()
    assert client.get(address("read", enrolment)).status_code == 302
    assert client.post(address("reading-withdraw", enrolment)).status_code == 410


def test_no_page_of_a_reader_tells_what_the_study_is_about(kit: Kit) -> None:
    """Neither the staff's title, nor arms, nor how many of a kind there are."""
    enrolment = described(kit)
    client = Client()
    client.force_login(enrolment.reader)
    for name in ("reading", "read", "reading-withdraw"):
        text = client.get(address(name, enrolment)).content.decode()
        main = text[text.index("<main") : text.index("</main>")]
        assert kit.study.title not in main
        assert str(kit.study.public_id) not in main
        for word in ("synthetic", "origin", "stratum", "arm "):
            assert word not in main.lower(), (name, word)


def test_a_study_waits_on_the_home_page_until_it_is_read(kit: Kit) -> None:
    enrolment = described(kit)
    assert [item["url"] for item in waiting(user=enrolment.reader)] == [address("reading", enrolment)]
    kit.read_all(enrolment)
    assert waiting(user=enrolment.reader) == []
    assert waiting(user=kit.owner) == []
    client = Client()
    client.force_login(enrolment.reader)
    assert "Every image is answered" in client.get(address("reading", enrolment)).content.decode()


def described(kit: Kit) -> Enrolment:
    """A reader who has only to read."""
    enrolment = kit.add_reader()
    services.describe(enrolment=enrolment, actor=enrolment.reader, experience={"years": 3}, screen={})
    return Enrolment.objects.select_related("study__project", "reader").get(pk=enrolment.pk)
