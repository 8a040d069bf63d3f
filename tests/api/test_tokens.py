"""Tokens: hashed, scoped, expiring, revocable; never more than the person, never elsewhere than in the API."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import ApiToken, AuditEvent, Membership, Project, Role
from apps.accounts.permissions import BY_SCOPE, Action, actions
from apps.accounts.services.api_tokens import MOST_TOKENS
from apps.core.errors import Conflict, InvalidInput
from tests.factories import MembershipFactory, ProjectFactory, SiteAdminFactory, UserFactory, member

pytestmark = pytest.mark.django_db

ME = "/api/v1/me/"


def code(response):
    return response.status_code, response.json()["error"]["code"]


@pytest.fixture
def manager():
    return member(ProjectFactory(), Role.MANAGER)


@pytest.fixture
def project(manager):
    return Project.objects.get(memberships__user=manager)


# Made and kept


def test_the_database_knows_only_the_hash(manager):
    token, key = services.make_api_token(user=manager, name="  scanner   2 ", scopes=["upload"], days=7)
    assert key.startswith("wbcweb_")
    assert len(bytes.fromhex(key.removeprefix("wbcweb_"))) == 32
    token.refresh_from_db()
    assert token.key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert (token.name, token.ending, token.scopes) == ("scanner 2", key[-4:], ["read", "upload"])
    assert timedelta(days=6, hours=23) < token.expires_at - timezone.now() <= timedelta(days=7)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_apitoken")
        assert key.removeprefix("wbcweb_") not in str(cursor.fetchall())


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 81},
        {"days": 0},
        {"days": 366},
        {"scopes": ["everything"]},
    ],
    ids=str,
)
def test_a_token_that_makes_no_sense_is_not_made(manager, wrong):
    with pytest.raises(InvalidInput):
        services.make_api_token(**{"user": manager, "name": "n", "scopes": [], "days": 7, **wrong})
    assert not ApiToken.objects.exists()


def test_the_database_refuses_a_token_without_name_or_end(manager):
    for wrong in ({"name": ""}, {"expires_at": timezone.now() - timedelta(days=1)}):
        values = {"user": manager, "name": "n", "expires_at": timezone.now() + timedelta(days=1)}
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.create(key_hash="0" * 64, **{**values, **wrong})


def test_nobody_has_more_tokens_than_can_be_looked_through(manager):
    for _ in range(MOST_TOKENS):
        token, _ = services.make_api_token(user=manager, name="n", scopes=[], days=7)
    with pytest.raises(Conflict):
        services.make_api_token(user=manager, name="n", scopes=[], days=7)
    services.revoke_api_token(user=manager, token=token)
    services.make_api_token(user=manager, name="n", scopes=[], days=7)


# Used


def test_a_key_opens_the_api_in_the_name_of_its_person(manager, program):
    robot = program(manager, "label")
    answer = robot.get(ME).json()
    assert answer["id"] == str(manager.public_id)
    assert answer["token"]["id"] == str(robot.token.public_id)
    assert answer["token"]["scopes"] == ["read", "label"]


def test_in_a_browser_there_is_no_token(manager, sign_in):
    assert sign_in(manager).get(ME).json()["token"] is None


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wbcweb_" + "0" * 64,
        "Bearer nonsense",
        "Bearer",
        "Bearer wbcweb_",
        "Token wbcweb_x",
        "Basic YTpi",
        "Bearer wbcweb_é",
        "Bearer wbcweb_" + "0" * 9999,
    ],
    ids=range(8),
)
def test_a_wrong_key_is_refused_even_beside_a_session(manager, sign_in, header):
    for client in (Client(), sign_in(manager)):
        response = client.get(ME, headers={"Authorization": header})
        assert code(response) == (401, "authentication-failed")
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="wbcweb"'


def test_what_a_key_asks_for_needs_no_token_against_forgery_and_a_session_does(manager, project, program):
    address = f"/api/v1/projects/{project.public_id}/"
    version = program(manager).get(address).json()["version"]
    change = {"name": "Changed", "version": version}
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager)
    refused = browser.patch(address, change, content_type="application/json")
    assert code(refused) == (403, "permission-denied")
    assert "CSRF" in refused.json()["error"]["message"]
    assert program(manager, "manage").patch(address, change).status_code == 200


def test_a_token_is_marked_as_used_once_a_minute(manager, program):
    robot = program(manager)
    robot.get(ME)
    robot.token.refresh_from_db()
    first = robot.token.last_used_at
    assert timezone.now() - first < timedelta(seconds=30)
    with CaptureQueriesContext(connection) as queries:
        robot.get(ME)
    assert [query["sql"] for query in queries if query["sql"].startswith("UPDATE")] == []
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    robot.get(ME)
    robot.token.refresh_from_db()
    assert robot.token.last_used_at >= first


# Ended


def test_a_token_ends_when_it_expires_or_is_revoked(manager, program):
    expired, revoked, other = (program(manager) for _ in range(3))
    ApiToken.objects.filter(pk=expired.token.pk).update(
        created_at=timezone.now() - timedelta(days=3), expires_at=timezone.now() - timedelta(seconds=1)
    )
    services.revoke_api_token(user=manager, token=revoked.token)
    assert [robot.get(ME).status_code for robot in (expired, revoked, other)] == [401, 401, 200]


def test_a_deactivated_person_has_no_power_left_at_once_and_gets_none_back(manager, program):
    robot, admin = program(manager), SiteAdminFactory()
    services.set_active(actor=admin, user=manager, active=False)
    assert robot.get(ME).status_code == 401
    services.set_active(actor=admin, user=manager, active=True)
    assert robot.get(ME).status_code == 401


def test_setting_the_password_by_a_link_ends_all_tokens(manager, program, client):
    robot = program(manager)
    _, token = services.make_reset_link(actor=SiteAdminFactory(), user=manager)
    form = {"password": "another long secret", "again": "another long secret"}
    assert client.post(f"/password-reset/{token}/", form).status_code == 302
    assert robot.get(ME).status_code == 401


def test_a_lost_role_is_lost_to_the_token_at_once(manager, project, program):
    robot = program(manager, "manage")
    address = f"/api/v1/projects/{project.public_id}/members/"
    new = {"email": UserFactory().email, "role": "viewer"}
    Membership.objects.filter(user=manager).update(role=Role.VIEWER)
    assert code(robot.post(address, new)) == (403, "not-permitted")
    Membership.objects.filter(user=manager).delete()
    assert code(robot.get(address)) == (404, "not-found")


# Within its scope


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("scopes", [(), ("label",), ("upload",), ("manage",), ("label", "upload", "manage")])
def test_a_token_allows_what_role_and_scopes_both_allow(role, scopes):
    project = ProjectFactory()
    user = member(project, role)
    whole = actions(user, project)
    user.through = ApiToken(scopes=["read", *scopes])
    wanted = frozenset().union(*(BY_SCOPE[scope] for scope in ("read", *scopes)))
    assert actions(user, project) == whole & wanted


def test_no_scope_removes_for_good():
    assert not any(Action.ERASE in allowed for allowed in BY_SCOPE.values())


def test_a_word_that_is_no_scope_allows_nothing():
    project = ProjectFactory()
    user = member(project, Role.MANAGER)
    user.through = ApiToken(scopes=["everything"])
    assert actions(user, project) == frozenset()


def test_a_token_that_reads_cannot_write(manager, project, program):
    robot = program(manager)
    address = f"/api/v1/projects/{project.public_id}/"
    assert robot.get(address).json()["actions"] == ["view", "export"]
    refused = robot.patch(address, {"name": "New", "version": robot.get(address).json()["version"]})
    assert code(refused) == (403, "scope")
    assert "manage" in refused.json()["error"]["message"]


def test_a_token_of_a_site_administrator_runs_the_site_only_when_it_manages(program):
    admin = SiteAdminFactory()
    refused = program(admin, "label", "upload").post("/api/v1/projects/", {"name": "New"})
    assert code(refused) == (403, "scope")
    assert program(admin, "manage").post("/api/v1/projects/", {"name": "New"}).status_code == 201


def test_a_token_makes_no_token(manager):
    manager.through = ApiToken(scopes=["read", "manage"])
    with pytest.raises(InvalidInput):
        services.make_api_token(user=manager, name="n", scopes=[], days=7)


# Nowhere else


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/accounts/me/",
        "/accounts/tokens/",
        "/projects/",
        "/people/",
        "/admin/",
        "/api/v1/docs/",
        "/models/",
    ],
)
def test_a_key_opens_no_page(program, address):
    robot = program(SiteAdminFactory(), "label", "upload", "manage")
    response = robot.get(address)
    assert response.status_code == 302
    assert "login" in response.headers["Location"]


# On record


def test_what_was_done_with_a_token_names_it_in_the_record(manager, project, program):
    robot = program(manager, "manage")
    address = f"/api/v1/projects/{project.public_id}/members/"
    assert robot.post(address, {"email": UserFactory().email, "role": "viewer"}).status_code == 201
    event = AuditEvent.objects.filter(verb="role-changed").first()
    assert event.actor == manager
    assert event.detail["token"] == str(robot.token.public_id)


def test_making_and_revoking_is_on_record_without_the_key(manager):
    token, key = services.make_api_token(user=manager, name="n", scopes=["label"], days=7)
    services.revoke_api_token(user=manager, token=token)
    services.revoke_api_token(user=manager, token=token)
    events = AuditEvent.objects.filter(target=f"token:{token.public_id}").order_by("id")
    assert [event.verb for event in events] == ["token-made", "token-revoked"]
    assert events[0].detail == {"scopes": ["read", "label"], "days": 7}
    assert key.removeprefix("wbcweb_") not in str(list(events.values()))


# The page


def test_the_key_is_shown_once(manager, sign_in):
    browser = sign_in(manager)
    made = browser.post("/accounts/tokens/", {"name": "scanner", "scopes": ["upload"], "days": 30})
    assert made.status_code == 201
    assert "no-store" in made.headers["Cache-Control"]
    token = ApiToken.objects.get()
    page = made.content.decode()
    key = page[page.index("wbcweb_") :][:71]
    assert Client(headers={"Authorization": f"Bearer {key}"}).get(ME).status_code == 200
    listed = browser.get("/accounts/tokens/").content.decode()
    assert key not in listed
    assert f"wbcweb_…{token.ending}" in listed


def test_one_sees_and_revokes_ones_own_tokens_only(manager, sign_in, program):
    robot = program(manager)
    browser, stranger = sign_in(manager), sign_in(UserFactory())
    address = f"/accounts/tokens/{robot.token.public_id}/revoke/"
    assert "You have no token" in stranger.get("/accounts/tokens/").content.decode()
    assert stranger.post(address).status_code == 404
    assert browser.post(address).status_code == 302
    assert robot.get(ME).status_code == 401
    assert "You have no token" in browser.get("/accounts/tokens/").content.decode()


def test_the_page_of_tokens_asks_the_database_as_often_for_one_as_for_many(manager, sign_in, program):
    browser = sign_in(manager)
    program(manager)
    with CaptureQueriesContext(connection) as one:
        browser.get("/accounts/tokens/")
    for _ in range(5):
        program(manager)
    with CaptureQueriesContext(connection) as many:
        browser.get("/accounts/tokens/")
    assert len(one) == len(many)


def test_a_further_project_of_the_person_is_reached_too(manager, program):
    robot = program(manager)
    other = MembershipFactory(user=manager, role=Role.VIEWER).project
    found = robot.get("/api/v1/projects/").json()["results"]
    assert str(other.public_id) in {entry["id"] for entry in found}
