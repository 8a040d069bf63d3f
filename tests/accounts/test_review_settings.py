"""How a project reviews: changed by its managers, on record, and never over somebody else's change unseen."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts import services
from apps.accounts.audit_trail import in_words
from apps.accounts.models import Adjudicator, AuditEvent, Project, Role
from apps.accounts.review_settings import NAMES, values_of
from apps.core.editing import version_of
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from tests.factories import ProjectFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return ProjectFactory()


@pytest.fixture
def manager(project):
    return member(project, Role.MANAGER)


def version(project: Project) -> str:
    return version_of(values_of(project))


def test_a_new_project_reviews_as_before(project):
    assert values_of(project) == {
        "blind_first": False,
        "second_reading_share": 0,
        "adjudicator": Adjudicator.THIRD,
    }


def test_a_change_is_kept_and_on_record(project, manager):
    services.change_review_settings(
        actor=manager,
        project=project,
        version=version(project),
        blind_first=True,
        second_reading_share=25,
    )
    project.refresh_from_db()
    assert values_of(project) == {"blind_first": True, "second_reading_share": 25, "adjudicator": "third"}
    (line,) = in_words(list(AuditEvent.objects.filter(verb="review-settings-changed")))
    assert line.sentence == (
        f"changed how {project.name} is reviewed: blind first off → on, second reading share 0 % → 25 %"
    )


def test_nothing_changed_is_nothing_to_record(project, manager):
    services.change_review_settings(actor=manager, project=project, version=version(project))
    assert not AuditEvent.objects.filter(verb="review-settings-changed").exists()


def test_the_later_of_two_is_shown_both_values(project, manager):
    seen = version(project)
    services.change_review_settings(actor=manager, project=project, version=seen, second_reading_share=10)
    with pytest.raises(Conflict) as refused:
        services.change_review_settings(actor=manager, project=project, version=seen, second_reading_share=50)
    assert refused.value.code == "stale"
    assert refused.value.detail["current"]["second_reading_share"] == "10"
    assert refused.value.detail["yours"]["second_reading_share"] == "50"
    project.refresh_from_db()
    assert project.second_reading_share == 10


@pytest.mark.parametrize("share", [-1, 101])
def test_a_share_is_one_and_the_database_holds_it(project, manager, share):
    with pytest.raises(InvalidInput):
        services.change_review_settings(
            actor=manager, project=project, version=version(project), second_reading_share=share
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(second_reading_share=share)


def test_only_managers_change_it(project):
    for role in (Role.VIEWER, Role.REVIEWER, Role.RESEARCHER):
        with pytest.raises(NotPermitted):
            services.change_review_settings(
                actor=member(project, role), project=project, version=version(project), blind_first=True
            )


def test_the_page_saves_and_says_what_was_saved_meanwhile(project, manager, sign_in):
    address = reverse("accounts:review-settings", args=[project.public_id])
    browser = sign_in(manager)
    page = browser.get(address)
    sent = {"blind_first": "on", "second_reading_share": "40", "adjudicator": "first-too"}
    drawn = page.context["form"].initial["version"]
    assert browser.post(address, {**sent, "version": drawn}).status_code == 302
    project.refresh_from_db()
    assert values_of(project) == {"blind_first": True, "second_reading_share": 40, "adjudicator": "first-too"}
    late = browser.post(address, {**sent, "second_reading_share": "70", "version": drawn})
    assert late.status_code == 409
    assert "Saved meanwhile: 40." in late.content.decode()
    again = browser.post(
        address, {**sent, "second_reading_share": "70", "version": late.context["form"].data["version"]}
    )
    assert again.status_code == 302
    project.refresh_from_db()
    assert project.second_reading_share == 70


def test_the_page_refuses_what_makes_no_sense(project, manager, sign_in):
    address = reverse("accounts:review-settings", args=[project.public_id])
    sent = {"second_reading_share": "400", "adjudicator": "nobody", "version": version(project)}
    page = sign_in(manager).post(address, sent)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"second_reading_share", "adjudicator"}


def test_every_setting_is_on_the_page_and_in_the_api(project, manager, sign_in):
    browser = sign_in(manager)
    page = browser.get(reverse("accounts:review-settings", args=[project.public_id]))
    shown = browser.get(reverse("accounts-api:review-settings", args=[project.public_id])).json()
    assert set(NAMES) == set(page.context["form"].fields) - {"version"} == set(shown) - {"version"}
    answer = browser.patch(
        reverse("accounts-api:review-settings", args=[project.public_id]),
        {"adjudicator": "first-too", "version": shown["version"]},
        content_type="application/json",
    )
    assert answer.json()["adjudicator"] == "first-too"
    assert answer.json()["version"] != shown["version"]
