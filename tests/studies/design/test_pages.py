"""The staff's pages: what they say, what they refuse, how many queries they ask."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.studies import services
from apps.studies.models import Enrolment, Invitation, State, Study
from apps.studies.reading import showing
from tests.factories import ProjectFactory, member
from tests.kits.studies import make_study
from tests.studies.design.kit import add_cells, draft, sent

pytestmark = pytest.mark.django_db
# Queries of the two pages.
LIST = 14
STUDY = 20


def page(client: Client, name: str, study: Study, *args: object) -> str:
    answer = client.get(reverse(f"studies:{name}", args=[study.public_id, *args]))
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def act(client: Client, name: str, study: Study, *args: object, **data: object) -> str:
    answer = client.post(reverse(f"studies:{name}", args=[study.public_id, *args]), data, follow=True)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_preset_becomes_a_draft(client: Client) -> None:
    project = ProjectFactory()
    maker = member(project, Role.RESEARCHER)
    add_cells(project, maker, each=12)
    client.force_login(maker)
    shown = client.get(reverse("studies:list", args=[project.public_id])).content.decode()
    assert "No study yet" in shown
    assert "60 labelled real cells and 0 labelled synthetic cells" in words(shown)
    answer = client.post(reverse("studies:new", args=[project.public_id]), {"preset": "jung-2022"})
    study = Study.objects.get()
    assert answer["Location"] == reverse("studies:design", args=[study.public_id])
    assert study.plan.counted == 100
    html = page(client, "design", study)
    assert "draws 10 of class basophil" in html
    assert "Found" not in html
    assert "Jung 2022" in client.get(reverse("studies:list", args=[project.public_id])).content.decode()


def test_a_design_is_saved_by_who_saw_its_newest_version(client: Client) -> None:
    project = ProjectFactory()
    maker = member(project, Role.RESEARCHER)
    study = draft(project, maker)
    client.force_login(maker)
    before = sent(study, title="Mine")
    services.change_study(
        actor=maker, study=study, expected_version=study.version, title="Meanwhile", protocol=study.plan
    )
    place = reverse("studies:design", args=[study.public_id])
    refused = client.post(place, before)
    assert refused.status_code == 409
    study.refresh_from_db()
    assert study.title == "Meanwhile"
    # Sent once more it stands on the version that it was told.
    found = re.search(r'name="version" value="(\d+)"', refused.content.decode())
    assert found is not None
    assert int(found[1]) == study.version
    assert client.post(place, {**before, "version": found[1]}).status_code == 302
    study.refresh_from_db()
    assert study.title == "Mine"


def test_arms_come_and_go_without_saving(client: Client) -> None:
    project = ProjectFactory()
    maker = member(project, Role.RESEARCHER)
    study = draft(project, maker, preset="proficiency")
    client.force_login(maker)
    place = reverse("studies:design", args=[study.public_id])
    more = client.post(place, {**sent(study, title="Kept while typing"), "do": "add-arm"}).content.decode()
    assert "Arm 2" in more
    assert "Kept while typing" in more
    fewer = client.post(place, {**sent(study), "arms": 2, "do": "remove-arm"}).content.decode()
    assert "Arm 2" not in fewer
    study.refresh_from_db()
    assert len(study.plan.arms) == 1
    assert study.version == 1


def test_the_side_is_added_up_from_what_is_typed(client: Client) -> None:
    project = ProjectFactory()
    maker = member(project, Role.RESEARCHER)
    add_cells(project, maker, each=12)
    add_cells(project, maker, each=12, synthetic=True)
    study = draft(project, maker)
    client.force_login(maker)
    place = reverse("studies:check", args=[study.public_id])
    side = client.post(place, sent(study)).content.decode()
    assert "There are enough images" in side
    short = client.post(place, sent(study, **{"arm-1-n-basophil": 13})).content.decode()
    assert "draws 13 of class basophil" in short
    assert 'id="there-arm-1-n-basophil" hx-swap-oob="true">of 12' in short
    odd = client.post(place, sent(study, repeats="many")).content.decode()
    assert "Hidden repeats, per cent" in odd
    study.refresh_from_db()
    assert study.version == 1


@pytest.mark.parametrize("state", list(State))
def test_the_page_of_a_study_in_every_state(state: State, client: Client) -> None:
    kit = make_study(state)
    client.force_login(kit.manager)
    html = page(client, "study", kit.study)
    assert 'aria-current="step"' in html
    for secret in (kit.study.seed, *(case.code for case in kit.study.cases.all())):
        assert secret not in html
    buttons = re.findall(r'<button class="button[^"]*" type="submit"( disabled[^>]*)?>(\w[^<]*)', html)
    offered = {label.strip() for _, label in buttons}
    expected = {
        State.DRAFT: {"Prepare", "Discard the draft"},
        State.PREPARED: {"Lock", "Back to draft"},
        State.LOCKED: {"Open"},
        State.OPEN: {"Close", "Extend the time"},
        State.CLOSED: {"Unblind", "Open again"},
        State.UNBLINDED: set(),
    }
    for of, labels in expected.items():
        assert (labels <= offered) == (of == state or not labels), (of, offered)


def test_a_whole_life_by_buttons(client: Client) -> None:
    kit = make_study(State.PREPARED)
    study = kit.study
    client.force_login(kit.manager)
    assert "Say why" in act(client, "redraft", study)
    assert "The study is locked" in act(client, "lock", study, why="All is well.")
    assert "Choose a day of the calendar" in act(client, "open", study, due="2026-02-31")
    assert "still to come" in act(client, "open", study, due="2001-01-01")
    assert "The study is open" in act(client, "open", study, due="2999-12-24")
    study.refresh_from_db()
    assert study.due_at is not None
    assert "The day is changed" in act(client, "extend", study, due="2999-12-31", why="Holidays.")
    assert "The study is closed" in act(client, "close", study)
    assert "open again" in act(client, "extend", study, due="2999-12-31", why="One more reader.")
    act(client, "close", study)
    assert "Say why" in act(client, "unblind", study)
    unblinded = act(client, "unblind", study, why="All have read.")
    assert "The study is unblinded" in unblinded
    told = words(unblinded)
    for line in ("Holidays.", "One more reader.", "All have read.", "Time extended", "Opened again"):
        assert line in told
    assert kit.manager.display_name in told


def test_two_persons_unblind(client: Client) -> None:
    kit = make_study(State.CLOSED, two_person_unblinding=True)
    client.force_login(kit.manager)
    assert "Asked for. Another manager must confirm it." in act(
        client, "unblind", kit.study, why="All have read."
    )
    assert "another manager must confirm" in page(client, "study", kit.study)
    second = member(kit.project, Role.MANAGER)
    client.force_login(second)
    html = page(client, "study", kit.study)
    assert "Confirm the unblinding" in html
    assert "asked for it: All have read." in html
    assert "The study is unblinded" in act(client, "unblind", kit.study, why="Agreed.")


def test_progress_without_answers(client: Client) -> None:
    kit = make_study(readers=2, each=2)
    kit.read(kit.enrolments[0], answer="cannot-tell", reason="An odd one.")
    client.force_login(kit.owner)
    html = words(page(client, "study", kit.study))
    assert "1 of 8" in html
    assert "0 of 8" in html
    assert "An odd one." not in html
    assert re.search("cannot.tell", html, re.IGNORECASE) is None


def test_an_invitation_is_shown_once(client: Client) -> None:
    kit = make_study(State.LOCKED, readers=0)
    client.force_login(kit.owner)
    html = act(client, "invite", kit.study, for_name="Dr Example, Graz")
    found = re.search(r'value="(http[^"]+/study-invitations/[^"]+)"', html)
    assert found is not None
    assert "no-store" in client.post(
        reverse("studies:invite", args=[kit.study.public_id]), {"for_name": "B"}
    ).headers.get("Cache-Control", "")
    shown = page(client, "study", kit.study)
    assert "Dr Example, Graz" in shown
    assert found[1] not in shown
    invitation = Invitation.objects.filter(for_name="Dr Example, Graz").get()
    assert "does not work any more" in act(client, "withdraw-invitation", kit.study, invitation.public_id)
    assert "Dr Example, Graz" not in page(client, "study", kit.study)
    assert Client().get(found[1]).status_code == 410


def test_members_are_asked_but_not_those_who_know_too_much(client: Client) -> None:
    kit = make_study(State.LOCKED, readers=0)
    reviewer = member(kit.project, Role.REVIEWER)
    client.force_login(kit.owner)
    html = page(client, "study", kit.study)
    assert f'value="{reviewer.public_id}"' in html
    assert f'value="{kit.owner.public_id}"' not in html
    assert "is R1" in act(client, "enrol", kit.study, reader=str(reviewer.public_id))
    for wrong in (str(kit.owner.public_id), "nobody", ""):
        assert "neither made nor reads" in act(client, "enrol", kit.study, reader=wrong)
    # The reader is shut out of the staff's side by that, whatever the role.
    client.force_login(reviewer)
    assert client.get(reverse("studies:study", args=[kit.study.public_id])).status_code == 404


def test_a_reader_is_reminded_and_withdrawn(client: Client) -> None:
    kit = make_study()
    client.force_login(kit.owner)
    reader = kit.enrolments[0]
    assert "finds a reminder" in act(client, "remind", kit.study, reader.public_id)
    reader.refresh_from_db()
    assert reader.reminded_at is not None
    services.extend(
        actor=kit.owner, study=kit.study, due_at=datetime(2999, 12, 24, 12, tzinfo=UTC), why="Holidays."
    )
    (item,) = showing.waiting(user=reader.reader)
    assert item["title"].startswith("Reminder: ")
    assert item["text"].endswith("wanted by 24 Dec 2999.")
    assert "reads no further" in page(client, "withdraw-reader", kit.study, reader.public_id)
    assert "is withdrawn" in act(client, "withdraw-reader", kit.study, reader.public_id, why="Fell ill.")
    assert Enrolment.objects.get(pk=reader.pk).withdrawn_at is not None
    assert "Withdrawn" in page(client, "study", kit.study)


def test_no_reader_is_withdrawn_once_the_answers_could_be_seen(client: Client) -> None:
    kit = make_study(State.CLOSED)
    services.extend(actor=kit.owner, study=kit.study, due_at=None, why="Holidays.")
    client.force_login(kit.owner)
    reader = kit.enrolments[0]
    address = reverse("studies:withdraw-reader", args=[kit.study.public_id, reader.public_id])
    assert address not in page(client, "study", kit.study)
    answer = client.post(address, {"why": "Disliked."})
    assert answer.status_code == 409
    assert "only readers themselves withdraw" in answer.content.decode()


def test_a_preview_shows_images_and_stores_nothing(client: Client) -> None:
    kit = make_study(State.PREPARED, practice=2)
    client.force_login(kit.owner)
    html = page(client, "preview", kit.study)
    assert "study-preview" in html
    image = client.get(reverse("studies:preview-image", args=[kit.study.public_id, 1]))
    assert image["Content-Type"] == "image/jpeg"
    assert len(image.content) == 512
    assert client.get(reverse("studies:preview-image", args=[kit.study.public_id, 3])).status_code == 404


def test_a_draft_is_discarded(client: Client) -> None:
    kit = make_study(State.DRAFT, readers=0)
    client.force_login(kit.owner)
    assert "The draft is discarded" in act(client, "discard", kit.study, why="Made twice.")
    assert not Study.objects.exists()


@pytest.mark.parametrize(("readers", "studies"), [(1, 1), (6, 4)])
def test_pages_ask_as_many_queries_however_many_there_are(
    readers: int, studies: int, client: Client, django_assert_max_num_queries
) -> None:
    project = ProjectFactory()
    kits = [make_study(State.OPEN, project=project, each=1, readers=readers) for _ in range(studies)]
    client.force_login(kits[0].manager)
    with django_assert_max_num_queries(LIST):
        client.get(reverse("studies:list", args=[project.public_id]))
    with django_assert_max_num_queries(STUDY):
        client.get(reverse("studies:study", args=[kits[0].study.public_id]))
