import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import AccountLink, AuditEvent, Role, User
from apps.core.errors import Conflict, Gone, InvalidInput, NotPermitted
from tests.factories import PASSWORD, MembershipFactory, ProjectFactory, SiteAdminFactory, UserFactory

pytestmark = pytest.mark.django_db

NEW = {"name": "New Person", "password": "a long enough secret", "again": "a long enough secret"}


@pytest.fixture
def admin() -> User:
    return SiteAdminFactory()


def address_in(page: str) -> str:
    """Return the path of the link that a page shows."""
    found = re.search(r'value="http://testserver(/[^"]+)"', page)
    assert found is not None
    return found.group(1)


def test_an_invitation_makes_an_account_with_its_role_and_signs_it_in(admin, sign_in, client):
    project = ProjectFactory()
    page = sign_in(admin).post(
        "/people/invite/", {"email": "New@Example.org", "project": project.public_id, "role": "reviewer"}
    )
    path = address_in(page.content.decode())
    assert "new@example.org" in client.get(path).content.decode()
    response = client.post(path, NEW)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    user = User.objects.get(email="new@example.org")
    assert (user.name, user.is_superuser, user.check_password(NEW["password"])) == ("New Person", False, True)
    assert [(m.project, m.role) for m in user.memberships.all()] == [(project, Role.REVIEWER)]
    assert client.get("/api/v1/me/").json()["email"] == "new@example.org"
    link = AccountLink.objects.get()
    assert link.user == user
    assert link.used_at is not None


def test_looking_at_an_invitation_does_not_use_it_up(admin, client):
    _, token = services.invite(actor=admin, email="new@example.org")
    assert [client.get(f"/invitations/{token}/").status_code for _ in range(3)] == [200, 200, 200]
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_link_works_once(admin):
    _, token = services.invite(actor=admin, email="new@example.org")
    first, second = Client().post(f"/invitations/{token}/", NEW), Client().post(f"/invitations/{token}/", NEW)
    assert (first.status_code, second.status_code) == (302, 410)
    assert User.objects.filter(email="new@example.org").count() == 1


def test_two_that_follow_a_link_together_make_one_account(admin):
    link, _ = services.invite(actor=admin, email="new@example.org")
    twin = AccountLink.objects.get()
    services.accept_invitation(link=link, name="A", password=NEW["password"])
    with pytest.raises(Gone):
        services.accept_invitation(link=twin, name="B", password=NEW["password"])
    assert User.objects.get(email="new@example.org").name == "A"


def expire(link: AccountLink) -> None:
    AccountLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(("method", "words"), [("get", "has expired"), ("post", "has expired")])
def test_an_expired_invitation_says_so(admin, client, method, words):
    link, token = services.invite(actor=admin, email="new@example.org")
    expire(link)
    response = getattr(client, method)(f"/invitations/{token}/", NEW)
    assert response.status_code == 410
    assert words in response.content.decode()
    assert User.objects.count() == 1


def test_an_expired_link_cannot_be_claimed_behind_the_page(admin, rf):
    link, _ = services.make_reset_link(actor=admin, user=UserFactory())
    expire(link)
    with pytest.raises(Gone):
        services.accept_reset(link=link, password=NEW["password"], request=rf.post("/"))


def test_a_new_invitation_closes_the_old_one(admin, client):
    _, old = services.invite(actor=admin, email="new@example.org")
    _, new = services.invite(actor=admin, email="NEW@example.org")
    assert client.get(f"/invitations/{old}/").status_code == 410
    assert client.get(f"/invitations/{new}/").status_code == 200


def test_a_withdrawn_link_is_closed(admin, sign_in, client):
    link, token = services.invite(actor=admin, email="new@example.org")
    sign_in(admin).post(f"/people/links/{link.public_id}/withdraw/")
    response = client.post(f"/invitations/{token}/", NEW)
    assert response.status_code == 410
    assert "withdrawn" in response.content.decode()
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize(
    "leave",
    [
        lambda **who: services.set_active(active=False, **who),
        lambda **who: services.set_site_admin(admin=False, **who),
    ],
)
def test_an_administrator_who_leaves_takes_the_open_links_along(admin, client, leave):
    """One of them could make a new administrator of somebody whom nobody wants any more."""
    leaving = SiteAdminFactory()
    _, invitation = services.invite(actor=leaving, email="back@example.org", is_site_admin=True)
    _, reset = services.make_reset_link(actor=leaving, user=admin)
    _, other = services.invite(actor=admin, email="new@example.org")
    leave(actor=admin, user=leaving)
    paths = (f"/invitations/{invitation}/", f"/password-reset/{reset}/", f"/invitations/{other}/")
    assert [client.post(path, NEW).status_code for path in paths] == [410, 410, 302]
    assert not User.objects.filter(email="back@example.org").exists()


def test_links_last_a_week_and_a_day(admin):
    invitation, _ = services.invite(actor=admin, email="new@example.org")
    reset, _ = services.make_reset_link(actor=admin, user=UserFactory())
    hours = [round((link.expires_at - timezone.now()) / timedelta(hours=1)) for link in (invitation, reset)]
    assert hours == [7 * 24, 24]


def test_the_database_does_not_know_the_token(admin):
    link, token = services.invite(actor=admin, email="new@example.org")
    row = AccountLink.objects.filter(pk=link.pk).values().get()
    assert token not in str(row)
    assert re.fullmatch("[0-9a-f]{64}", row["token_hash"])
    assert token not in str(list(AuditEvent.objects.values()))


def test_the_list_of_open_links_shows_no_address(admin, sign_in):
    _, token = services.invite(actor=admin, email="new@example.org")
    page = sign_in(admin).get("/people/").content.decode()
    assert "new@example.org" in page
    assert token not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"again": "something else altogether"}, "The two passwords are not the same."),
        ({"password": "short", "again": "short"}, "at least 12"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_form_that_is_not_right_says_what_and_keeps_the_link(admin, client, change, words):
    _, token = services.invite(actor=admin, email="new@example.org")
    response = client.post(f"/invitations/{token}/", NEW | change)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert client.post(f"/invitations/{token}/", NEW).status_code == 302


def test_a_password_like_ones_own_name_is_refused(admin, client):
    _, token = services.invite(actor=admin, email="new@example.org")
    name = "Wolfeschlegelstein"
    response = client.post(f"/invitations/{token}/", {"name": name, "password": name, "again": name})
    assert response.status_code == 422
    assert "too similar to the name" in response.content.decode()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"email": "nonsense"}, InvalidInput),
        ({"email": "here@example.org"}, Conflict),
        ({"email": "HERE@example.org"}, Conflict),
        ({"email": "new@example.org", "role": Role.VIEWER}, InvalidInput),
        ({"email": "new@example.org", "role": "emperor"}, InvalidInput),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(admin, values, error):
    UserFactory(email="here@example.org")
    with pytest.raises(error):
        services.invite(actor=admin, **values)
    assert not AccountLink.objects.exists()


def test_a_project_without_a_role_is_refused(admin, sign_in):
    project = ProjectFactory()
    response = sign_in(admin).post(
        "/people/invite/", {"email": "new@example.org", "project": project.public_id}
    )
    assert response.status_code == 422
    assert "Choose what the person may do in the project." in response.content.decode()


def test_only_administrators_make_links():
    manager = MembershipFactory(role=Role.MANAGER).user
    with pytest.raises(NotPermitted):
        services.invite(actor=manager, email="new@example.org")
    with pytest.raises(NotPermitted):
        services.make_reset_link(actor=manager, user=UserFactory())


def test_an_account_made_in_the_meantime_is_not_touched(admin):
    link, _ = services.invite(actor=admin, email="new@example.org", is_site_admin=True)
    other = UserFactory(email="new@example.org")
    with pytest.raises(Conflict):
        services.accept_invitation(link=link, name="New", password=NEW["password"])
    other.refresh_from_db()
    assert (other.is_superuser, other.check_password(PASSWORD)) == (False, True)


def test_an_invitation_can_make_a_site_administrator(admin):
    link, _ = services.invite(actor=admin, email="new@example.org", is_site_admin=True)
    user = services.accept_invitation(link=link, name="New", password=NEW["password"])
    assert (user.is_superuser, user.is_staff) == (True, True)


# Resets


def test_a_reset_link_sets_the_password_and_ends_all_sessions(admin, sign_in, client):
    user = UserFactory()
    browser = sign_in(user)
    page = sign_in(admin).post(f"/people/{user.public_id}/reset-link/").content.decode()
    response = client.post(address_in(page), NEW)
    assert response.headers["Location"] == "/accounts/login/"
    user.refresh_from_db()
    assert user.check_password(NEW["password"])
    assert browser.get("/api/v1/me/").status_code == 401
    assert client.get("/api/v1/me/").status_code == 401


def test_a_reset_link_is_not_an_invitation(admin, client):
    _, token = services.make_reset_link(actor=admin, user=UserFactory())
    assert client.get(f"/invitations/{token}/").status_code == 404


def test_a_deactivated_account_gets_no_link_and_its_open_one_closes(admin, client):
    user = UserFactory()
    _, token = services.make_reset_link(actor=admin, user=user)
    services.set_active(actor=admin, user=user, active=False)
    assert client.post(f"/password-reset/{token}/", NEW).status_code == 410
    with pytest.raises(InvalidInput):
        services.make_reset_link(actor=admin, user=user)


def test_every_step_of_a_link_is_on_record(admin, rf):
    link, _ = services.invite(actor=admin, email="new@example.org")
    user = services.accept_invitation(link=link, name="New", password=NEW["password"])
    reset, _ = services.make_reset_link(actor=admin, user=user)
    services.accept_reset(link=reset, password="yet another secret", request=rf.post("/"))
    events = [(event.verb, event.actor) for event in AuditEvent.objects.order_by("id")]
    assert events == [
        ("invited", admin),
        ("invitation-accepted", user),
        ("reset-link-made", admin),
        ("password-reset", user),
    ]


def test_a_page_with_a_link_is_kept_by_no_cache(admin, sign_in, client):
    response = sign_in(admin).post("/people/invite/", {"email": "new@example.org"})
    path = address_in(response.content.decode())
    policies = [response.headers["Cache-Control"], client.get(path).headers["Cache-Control"]]
    assert ["no-store" in policy for policy in policies] == [True, True]
    assert client.get(path).headers["Referrer-Policy"] == "same-origin"
