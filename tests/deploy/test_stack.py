"""Every service of the compose file at work: HTTPS to the proxy, PostgreSQL, Redis, an S3 server, Celery workers."""

import http.client
import json
import re
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from tests.deploy.stack import HOST, Stack
from tests.kits.processes import wait_for

PASSWORD = "a long enough passphrase"
SEED = f"""
from apps.accounts.models import Membership, Project, Role, User
project = Project.objects.create(name="Haematology")
person = User.objects.create_user(email="person@example.org", password="{PASSWORD}", name="A Person")
Membership.objects.create(project=project, user=person, role=Role.REVIEWER)
print("PROJECT", project.public_id)
"""

pytestmark = [
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.weights,
    pytest.mark.xdist_group("stack"),  # one stack for all of them
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"), WBCWEB_MAX_UPLOAD_MB="1", WBCWEB_WEB_PROCESSES="1")
    with stack.up():
        yield stack


class Browser:
    """A person's browser on another computer: it trusts the site's certificate and keeps cookies."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.cookies = CookieJar()
        trusting = ssl.create_default_context(cafile=str(stack.certificates / "fullchain.pem"))
        trusting.check_hostname = False  # the name leads nowhere here; the tests of certificates look at it
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=trusting),
            urllib.request.HTTPCookieProcessor(self.cookies),
            NoRedirect(),
        )

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
        """Return (status, headers, body)."""
        sent = {
            "Host": HOST,
            "Cookie": self.sent_cookies(),
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        address = f"https://127.0.0.1:{self.stack.ports['https']}{path}"
        request = urllib.request.Request(address, body, sent)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def sent_cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)

    def json(self, path: str, value: object | None = None) -> tuple[int, Any]:
        """Ask the API; with a value as POST."""
        body = None if value is None else json.dumps(value).encode()
        status, _, answer = self.ask(path, body, Content_Type="application/json", **self.proof())
        return status, json.loads(answer) if answer else None

    def proof(self) -> dict[str, str]:
        token = next((c.value for c in self.cookies if c.name.endswith("csrf")), "")
        return {"X_CSRFToken": token, "Referer": f"https://{HOST}/", "Origin": f"https://{HOST}"}

    def send(self, upload: str, name: str, data: bytes) -> tuple[int, bytes]:
        """Send one file as the upload panel does."""
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        kind = "multipart/form-data; boundary=x"
        status, _, answer = self.ask(
            f"/api/v1/uploads/{upload}/files/",
            head + data + b"\r\n--x--\r\n",
            Content_Type=kind,
            **self.proof(),
        )
        return status, answer

    def sign_in(self) -> None:
        self.ask("/accounts/login/")
        form = {
            "login": "person@example.org",
            "password": PASSWORD,
            "csrfmiddlewaretoken": self.proof()["X_CSRFToken"],
        }
        kind = "application/x-www-form-urlencoded"
        status, headers, page = self.ask(
            "/accounts/login/", urllib.parse.urlencode(form).encode(), Content_Type=kind, **self.proof()
        )
        assert (status, headers["Location"]) == (302, "/"), page


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


@pytest.fixture(scope="module")
def project(stack: Stack) -> str:
    stack.once_command("seed", ["python", "manage.py", "shell", "--no-imports", "-c", SEED])
    return stack.log("seed").read_text().split("PROJECT ")[1].split()[0]


@pytest.fixture(scope="module")
def person(stack: Stack, project: str) -> Browser:
    wait_for(lambda: stack.healthy("web"), seconds=120, because=stack.said)
    browser = Browser(stack)
    browser.sign_in()
    return browser


def opened(person: Browser, project: str) -> str:
    status, answer = person.json(
        f"/api/v1/projects/{project}/uploads/", {"mode": "one-slide", "title": "Smear"}
    )
    assert status == 201, answer
    return answer["id"]


def test_every_service_is_healthy_by_its_own_check(stack: Stack) -> None:
    watched = [
        name for name, service in stack.services.items() if "healthcheck" in service and name != "seaweedfs"
    ]
    assert len(watched) == 9
    for name in watched:
        wait_for(lambda name=name: stack.healthy(name), seconds=120, because=stack.said)


def test_an_upload_ends_analysed_with_its_files_in_the_bucket(
    stack: Stack, person: Browser, project: str
) -> None:
    from ml.simulator import simulate_field, to_png

    field = simulate_field(7, white_cells=("neutrophil", "lymphocyte"), um_per_px=0.085)
    upload = opened(person, project)
    status, answer = person.send(upload, "one.png", to_png(field))
    assert status == 201, answer
    status, answer = person.json(f"/api/v1/uploads/{upload}/complete/", {})
    assert status == 202, answer

    def stored() -> Any:
        return next((f for f in person.json(f"/api/v1/uploads/{upload}/")[1]["files"] if f["field"]), None)

    file = wait_for(stored, seconds=240, because=stack.said)

    def cells() -> Any:
        status, answer = person.json(f"/api/v1/slides/{file['slide']}/cells/")
        assert status == 200, answer
        return answer.get("cells") or answer.get("results")

    found = wait_for(cells, seconds=300, because=stack.said)
    assert found
    status, headers, picture = person.ask(f"/fields/{file['field']}/image/")
    assert (status, headers["Content-Type"], picture[:4]) == (200, "image/png", b"\x89PNG")
    assert "amz" not in str(headers).lower()
    from apps.core.storage import Bucket, S3Store

    given = stack.environment("web")
    store = S3Store(
        Bucket(
            given["WBCWEB_S3_BUCKET"],
            stack.s3.url,
            "us-east-1",
            given["WBCWEB_S3_ACCESS_KEY"],
            given["WBCWEB_S3_SECRET_KEY"],
        )
    )
    kept = {entry.key.split("/")[0] for entry in store.entries("")}
    assert kept == {"fields", "thumbnails", "jobs"}
    assert not (stack.data / "media").exists()
    assert [path for path in (stack.folder / "received").rglob("*") if path.is_file()] == []
    assert stack.image_state() == stack.before  # an image may be one that cannot be written to


def test_who_has_not_signed_in_cannot_send_files(stack: Stack, person: Browser, project: str) -> None:
    upload = opened(person, project)
    status, answer = Browser(stack).send(upload, "a.png", b"x" * 500_000)
    assert status in {401, 403}
    assert "error" in json.loads(answer)


def test_the_site_refuses_large_files_in_its_own_words_and_the_proxy_what_is_far_above(
    person: Browser, project: str
) -> None:
    upload = opened(person, project)
    status, answer = person.send(upload, "large.png", b"x" * 3_000_000)
    assert status == 413
    assert "larger than the 1 MB" in json.loads(answer)["error"]["message"]
    status, answer = person.send(upload, "huge.png", b"x" * 11_000_000)
    assert (status, answer) == (413, b"What was sent is larger than this site takes.\n")
    status, _, answer = person.ask("/accounts/login/", b"x" * 3_200_000, Content_Type="text/plain")
    assert (status, answer) == (413, b"What was sent is larger than this site takes.\n")


def test_a_slow_sender_does_not_hold_the_site(stack: Stack, person: Browser, project: str) -> None:
    upload = opened(person, project)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    lines = []
    try:
        for _ in range(20):  # more than the web server has threads
            line = trusting.wrap_socket(
                socket.create_connection(("127.0.0.1", stack.ports["https"]), timeout=30)
            )
            line.sendall(
                f"POST /api/v1/uploads/{upload}/files/ HTTP/1.1\r\nHost: {HOST}\r\nCookie: {person.sent_cookies()}\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000\r\n\r\n--x".encode()
            )
            lines.append(line)
        time.sleep(1)
        started = time.monotonic()
        assert person.ask("/")[0] == 200
        assert time.monotonic() - started < 10
    finally:
        for line in lines:
            line.close()


def test_headers_and_addresses(stack: Stack, person: Browser) -> None:
    status, headers, _ = person.ask("/", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="http")
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["Server"] == "nginx"
    assert person.ask("/", Host="other.example")[0] == 400
    line = http.client.HTTPConnection("127.0.0.1", stack.ports["http"], timeout=10)
    line.request("GET", "/projects/?q=1")
    answer = line.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}:443/projects/?q=1")
    line.close()
    assert "203.0.113.9" not in stack.log("proxy").read_text() + stack.log("web").read_text()


def test_style_sheets_come_packed_with_names_that_may_be_kept_for_ever(person: Browser) -> None:
    page = person.ask("/")[2].decode()
    (sheet, *_) = re.findall(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    status, headers, body = person.ask(sheet, Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], body[:2]) == (200, "gzip", b"\x1f\x8b")
    assert "immutable" in headers["Cache-Control"]


def test_a_service_that_does_not_work_is_not_healthy(stack: Stack) -> None:
    elsewhere = dict(stack.ports)
    stack.ports["web"] = stack.ports["https"]  # where nobody speaks plain HTTP
    try:
        assert not stack.healthy("web")
    finally:
        stack.ports.update(elsewhere)
    health = stack.services["reaper"]["healthcheck"]
    usual = health["test"]
    health["test"] = [*usual[:-1], "embedded"]  # of which there is none
    try:
        assert not stack.healthy("reaper")
    finally:
        health["test"] = usual
