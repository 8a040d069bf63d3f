"""`make serve`: another computer reaches the site by HTTPS under its name, and under no other."""

import base64
import hashlib
import http.client
import http.cookies
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.kits.missing import missing
from tests.kits.processes import free_port, own_environment, running, wait_for
from wbcweb import certificate

# The browser's driver runs an event loop in this thread, in which Django refuses every query otherwise.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ROOT = Path(__file__).resolve().parents[2]
HOST = "lab-pc.test"
ADDRESS = "127.0.0.2"  # of this machine, but not the one of `make run`
PASSWORD = "a long enough passphrase"

# A site that needs no demonstration, so that its first start is quick.
SEED = f"""
from django.core.management import call_command
call_command("bootstrap", no_demo=True)
from apps.accounts.models import Project, User
Project.objects.create(name="Demonstration", is_demo=True)
for who in ("person", "passkey", "app"):
    User.objects.create_user(email=f"{{who}}@example.org", password="{PASSWORD}", name=f"A Person ({{who}})")
"""

# As tools/serve.py does it, without gathering static files: that takes a while and is no matter of addresses.
START = """
import sys
sys.path.insert(0, "tools")
from devkit import network, serve
serve.collect_static = lambda: None
sys.exit(serve.serve(network.prepare(sys.argv[1:])))
"""

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("serve"),  # one site for all of them
    pytest.mark.skipif(
        sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 without being asked"
    ),
]


class Site:
    """The running site as another computer sees it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.log = folder / "serve.log"
        self.chain = folder / "data" / "tls" / certificate.CHAIN
        self.fingerprint = ""
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: dict | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        """Send a request to the site, trusting its certificate alone; cookies are kept."""
        trusting = ssl.create_default_context(cafile=str(self.chain))
        line = http.client.HTTPSConnection(ADDRESS, self.port, timeout=30, context=trusting)
        line.sock = trusting.wrap_socket(line._create_connection((ADDRESS, self.port)), server_hostname=HOST)
        sent = {
            "Host": f"{HOST}:{self.port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, path, None if body is None else urllib.parse.urlencode(body), sent)
        answer = line.getresponse()
        answer.text = answer.read().decode()
        line.close()
        for value in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(value).items():
                self.cookies[name] = morsel.value
        return answer

    def sign_in(self, **headers: str) -> http.client.HTTPResponse:
        """Sign in as a person does."""
        page = self.ask("GET", "/accounts/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = {"csrfmiddlewaretoken": token, "login": "person@example.org", "password": PASSWORD}
        return self.ask("POST", "/accounts/login/", form, **headers)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("serve")
    site = Site(folder, free_port())
    environment = own_environment(
        WBCWEB_DATA_DIR=str(folder / "data"),
        WBCWEB_PORT=str(site.port),
        DJANGO_SETTINGS_MODULE="tests.e2e.site_settings",
    )
    seed = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SEED]
    subprocess.run(seed, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
    command = [sys.executable, "-c", START, "--host", HOST, "--listen", ADDRESS]
    with running(command, log=site.log, env=environment, cwd=ROOT) as process:
        wait_for(
            lambda: "Stop it with Ctrl+C" in site.log.read_text(), seconds=120, because=site.log.read_text
        )
        site.fingerprint = certificate.ensure(HOST, site.chain.parent).fingerprint
        yield site
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_it_says_where_it_is_and_what_its_certificate_looks_like(site: Site) -> None:
    said = site.log.read_text()
    assert f"wbcweb is running at https://{HOST}:{site.port}/\n" in said
    assert site.fingerprint in said
    assert "self-signed" in said


def test_a_person_signs_in_from_elsewhere_with_cookies_for_https_only(site: Site) -> None:
    answer = site.sign_in(
        Origin=f"https://{HOST}:{site.port}", Referer=f"https://{HOST}:{site.port}/accounts/login/"
    )
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    assert {"__Host-wbcweb_session", "__Host-wbcweb_csrf"} <= set(site.cookies)
    assert all("Secure" in cookie for cookie in answer.headers.get_all("Set-Cookie"))
    page = site.ask("GET", "/")
    assert (page.status, "person@example.org" in page.text or "A Person" in page.text) == (200, True)
    assert "Strict-Transport-Security" not in page.headers


def test_a_page_of_another_site_cannot_sign_in(site: Site) -> None:
    site.cookies.clear()  # a person who is signed in is sent on instead
    assert site.sign_in(Origin="https://evil.example").status == 403


@pytest.mark.parametrize("host", ["other.test", "localhost", "127.0.0.1"])
def test_it_answers_to_no_other_name(site: Site, host: str) -> None:
    assert site.ask("GET", "/accounts/login/", Host=f"{host}:{site.port}").status == 400


def test_it_listens_where_it_was_told_to(site: Site) -> None:
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPSConnection("127.0.0.1", site.port, timeout=5).connect()


def test_a_renewed_certificate_is_served_without_a_restart(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = ssl.get_server_certificate((ADDRESS, site.port))
    monkeypatch.setattr(certificate, "RENEWED_BEFORE", certificate.VALID + timedelta(days=1))
    renewed = certificate.ensure(HOST, site.chain.parent)
    assert renewed.until > datetime.now(UTC)
    assert ssl.get_server_certificate((ADDRESS, site.port)) != served
    assert site.ask("GET", "/live").status == 200


def test_a_second_start_says_where_the_first_one_is(site: Site) -> None:
    environment = own_environment(WBCWEB_DATA_DIR=str(site.folder / "data"), WBCWEB_PORT=str(free_port()))
    done = subprocess.run(
        [sys.executable, "tools/serve.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert f"already running at https://{HOST}:{site.port}/" in done.stdout
    assert (
        json.loads((site.folder / "data" / "run.lock").read_text())["url"] == f"https://{HOST}:{site.port}/"
    )


@pytest.fixture
def page(site: Site, playwright: Any) -> Iterator[Any]:
    """A browser on another computer, which has been told to trust the site's certificate."""
    program = os.environ.get("WBCWEB_TEST_CHROMIUM") or shutil.which("chromium") or missing("Chromium")
    chain = x509.load_pem_x509_certificate(site.chain.read_bytes())
    key = chain.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()
    arguments = [f"--host-resolver-rules=MAP {HOST} {ADDRESS}", "--disable-gpu"]
    arguments += [f"--ignore-certificate-errors-spki-list={trusted}"]
    browser = playwright.chromium.launch(executable_path=program, args=arguments)
    page = browser.new_page(base_url=f"https://{HOST}:{site.port}")
    page.set_default_timeout(30_000)
    yield page
    browser.close()


def give_password(page: Any, who: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(f"{who}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Any) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


@pytest.mark.e2e
def test_a_passkey_is_bound_to_the_name_and_signs_in(page: Any) -> None:
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    device |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    made = line.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    give_password(page, "passkey")
    page.get_by_role("heading", name="What waits for you").wait_for()
    page.goto("/accounts/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Second computer")
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    kept = line.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})["credentials"]
    assert [credential["rpId"] for credential in kept] == [HOST]
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="What waits for you").wait_for()


@pytest.mark.e2e
def test_codes_of_an_app_sign_in(page: Any) -> None:
    give_password(page, "app")
    page.get_by_role("heading", name="What waits for you").wait_for()
    page.goto("/accounts/security/")
    page.get_by_role("link", name="Set up an app").click()
    secret = page.locator("code.secret").inner_text()
    now = int(time.time()) // 30
    page.get_by_label("Code of the app").fill(format_hotp_value(hotp_value(secret, now - 1)))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    sign_out(page)
    give_password(page, "app")
    page.get_by_label("Code", exact=True).fill(format_hotp_value(hotp_value(secret, now)))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What waits for you").wait_for()


@pytest.mark.parametrize(
    ("arguments", "values", "words"),
    [
        ([], {}, "Say under which name"),
        (["--host", "192.0.2.7"], {}, "192.0.2.7 is not an address of this machine"),
        (["--host", HOST, "--cert", "a.pem"], {}, "go together"),
        (["--host", HOST, "--cert", "/none.pem", "--key", "/none.key"], {}, "/none.pem cannot be read"),
        (["--host", "lab pc"], {}, "WBCWEB_HOST is 'lab pc'"),
        (["--host", HOST], {"WBCWEB_DEBUG": "true"}, "WBCWEB_DEBUG shows settings"),
        (["--host", HOST, "--listen", "192.0.2.7"], {}, "192.0.2.7 is not an address"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(
    tmp_path: Path, arguments: list[str], values: dict[str, str], words: str
) -> None:
    environment = own_environment(WBCWEB_DATA_DIR=str(tmp_path / "data"), **values)
    environment |= {"WBCWEB_PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "tools/serve.py", "network", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
