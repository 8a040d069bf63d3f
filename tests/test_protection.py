"""Every address of the permission table, asked by everybody: the protecting headers, and pages that need no exception
from the policy."""

import re
from html.parser import HTMLParser
from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import PASSWORD, SiteAdminFactory, UserFactory
from tests.permissions.table import Row, World
from tests.test_permissions import ROWS, world

__all__ = ["world"]  # a fixture

READ = [row for row in ROWS if row.method == "GET"]
# One of each kind of answer: the page, the sign-in, the refusal, the address that is nobody's.
ASKED_BY = ("anonymous", "outsider", "manager", "administrator")

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Inline(HTMLParser):
    """Collect what a strict policy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in {"script", "style"} and not dict(attrs).get("src") else ""
        if tag in {"iframe", "object", "embed", "base", "applet"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            self.found += [f"<{tag} {name}={value}>"] if _is_refused(tag, name, value or "") else []

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.found.append(f"<{self._inside}> with words")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def _is_refused(tag: str, name: str, value: str) -> bool:
    if name == "style" or name.startswith("on"):
        return True
    if name not in {"href", "src", "action", "formaction"}:
        return False
    if re.match(r"\s*(javascript|vbscript|data):", value, re.IGNORECASE):
        # The one picture that a page carries itself is that of an authenticator's secret.
        return not (tag == "img" and value.startswith("data:image/svg+xml;base64,"))
    elsewhere = re.match(r"(https?:)?//", value) is not None
    return elsewhere and tag in {"script", "link", "img", "form", "iframe"}


def test_the_reader_of_pages_sees_what_a_policy_refuses() -> None:
    bad = (
        "<p style='x'>",
        "<a onclick=x>",
        "<script>x</script>",
        "<style>x</style>",
        "<a href=' JavaScript:x'>",
        "<iframe>",
        "<script src='//evil.example/x'></script>",
        "<img src='data:text/html,x'>",
    )
    for text in bad:
        page = Inline()
        page.feed(text)
        assert page.found, text
    page = Inline()
    page.feed("<script src='/x'></script><a href='https://example.org/'>x</a><style></style>")
    assert page.found == []


def policy_of(answer: HttpResponse) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def faults(answer: HttpResponse) -> list[str]:
    """Return what an answer lacks."""
    wrong = [
        f"{name}: {answer.headers.get(name)}"
        for name, value in WANTED.items()
        if answer.headers.get(name) != value
    ]
    if "camera=()" not in answer.headers.get("Permissions-Policy", ""):
        wrong.append("no Permissions-Policy")
    policy = policy_of(answer)
    loose = [
        word
        for word in ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:")
        if word in str(policy.values()).split()
    ]
    if (
        loose
        or "frame-ancestors" not in policy
        or policy.get("object-src", policy.get("default-src")) != "'none'"
    ):
        wrong.append(f"policy {policy}")
    kept = answer.headers.get("Cache-Control", "")
    if "no-store" not in kept and not {"private", "immutable"} <= set(kept.replace(",", "").split()):
        wrong.append(f"Cache-Control: {kept}")
    kind = answer.headers.get("Content-Type", "")
    if not answer.streaming and answer.content and not kind:
        wrong.append("no Content-Type")
    if kind.startswith("text/") and "charset=" not in kind:
        wrong.append(f"Content-Type: {kind}")
    if kind.startswith("text/html"):
        page = Inline()
        page.feed(answer.content.decode())
        wrong += page.found
    wrong += [
        f"{name} tells"
        for name in ("Server", "X-Powered-By", "ETag", "Last-Modified")
        if name in answer.headers
    ]
    if "Access-Control-Allow-Origin" in answer.headers:
        wrong.append("other sites may read it")
    return wrong


@pytest.mark.parametrize("row", READ, ids=str)
def test_every_answer_protects_itself(row: Row, world: World) -> None:
    kwargs = dict(row.kwargs(world)) if row.kwargs else {}
    address = reverse(row.url, kwargs=kwargs) + row.query
    found = {}
    for who in ASKED_BY:
        client = Client(raise_request_exception=False)
        if person := world.people[who]:
            client.force_login(person)
        answer = client.get(address)
        if wrong := faults(answer):
            found[f"{who}, {answer.status_code}"] = wrong
        for close in answer._resource_closers:
            close()
    assert found == {}


@pytest.mark.parametrize(
    "address", ["/nothing/", "/api/v1/nothing/", "/admin/nothing/", "/live", "/ready", "/metrics"]
)
def test_answers_without_a_view_protect_themselves(address: str, db: None, client: Client) -> None:
    answer = client.get(address)
    assert answer.status_code in {200, 302, 401, 403, 404, 503}
    assert faults(answer) == []


def test_a_fault_of_ours_protects_itself_and_tells_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.home import selectors

    def broken(**_: object) -> None:
        raise RuntimeError("the secret is 4711")

    monkeypatch.setattr(selectors, "projects", broken)
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory())
    answer = client.get("/")
    assert answer.status_code == 500
    assert faults(answer) == []
    assert b"4711" not in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize(("address", "status"), [("/accounts/login/", 400), ("/nothing/", 404), ("/", 400)])
@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded; charset=utf-7",
        "multipart/form-data",
        "multipart/form-data; boundary=",
    ],
)
def test_what_cannot_be_read_is_refused_like_anything_else(
    address: str, status: int, kind: str, db: None
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32  # so that the token is looked for in what was sent
    answer = client.generic("POST", address, b"a=b&c=\xff", kind)
    assert answer.status_code == status
    assert faults(answer) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HTTP_HOST": "evil.example"}, 400),
        ({"HTTP_HOST": "localhost.evil.example"}, 400),
        ({"HTTP_HOST": "a b"}, 400),
    ],
)
def test_another_host_is_refused_before_anything_else(db: None, client: Client, headers, status) -> None:
    answer = client.get("/accounts/login/", **headers)
    assert answer.status_code == status
    assert faults(answer) == []
    assert b"evil.example" not in answer.content


def test_a_form_of_another_site_is_refused(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        "/accounts/login/", {"login": "a", "password": "b"}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert faults(answer) == []


@override_settings(WHITENOISE_USE_FINDERS=True, WHITENOISE_AUTOREFRESH=True)
@pytest.mark.parametrize("path", ["css/base.css", "img/icons.svg", "django_htmx/htmx-2.min.js"])
def test_static_files_protect_themselves_and_may_be_kept(path: str, db: None) -> None:
    answer = Client().get(f"/static/{path}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    lacking = {
        name: answer.headers.get(name) for name, value in WANTED.items() if answer.headers.get(name) != value
    }
    assert lacking == {}
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "no-store" not in answer.headers["Cache-Control"]


# Cookies


def all_cookies(client: Client) -> SimpleCookie:
    """Do everything that sets a cookie."""
    user = UserFactory()
    over = {"secure": settings.SESSION_COOKIE_SECURE}
    client.get("/accounts/login/", **over)
    client.post("/people/invite/", {}, **over)  # leaves a message
    client.post("/theme/", {"theme": "dark"}, **over)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, **over)
    return client.cookies


def test_cookies_are_for_this_site_and_not_for_scripts(db: None, client: Client) -> None:
    cookies = all_cookies(client)
    assert set(cookies) == {"wbcweb_session", "wbcweb_csrf", "wbcweb_messages", "wbc_theme"}
    assert {name for name, cookie in cookies.items() if not cookie["httponly"]} == {"wbcweb_csrf"}
    assert {cookie["samesite"] for cookie in cookies.values()} == {"Lax"}
    assert {cookie["domain"] for cookie in cookies.values()} == {""}


@override_settings(
    SESSION_COOKIE_SECURE=True,
    SESSION_COOKIE_NAME="__Host-wbcweb_session",
    CSRF_COOKIE_SECURE=True,
    CSRF_COOKIE_NAME="__Host-wbcweb_csrf",
)
def test_over_https_cookies_are_tied_to_the_host_and_to_https(db: None, client: Client) -> None:
    cookies = all_cookies(client)
    assert {name for name in cookies if not name.startswith("__Host-")} == set()
    assert {(bool(cookie["secure"]), cookie["path"], cookie["domain"]) for cookie in cookies.values()} == {
        (True, "/", "")
    }


def test_signing_out_lets_the_browser_forget_pictures(db: None, client: Client) -> None:
    client.force_login(UserFactory())
    assert client.post("/accounts/logout/").headers["Clear-Site-Data"] == '"cache"'


@override_settings(SECURE_SSL_REDIRECT=True)
def test_over_http_pages_are_led_to_https_and_programs_are_refused(db: None, client: Client) -> None:
    page, program = client.get("/accounts/login/"), client.get("/api/v1/me/")
    assert (page.status_code, page.headers["Location"]) == (301, "https://testserver/accounts/login/")
    assert (program.status_code, program.json()["error"]["code"]) == (403, "https-required")
    assert client.get("/api/v1/me/", secure=True).status_code == 401
    assert faults(program) == []


@override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True)
@pytest.mark.parametrize("address", ["/accounts/login/", "/api/v1/me/", "/nothing/"])
def test_over_https_browsers_are_told_to_use_nothing_else(db: None, client: Client, address: str) -> None:
    told = client.get(address, secure=True).headers["Strict-Transport-Security"]
    assert told.startswith("max-age=31536000; includeSubDomains")


# What reading changes

# Tables that reading may write to: the record of a visit or an export, when somebody was there, a code being shown.
NOTED = {"accounts_auditevent", "accounts_session", "accounts_apitoken", "mfa_authenticator", "django_cache"}


@pytest.mark.parametrize("row", READ, ids=str)
def test_reading_changes_nothing(row: Row, world: World) -> None:
    kwargs = dict(row.kwargs(world)) if row.kwargs else {}
    address = reverse(row.url, kwargs=kwargs) + row.query
    client = Client(raise_request_exception=False)
    client.force_login(world.people["manager"])
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
        if answer.streaming:
            list(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    written = (
        re.match(r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "(\w+)"', query["sql"]) for query in seen
    )
    assert {found[1] for found in written if found} - NOTED == set()


# Where one is led


EVIL = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example",
    "https://testserver@evil.example/",
    "http://testserver.evil.example/",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nSet-Cookie: x=1",
]


@pytest.mark.parametrize("target", EVIL)
@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/accounts/logout/", "/theme/", "/accounts/confirm/"]
)
def test_nobody_is_led_to_another_site(db: None, client: Client, address: str, target: str) -> None:
    user = SiteAdminFactory()
    if address != "/accounts/login/":
        client.force_login(user)
    form = {"login": user.email, "password": PASSWORD, "theme": "dark", "next": target}
    answer = client.post(address, form)
    assert answer.status_code == 302
    led = answer.headers["Location"]
    assert led.startswith("/")
    assert not re.match(r"/[/\\]", led)
    assert "\n" not in led
    assert set(answer.cookies) <= {"wbcweb_session", "wbcweb_csrf", "wbcweb_messages", "wbc_theme"}


# Words of strangers in the log


def test_nothing_that_is_sent_begins_a_line_of_the_log(
    db: None, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    forged = "%0a2026-01-01 00:00:00,000 INFO apps.accounts everything is fine"
    client.get(f"/nothing/{forged}")
    client.get(
        "/nothing/", headers={"User-Agent": "x\n2026 INFO forged", "Referer": "http://testserver/\nforged"}
    )
    client.post("/accounts/login/", {"login": "a@b.c\n2026 INFO forged", "password": "\nforged"})
    assert caplog.records
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if "\n" in line or "\r" in line] == []
