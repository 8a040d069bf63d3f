import html
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Factor
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import call_command
from django.test import Client

from apps.accounts import services
from apps.accounts.checks import administrators
from apps.accounts.models import AuditEvent, Session, User
from apps.core.checks import State
from apps.core.errors import Conflict, NotPermitted
from tests.factories import PASSWORD, SiteAdminFactory, UserFactory
from tests.kits.passkeys import Authenticator

pytestmark = pytest.mark.django_db

LOGIN, SECURITY = "/accounts/login/", "/accounts/security/"
SECOND, PASSKEY, CONFIRM = "/accounts/second-factor/", "/accounts/passkey/", "/accounts/confirm/"
HERE = {"HTTP_HOST": "localhost"}


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what an app shows now, or some steps of 30 seconds away."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def password(user: User, browser: Client | None = None) -> Client:
    """Give the password; where it leads is for the test."""
    browser = browser or Client(**HERE)
    browser.post(LOGIN, {"login": user.email, "password": PASSWORD})
    return browser


def signed_in(browser: Client) -> bool:
    return browser.get("/api/v1/me/").status_code == 200


def secret_on(page: str) -> str:
    found = re.search(r'<code class="secret" translate="no">([A-Z2-7]+)</code>', page)
    assert found is not None
    return found[1]


def challenge_on(page: str) -> dict[str, Any]:
    found = re.search(r'data-challenge="([^"]+)"', page)
    assert found is not None
    asked: dict[str, Any] = json.loads(html.unescape(found[1]))
    return asked


def with_app(user: User, *, steps: int = -1) -> tuple[str, list[str]]:
    """Set up an app as a person does; return its secret and the recovery codes.

    With the code before the present one, so that the present one is still to be used.
    """
    browser = password(user)
    secret = secret_on(browser.get(f"{SECURITY}app/").content.decode())
    answer = browser.post(f"{SECURITY}app/", {"code": code_of(secret, steps=steps)})
    assert answer.headers["Location"] == f"{SECURITY}codes/"
    codes = re.findall(r"<li><code>(\d{8})</code>", browser.get(f"{SECURITY}codes/").content.decode())
    assert len(codes) == 10
    return secret, codes


def with_passkey(user: User, **values: Any) -> Authenticator:
    """Add a passkey as a person does."""
    browser, device = password(user), Authenticator(**values)
    challenge = challenge_on(browser.get(f"{SECURITY}passkeys/add/").content.decode())
    answer = browser.post(
        f"{SECURITY}passkeys/add/", {"name": "Laptop", "credential": device.make(challenge)}
    )
    assert answer.status_code == 302, answer.content.decode()
    return device


# Authenticator app


def test_with_an_app_the_password_alone_does_not_sign_in():
    user = UserFactory()
    secret, _ = with_app(user)
    browser = password(user)
    assert not signed_in(browser)
    answer = browser.post(SECOND, {"code": code_of(secret)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert signed_in(browser)
    assert AuditEvent.objects.filter(verb="signed-in").first().detail == {
        "with": "password, authenticator app"
    }


def test_the_picture_is_drawn_here_and_names_the_site_and_the_account():
    page = password(UserFactory()).get(f"{SECURITY}app/").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "http" not in re.findall(r'<img[^>]*src="([^"]*)"', page)[0]


def test_a_wrong_code_sets_nothing_up():
    user = UserFactory()
    browser = password(user)
    secret = secret_on(browser.get(f"{SECURITY}app/").content.decode())
    wrong = str((int(code_of(secret)) + 1) % 1_000_000).zfill(6)
    page = browser.post(f"{SECURITY}app/", {"code": wrong}).content.decode()
    assert "This code is not right." in page
    assert secret_on(page) == secret  # the app need not read another picture
    assert not Factor.objects.exists()


def test_a_code_works_once_even_while_it_is_still_shown():
    user = UserFactory()
    secret, _ = with_app(user)
    code = code_of(secret)
    assert password(user).post(SECOND, {"code": code}).status_code == 302
    again = password(user)
    assert (
        "This code is not right." in again.post(SECOND, {"code": f" {code[:3]} {code[3:]}"}).content.decode()
    )
    assert not signed_in(again)


def test_the_code_that_set_the_app_up_signs_nobody_in():
    user = UserFactory()
    secret, _ = with_app(user, steps=0)
    browser = password(user)
    browser.post(SECOND, {"code": code_of(secret)})
    assert not signed_in(browser)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(steps, right):
    user = UserFactory()
    secret, _ = with_app(user, steps=0 if steps else -1)
    browser = password(user)
    browser.post(SECOND, {"code": code_of(secret, steps=steps)})
    assert signed_in(browser) == right


def test_guessing_codes_is_stopped_and_on_record():
    user = UserFactory()
    secret, _ = with_app(user)
    browser = password(user)
    for guess in range(5):
        browser.post(SECOND, {"code": f"00000{guess}"})
    page = browser.post(SECOND, {"code": code_of(secret)}).content.decode()
    assert "Too many failed attempts" in page
    assert not signed_in(browser)
    reasons = (
        AuditEvent.objects.filter(verb="second-factor-failed").order_by("id").values_list("detail", flat=True)
    )
    assert [detail["reason"] for detail in reasons] == ["wrong code"] * 5 + ["locked"]


def test_the_second_step_is_for_those_who_gave_the_password():
    assert Client(**HERE).get(SECOND).headers["Location"] == LOGIN


def test_a_half_finished_sign_in_can_be_left():
    user = UserFactory()
    with_app(user)
    browser = password(user)
    browser.post("/accounts/logout/", {"next": LOGIN})
    assert browser.get(SECOND).headers["Location"] == LOGIN


# Secrets at rest


def test_the_database_does_not_know_secret_and_codes():
    user = UserFactory()
    secret, codes = with_app(user)
    stored = str(list(Factor.objects.values()))
    assert secret not in stored
    assert [code for code in codes if code in stored] == []


def test_an_older_key_of_the_site_still_opens_secrets_and_a_foreign_one_opens_nothing(settings):
    user = UserFactory()
    secret, _ = with_app(user)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 5
    stranger = password(user)
    assert "not right" in stranger.post(SECOND, {"code": code_of(secret)}).content.decode()
    settings.SECRET_KEY_FALLBACKS = [old]
    browser = password(user)
    browser.post(SECOND, {"code": code_of(secret, steps=1)})
    assert signed_in(browser)


# Recovery codes


def test_a_recovery_code_signs_in_once():
    user = UserFactory()
    _, codes = with_app(user)
    first, second = password(user), password(user)
    first.post(SECOND, {"code": codes[3]})
    second.post(SECOND, {"code": codes[3]})
    assert (signed_in(first), signed_in(second)) == (True, False)


def test_recovery_codes_are_shown_once():
    user = UserFactory()
    _, codes = with_app(user)
    browser = password(user)
    browser.post(SECOND, {"code": codes[0]})
    page = browser.get(f"{SECURITY}codes/").content.decode()
    assert "9 of 10 codes are left" in page
    assert [code for code in codes if code in page] == []


def test_new_recovery_codes_close_the_old_ones():
    user = UserFactory()
    _, codes = with_app(user)
    browser = password(user)
    browser.post(SECOND, {"code": codes[0]})
    assert browser.post(f"{SECURITY}codes/new/").headers["Location"] == f"{SECURITY}codes/"
    fresh = re.findall(r"<li><code>(\d{8})</code>", browser.get(f"{SECURITY}codes/").content.decode())
    assert set(fresh).isdisjoint(codes)
    late = password(user)
    late.post(SECOND, {"code": codes[1]})
    assert not signed_in(late)
    late.post(SECOND, {"code": fresh[1]})
    assert signed_in(late)


# Passkeys


def test_a_passkey_is_a_second_factor():
    user = UserFactory()
    device = with_passkey(user, verifies=False)
    browser = password(user)
    assert not signed_in(browser)
    page = browser.get(SECOND).content.decode()
    assert browser.post(SECOND, {"credential": device.sign(challenge_on(page))}).status_code == 302
    assert signed_in(browser)


def ask(browser: Client) -> dict[str, Any]:
    """Ask for a challenge as the script of the sign-in page does."""
    asked: dict[str, Any] = browser.get(PASSKEY, HTTP_ACCEPT="application/json").json()["request_options"]
    return asked


def test_a_passkey_that_knows_its_owner_signs_in_alone_and_counts_as_second_factor(settings):
    settings.WBCWEB_REQUIRE_ADMIN_MFA = True
    user = SiteAdminFactory()
    device = with_passkey(user)
    browser = Client(**HERE)
    answer = browser.post(PASSKEY, {"credential": device.sign(ask(browser)), "next": "/people/"})
    assert answer.headers["Location"] == "/people/"
    assert browser.get("/people/").status_code == 200


@pytest.mark.parametrize(
    "spoil",
    ["not verified", "another key", "another site", "an old challenge", "nobody's", "a deactivated owner"],
)
def test_a_passkey_that_is_not_right_signs_nobody_in(spoil):
    user = UserFactory()
    device = with_passkey(user)
    browser = Client(**HERE)
    challenge = ask(browser)
    if spoil == "not verified":
        device.verifies = False
    elif spoil == "another key":
        device.key = Authenticator().key
    elif spoil == "another site":
        device.origin = "http://localhost.evil.example"
    elif spoil == "an old challenge":
        ask(browser)
    elif spoil == "nobody's":
        device.owner = "OTk5OTk5"
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    answer = browser.post(PASSKEY, {"credential": device.sign(challenge)})
    assert answer.status_code == 302
    assert answer.headers["Location"] in {LOGIN, "/accounts/inactive/"}
    assert not signed_in(browser)


def test_the_passkey_of_one_does_not_open_the_account_of_another():
    device = with_passkey(UserFactory())
    other = UserFactory()
    with_passkey(other)
    browser = password(other)
    page = browser.get(SECOND).content.decode()
    browser.post(SECOND, {"credential": device.sign(challenge_on(page))})
    assert not signed_in(browser)


def spoilt(good: str) -> Iterator[str]:
    """Yield texts that are no credential, and a good one with each of its parts replaced."""
    yield from ("", "{}", "[]", "null", '"x"', "{" * 500, "[" * 5000, '{"response": 1}', "NaN", "1e999")
    parts = json.loads(good)
    inner = parts["response"]
    for junk in (None, 3, {}, "!", "AAAA"):
        for name in ("id", "rawId", "response"):  # on the others nothing hangs
            yield json.dumps({**parts, name: junk})
        for name in inner:
            yield json.dumps({**parts, "response": {**inner, name: junk}})
        yield json.dumps({**parts, "id": junk, "rawId": junk})


@pytest.mark.parametrize("where", [PASSKEY, SECOND, f"{SECURITY}passkeys/add/", CONFIRM])
def test_nonsense_instead_of_a_passkey_is_refused_and_no_error(where, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MFA_RATE_LIMITS = False
    user = UserFactory()
    device = with_passkey(user)
    browser = Client(**HERE)
    if where != PASSKEY:
        password(user, browser)
    if where in {f"{SECURITY}passkeys/add/", CONFIRM}:
        page = browser.get(SECOND).content.decode()
        browser.post(SECOND, {"credential": device.sign(challenge_on(page))})
    challenge = ask(browser) if where == PASSKEY else challenge_on(browser.get(where).content.decode())
    good = Authenticator().make(challenge) if "add" in where else device.sign(challenge)
    answers = {
        text: browser.post(where, {"name": "x", "credential": text}).status_code for text in spoilt(good)
    }
    assert len(answers) >= 40
    assert {text[:200]: status for text, status in answers.items() if status not in {200, 302}} == {}
    assert Factor.objects.filter(type="webauthn").count() == 1
    assert signed_in(browser) == (where not in {PASSKEY, SECOND}), answers


def test_passkeys_are_named_renamed_and_removed():
    user = UserFactory()
    with_passkey(user)
    browser = password(user)
    key = Factor.objects.get(type="webauthn")
    codes = Factor.objects.get(type="recovery_codes").wrap().generate_codes()
    browser.post(SECOND, {"code": codes[0]})
    assert "Laptop" in browser.get(SECURITY).content.decode()
    browser.post(f"{SECURITY}passkeys/{key.pk}/", {"name": "Microscope <b>"})
    assert "Microscope &lt;b&gt;" in browser.get(SECURITY).content.decode()
    assert browser.post(f"{SECURITY}passkeys/{key.pk}/remove/").headers["Location"] == SECURITY
    assert not Factor.objects.exists()  # recovery codes stand in for a factor; alone they are none
    assert AuditEvent.objects.filter(verb="second-factor-removed", detail={"factor": "passkey"}).exists()


@pytest.mark.parametrize(
    ("host", "work"),
    [("localhost", True), ("localhost:8000", True), ("127.0.0.1:8000", False), ("[::1]:8000", False)],
)
def test_the_page_says_where_passkeys_do_not_work(settings, host, work):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    browser = Client()
    browser.force_login(UserFactory())
    for address in (SECURITY, f"{SECURITY}passkeys/add/"):
        page = browser.get(address, HTTP_HOST=host).content.decode()
        assert ("open it under <strong>localhost" in page or "Not under this address" in page) != work


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
