"""Who must have a second factor, and what helps who lost it."""

import pytest
from allauth.mfa.models import Authenticator as Factor
from django.core.management import call_command

from apps.accounts import services
from apps.accounts.checks import administrators
from apps.accounts.models import AuditEvent, Session
from apps.core.checks import State
from apps.core.errors import Conflict, NotPermitted
from tests.accounts.factors import (
    CONFIRM,
    LOGIN,
    SECOND,
    SECURITY,
    challenge_on,
    code_of,
    password,
    secret_on,
    signed_in,
    with_app,
)
from tests.factories import PASSWORD, SiteAdminFactory, UserFactory
from tests.kits.passkeys import Authenticator

pytestmark = pytest.mark.django_db


# What administrators must have


@pytest.fixture
def required(settings):
    settings.WBCWEB_REQUIRE_ADMIN_MFA = True


@pytest.mark.parametrize("address", ["/", "/people/", "/projects/", "/admin/", "/jobs/"])
def test_an_administrator_without_a_factor_is_led_to_set_one_up(required, address):
    browser = password(SiteAdminFactory())
    assert browser.get(address).headers["Location"] == SECURITY
    page = browser.get(SECURITY).content.decode()
    assert "This site asks for a second factor." in page


@pytest.mark.parametrize(
    "address", [SECURITY, f"{SECURITY}app/", f"{SECURITY}passkeys/add/", CONFIRM, "/help/"]
)
def test_the_way_to_a_factor_is_open(required, address):
    assert password(SiteAdminFactory()).get(address).status_code == 200


def test_a_program_is_told_why(required):
    browser = password(SiteAdminFactory())
    answer = browser.get("/api/v1/projects/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second-factor")


def test_what_an_administrator_without_a_factor_sends_changes_nothing(required):
    user = UserFactory()
    browser = password(SiteAdminFactory())
    assert (
        browser.post(f"/people/{user.public_id}/active/", {"active": "false"}).headers["Location"] == SECURITY
    )
    user.refresh_from_db()
    assert user.is_active


def test_with_the_factor_set_up_the_way_is_free_at_once_and_next_time(required):
    user = SiteAdminFactory()
    browser = password(user)
    secret = secret_on(browser.get(f"{SECURITY}app/").content.decode())
    browser.post(f"{SECURITY}app/", {"code": code_of(secret, steps=-1)})
    assert browser.get("/people/").status_code == 200
    again = password(user)
    assert again.get("/people/").headers["Location"].startswith(LOGIN)
    again.post(SECOND, {"code": code_of(secret)})
    assert again.get("/people/").status_code == 200


def test_a_session_from_before_the_factor_is_led_to_prove_it(required):
    user = SiteAdminFactory()
    earlier = password(user)
    with_app(user)
    assert earlier.get("/people/").headers["Location"] == SECURITY


def test_a_site_may_ask_everybody_for_a_factor(settings):
    settings.WBCWEB_REQUIRE_MFA = True
    browser = password(UserFactory())
    assert browser.get("/").headers["Location"] == SECURITY
    assert browser.get("/api/v1/projects/").json()["error"]["code"] == "second-factor"


def test_a_reset_link_does_not_get_past_the_factor(rf):
    user = UserFactory()
    secret, _ = with_app(user)
    link, _ = services.make_reset_link(actor=SiteAdminFactory(), user=user)
    services.accept_reset(link=link, password=PASSWORD, request=rf.post("/"))
    browser = password(user)
    assert not signed_in(browser)
    browser.post(SECOND, {"code": code_of(secret)})
    assert signed_in(browser)


@pytest.mark.parametrize("with_required", [True, False])
def test_people_who_do_not_run_the_site_need_none(settings, with_required):
    settings.WBCWEB_REQUIRE_ADMIN_MFA = with_required
    assert password(UserFactory()).get("/").status_code == 200


def test_the_last_factor_of_an_administrator_stays(required):
    user = SiteAdminFactory()
    secret, _ = with_app(user)
    browser = password(user)
    browser.post(SECOND, {"code": code_of(secret)})
    page = browser.post(f"{SECURITY}app/remove/").content.decode()
    assert "set up another one first" in page
    device = Authenticator()
    challenge = challenge_on(browser.get(f"{SECURITY}passkeys/add/").content.decode())
    browser.post(f"{SECURITY}passkeys/add/", {"credential": device.make(challenge)})
    assert browser.post(f"{SECURITY}app/remove/").status_code == 302
    key = Factor.objects.get(type="webauthn")
    assert key.wrap().name == "Passkey 1"
    answer = browser.post(f"{SECURITY}passkeys/{key.pk}/remove/")
    assert answer.status_code == 409
    assert Factor.objects.filter(type="webauthn").exists()


def test_on_this_machine_alone_a_factor_is_recommended():
    browser = password(SiteAdminFactory())
    assert browser.get("/people/").status_code == 200
    assert "only a password protects your account" in browser.get(SECURITY).content.decode()


# Lost factors


def test_an_administrator_resets_the_factor_of_another(sign_in):
    user, admin = UserFactory(), SiteAdminFactory()
    with_app(user)
    assert Session.objects.filter(user=user).exists()
    browser = sign_in(admin)
    assert f"/people/{user.public_id}/second-factor/" in browser.get("/people/").content.decode()
    browser.post(f"/people/{user.public_id}/second-factor/")
    assert not Factor.objects.exists()
    assert not Session.objects.filter(user=user).exists()
    event = AuditEvent.objects.get(verb="second-factor-reset")
    assert (event.actor, event.target, event.detail) == (admin, f"user:{user.public_id}", {"factors": 2})
    assert signed_in(password(user))


def test_nobody_resets_ones_own_factor_or_without_running_the_site():
    admin, user = SiteAdminFactory(), UserFactory()
    with pytest.raises(Conflict):
        services.reset_second_factor(actor=admin, user=admin)
    with pytest.raises(NotPermitted):
        services.reset_second_factor(actor=user, user=admin)


def test_the_operator_of_the_machine_helps_the_last_administrator(capsys):
    user = SiteAdminFactory()
    with_app(user)
    call_command("reset_second_factor", user.email.upper())
    assert "signs in with the password alone" in capsys.readouterr().out
    assert signed_in(password(user))
    assert AuditEvent.objects.get(verb="second-factor-reset").actor is None


# The self-check


def test_the_self_check_names_administrators_with_a_password_alone(settings):
    with_app(SiteAdminFactory(email="safe@example.org"))
    assert administrators().state is State.OK
    for number in range(4):
        SiteAdminFactory(email=f"weak{number}@example.org")
    settings.WBCWEB_REQUIRE_ADMIN_MFA = True
    check = administrators()
    assert check.state is State.WARN
    assert "4 of 5" in check.seen
    assert "weak0@example.org" in check.seen
    assert "safe@example.org" not in check.seen
    settings.WBCWEB_REQUIRE_ADMIN_MFA = False
    assert administrators().state is State.OK
