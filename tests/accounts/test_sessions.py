import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import browsers, services
from apps.accounts.models import AuditEvent, Session, User
from apps.accounts.services.sessions import clear_expired
from apps.accounts.sessions import SessionStore, hash_of_key
from tests.factories import PASSWORD, SiteAdminFactory, UserFactory

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SECURITY = "/accounts/security/"


def enter(user: User, client: Client | None = None, **headers: str) -> Client:
    """Sign in through the form."""
    browser = client or Client(**headers)
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def key_of(browser: Client) -> str:
    return str(browser.cookies["wbcweb_session"].value)


def signed_in(browser: Client) -> bool:
    return browser.get("/accounts/me/").status_code == 200


def age(browser: Client, **columns: timedelta) -> None:
    """Let a session have begun, been used, or end, as long ago as said."""
    rows = Session.objects.filter(pk=hash_of_key(key_of(browser)))
    assert rows.update(**{name: timezone.now() - back for name, back in columns.items()})


def test_the_database_does_not_know_the_key():
    browser = enter(UserFactory())
    row = Session.objects.get()
    assert row.session_key == hash_of_key(key_of(browser))
    assert key_of(browser) not in str(list(Session.objects.values()))


def test_a_hash_read_from_the_database_opens_nothing():
    enter(UserFactory())
    thief = Client()
    thief.cookies["wbcweb_session"] = Session.objects.get().session_key
    assert not signed_in(thief)


def test_a_session_says_whose_it_is_from_where_and_with_what():
    user = UserFactory()
    enter(user, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.7")
    row = Session.objects.get()
    assert (row.user, row.address, row.browser) == (user, "192.0.2.7", FIREFOX)


def test_signing_in_gives_a_new_key_and_leaves_no_old_row():
    browser = Client()
    browser.get("/accounts/me/")
    browser.post("/people/invite/", {})  # a message for somebody not signed in makes a session
    before = browser.cookies.get("wbcweb_session")
    enter(UserFactory(), browser)
    assert before is None or before.value != key_of(browser)
    assert Session.objects.count() == 1


def test_signing_out_removes_the_row_and_the_key_opens_nothing():
    browser = enter(UserFactory())
    key = key_of(browser)
    browser.post("/accounts/logout/")
    thief = Client()
    thief.cookies["wbcweb_session"] = key
    assert not signed_in(thief)
    assert not Session.objects.filter(user__isnull=False).exists()


def test_a_session_ends_after_an_idle_hour_and_twelve_hours_at_most():
    browser = enter(UserFactory())
    row = Session.objects.get()
    assert timedelta(minutes=59) < row.expire_date - timezone.now() <= timedelta(minutes=60)
    age(browser, expire_date=timedelta(0))
    assert not signed_in(browser)


def test_work_keeps_a_session_alive():
    browser = enter(UserFactory())
    age(browser, last_seen_at=timedelta(minutes=30), expire_date=timedelta(minutes=-30))
    assert signed_in(browser)
    row = Session.objects.get()
    assert row.expire_date - timezone.now() > timedelta(minutes=59)


def test_work_keeps_no_session_alive_for_more_than_twelve_hours():
    browser = enter(UserFactory())
    age(
        browser,
        started_at=timedelta(hours=11, minutes=45),
        last_seen_at=timedelta(minutes=30),
        expire_date=timedelta(minutes=-30),
    )
    assert signed_in(browser)
    assert Session.objects.get().expire_date - timezone.now() <= timedelta(minutes=15)


@pytest.mark.parametrize("headers", [{"HTTP_HX_REQUEST": "true"}, {"HTTP_SEC_FETCH_DEST": "empty"}])
def test_a_page_that_polls_by_itself_keeps_nobody_signed_in(headers):
    browser = enter(UserFactory())
    age(browser, last_seen_at=timedelta(minutes=30), expire_date=timedelta(minutes=-30))
    assert browser.get("/jobs/", **headers).status_code == 200
    assert Session.objects.get().expire_date - timezone.now() < timedelta(minutes=31)


def test_being_busy_is_written_down_once_a_minute():
    browser = enter(UserFactory())
    with CaptureQueriesContext(connection) as seen:
        assert [signed_in(browser) for _ in range(3)] == [True] * 3
    statements = [query["sql"] for query in seen.captured_queries if "accounts_session" in query["sql"]]
    assert statements
    assert [sql for sql in statements if not sql.startswith("SELECT")] == []


def test_noting_work_does_not_put_back_what_another_request_changed():
    """The page asked twice at once: the slower answer must not undo what the quicker one kept."""
    browser = enter(UserFactory())
    slow, quick = SessionStore(key_of(browser)), SessionStore(key_of(browser))
    assert slow.get("answer") is quick.get("answer") is None
    quick["answer"] = 42
    quick.save()
    slow._last_seen_at -= timedelta(minutes=5)
    slow.touch(address="192.0.2.9")
    kept = SessionStore(key_of(browser))
    assert kept["answer"] == 42
    assert Session.objects.get().address == "192.0.2.9"


# The list


def test_the_page_lists_every_browser_and_marks_this_one(django_assert_max_num_queries):
    user = UserFactory()
    enter(user, HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile Safari/604.1")
    here = enter(user, HTTP_USER_AGENT=FIREFOX)
    enter(UserFactory(), HTTP_USER_AGENT="curl/8")
    with django_assert_max_num_queries(8):
        page = here.get(SECURITY).content.decode()
    rows = re.findall(r'<th scope="row">(.*?)</th>', page)
    assert rows == ['Firefox on Linux <span class="badge">This one</span>', "Safari on iPhone"]


def test_one_other_browser_is_signed_out():
    user = UserFactory()
    lost, here = enter(user), enter(user)
    name = Session.objects.get(pk=hash_of_key(key_of(lost))).public_id
    assert here.post(f"{SECURITY}sessions/{name}/end/").status_code == 302
    assert (signed_in(lost), signed_in(here)) == (False, True)
    assert AuditEvent.objects.filter(verb="sessions-ended", actor=user, detail={"sessions": 1}).exists()


def test_signing_out_everywhere_leaves_this_browser():
    user = UserFactory()
    others, here = [enter(user), enter(user)], enter(user)
    here.post(f"{SECURITY}sessions/end/")
    assert [signed_in(browser) for browser in others] == [False, False]
    assert signed_in(here)


def test_nobody_ends_the_session_of_another():
    victim = enter(UserFactory())
    name = Session.objects.get(pk=hash_of_key(key_of(victim))).public_id
    assert enter(UserFactory()).post(f"{SECURITY}sessions/{name}/end/").status_code == 404
    assert signed_in(victim)


def test_an_administrator_signs_a_person_out():
    user = UserFactory()
    theirs, admin = enter(user), enter(SiteAdminFactory())
    page = admin.get("/people/").content.decode()
    assert f"/people/{user.public_id}/sign-out/" in page
    admin.post(f"/people/{user.public_id}/sign-out/")
    assert (signed_in(theirs), signed_in(admin)) == (False, True)


@pytest.mark.parametrize("how", ["password", "deactivation", "reset link", "factor reset"])
def test_what_ends_sessions_removes_them_at_once(how, rf):
    user, admin = UserFactory(), SiteAdminFactory()
    here, elsewhere = enter(user), enter(user)
    if how == "password":
        new = "a new and long secret"
        form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        assert here.post("/accounts/password/change/", form).status_code == 302
    elif how == "deactivation":
        services.set_active(actor=admin, user=user, active=False)
    elif how == "reset link":
        link, _ = services.make_reset_link(actor=admin, user=user)
        services.accept_reset(link=link, password="a new and long secret", request=rf.post("/"))
    else:
        services.reset_second_factor(actor=admin, user=user)
    assert not signed_in(elsewhere)
    assert Session.objects.filter(user=user).count() == (1 if how == "password" else 0)
    assert signed_in(here) == (how == "password")


def test_ended_sessions_are_cleared_away():
    browser = enter(UserFactory())
    enter(UserFactory())
    age(browser, expire_date=timedelta(seconds=1))
    assert clear_expired() == 1
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
            "Chrome on Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140 Safari/537 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/140 Mobile Safari/537", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel) AppleWebKit/605 Version/18.1 Safari/605", "Safari on macOS"),
        ("python-requests/2.32", "a program"),
        ("", "Unknown browser"),
        ("<script>alert(1)</script>", "Unknown browser"),
    ],
)
def test_a_browser_is_named_in_two_words(said, words):
    assert browsers.in_words(said) == words


def test_a_page_is_shown_although_it_cannot_be_noted_that_somebody_asked(sign_in, monkeypatch, caplog):
    def full(self, *, address):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(SessionStore, "touch", full)
    assert sign_in(UserFactory()).get("/").status_code == 200
    assert "could not be noted" in caplog.text
