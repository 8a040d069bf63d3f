import pytest

from apps.accounts import services
from apps.accounts.models import AuditEvent, User
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from tests.factories import SiteAdminFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_deactivating_and_activating_are_recorded():
    admin, user = SiteAdminFactory(), UserFactory()
    services.set_active(actor=admin, user=user, active=False)
    services.set_active(actor=admin, user=user, active=False)
    services.set_active(actor=admin, user=user, active=True)
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == [
        "account-deactivated",
        "account-activated",
    ]


def test_administration_is_given_and_taken():
    admin, user = SiteAdminFactory(), UserFactory()
    services.set_site_admin(actor=admin, user=user, admin=True)
    assert User.objects.filter(pk=user.pk, is_superuser=True, is_staff=True).exists()
    services.set_site_admin(actor=admin, user=user, admin=False)
    assert User.objects.filter(pk=user.pk, is_superuser=False, is_staff=False).exists()
    assert [event.detail["to"] for event in AuditEvent.objects.order_by("id")] == ["site-administrator", None]


@pytest.mark.parametrize(
    "act",
    [
        lambda **who: services.set_active(active=False, **who),
        lambda **who: services.set_site_admin(admin=False, **who),
    ],
)
def test_nobody_locks_oneself_out_and_others_may_not_act(act):
    admin, other, user = SiteAdminFactory(), SiteAdminFactory(), UserFactory()
    with pytest.raises(Conflict):
        act(actor=admin, user=admin)
    with pytest.raises(NotPermitted):
        act(actor=user, user=other)
    act(actor=admin, user=other)
    assert list(User.objects.filter(is_superuser=True, is_active=True)) == [admin]


@pytest.mark.parametrize(
    "act",
    [
        lambda **who: services.set_active(active=False, **who),
        lambda **who: services.set_site_admin(admin=False, **who),
    ],
)
def test_the_last_active_administrator_stays(act):
    """Somebody who lost the administration a moment ago still holds the old object."""
    late = SiteAdminFactory()
    last = SiteAdminFactory()
    User.objects.filter(pk=late.pk).update(is_superuser=False)
    with pytest.raises(Conflict):
        act(actor=late, user=last)


def test_a_deactivated_account_does_not_become_administrator():
    with pytest.raises(InvalidInput):
        services.set_site_admin(actor=SiteAdminFactory(), user=UserFactory(is_active=False), admin=True)


def test_one_changes_ones_own_name(sign_in):
    user = UserFactory()
    sign_in(user).post("/accounts/me/", {"name": "  Ada   Lovelace "})
    user.refresh_from_db()
    assert user.name == "Ada Lovelace"


def test_a_name_is_shown_as_text(sign_in):
    UserFactory(name="<script>alert(1)</script>")
    page = sign_in(SiteAdminFactory()).get("/people/").content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_a_user_without_an_address_is_no_user():
    with pytest.raises(ValueError, match="e-mail address"):
        User.objects.create_user(" ")


def test_django_s_own_command_makes_an_administrator():
    user = User.objects.create_superuser("Root@Example.org", "a long enough secret")
    assert (user.email, user.is_staff, user.is_superuser) == ("root@example.org", True, True)


def test_a_refused_act_shows_its_sentence_on_a_page(sign_in):
    admin = SiteAdminFactory()
    response = sign_in(admin).post(f"/people/{admin.public_id}/active/", {"active": "false"})
    assert response.status_code == 409
    assert "You cannot deactivate your own account." in response.content.decode()


@pytest.mark.parametrize(
    "address",
    ["/admin/accounts/user/add/", "/admin/accounts/membership/add/", "/admin/accounts/project/add/"],
)
def test_the_django_admin_changes_nothing(sign_in, address):
    assert sign_in(SiteAdminFactory()).get(address).status_code == 403


def test_the_django_admin_shows_no_password_and_no_token(sign_in):
    admin = SiteAdminFactory()
    link, _ = services.invite(actor=admin, email="new@example.org")
    browser = sign_in(admin)
    pages = [
        browser.get(f"/admin/accounts/user/{admin.pk}/change/").content.decode(),
        browser.get(f"/admin/accounts/accountlink/{link.pk}/change/").content.decode(),
    ]
    assert admin.email in pages[0]
    assert admin.password not in pages[0]
    assert link.token_hash not in pages[1]


def test_the_django_admin_has_no_door_of_its_own(client):
    user = SiteAdminFactory()
    response = client.post("/admin/login/", {"username": user.email, "password": "x"})
    assert response.headers["Location"].startswith("/accounts/login/")
