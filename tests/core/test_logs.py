"""The lines of the log: their two forms, what they belong to, and what never stands in them."""

import io
import json
import logging
import logging.config
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from apps.core import context, logs
from tests.factories import UserFactory

Lines = Callable[[], list[str]]


@pytest.fixture(params=["json", "line"])
def form(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def lines(form: str) -> Iterator[Lines]:
    """Collect what the root logger writes in a form, as a site with that setting would."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.FORMATTERS[form](roots=["/srv/wbcweb"]))
    root, requests = logging.getLogger(), logging.getLogger("wbcweb.requests")
    level = requests.level
    requests.setLevel("INFO")
    root.addHandler(handler)
    yield lambda: stream.getvalue().splitlines()
    root.removeHandler(handler)
    requests.setLevel(level)


def broken(request: HttpRequest, name: str) -> HttpResponse:
    raise FileNotFoundError(2, "No such file or directory", f"/home/anna/{name}")


urlpatterns = [path("broken/<str:name>/", broken)]


def test_a_json_line_is_one_object_with_what_it_belongs_to() -> None:
    record = logging.LogRecord("apps.x", logging.WARNING, __file__, 1, "It\n%s", ("broke",), None)
    with context.of_job(job="j", kind="analyse", attempt=2, request_id="r" * 8, user=7):
        text = logs.JsonFormatter().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("process") > 0
    assert line == {
        "level": "warning",
        "logger": "apps.x",
        "message": "It\nbroke",
        "request_id": "rrrrrrrr",
        "job": "j",
        "kind": "analyse",
        "attempt": 2,
        "user": 7,
    }


def test_a_line_for_people_cannot_be_forged() -> None:
    evil = "x\n2026-11-20 10:00:00,000 INFO apps.accounts [1] signed in\r\x1b[2J"
    record = logging.LogRecord("apps.x", logging.WARNING, __file__, 1, "Host %s", (evil,), None)
    first, *rest = logs.LineFormatter().format(record).splitlines()
    assert " WARNING apps.x [" in first
    assert [line.startswith("    ") for line in rest] == [True]
    assert "\x1b" not in rest[0]
    assert "\r" not in rest[0]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a-request-0001", True),
        ("0" * 64, True),
        ("short", False),
        ("x" * 65, False),
        ("with blanks here", False),
        ("line\nbreak-here", False),
        ('"quoted-quoted"', False),
        (None, False),
    ],
)
def test_a_request_id_from_outside_is_taken_when_it_is_sane(given: str | None, *, kept: bool) -> None:
    taken = context.sane_request_id(given)
    assert (taken == given) is kept
    assert len(taken) >= 8


def test_every_answer_carries_its_request_id(client: Client) -> None:
    assert client.get("/live").headers["X-Request-Id"] != client.get("/live").headers["X-Request-Id"]
    answer = client.get("/help/", headers={"x-request-id": "from-the-proxy-1"})
    assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    assert context.request_id() == ""


@pytest.mark.parametrize("status", [404, 403, 500])
def test_error_pages_show_the_id_to_quote(db: None, status: int) -> None:
    address = {404: "/nowhere/", 403: "/people/", 500: "/broken/x/"}[status]
    browser = Client(raise_request_exception=False, headers={"x-request-id": "quote-me-please"})
    browser.force_login(UserFactory())
    if status == 500:
        with override_settings(ROOT_URLCONF=__name__):
            answer = browser.get(address)
    else:
        answer = browser.get(address)
    assert answer.status_code == status
    assert "quote-me-please" in answer.content.decode()


def test_lines_name_request_and_person_and_replace_the_address(lines: Lines, form: str, db: None) -> None:
    person = UserFactory()
    browser = Client(raise_request_exception=False, headers={"x-request-id": "canary-request"})
    browser.force_login(person)
    with override_settings(ROOT_URLCONF=__name__):
        browser.get("/broken/Anna-Canary.png/?q=Canary")
    text = "\n".join(lines())
    assert "Internal Server Error: broken/<str:name>/" in text
    assert "FileNotFoundError: [Errno 2] No such file or directory: a file" in text
    assert "canary-request" in text
    assert "anary.png" not in text
    assert "q=" not in text
    if form == "json":
        found = [json.loads(line) for line in lines()]
        error = next(line for line in found if line["logger"] == "django.request")
        assert (error["user"], error["request_id"]) == (person.pk, "canary-request")
        assert "test_logs.py" in error["trace"]
        told = next(line for line in found if line["logger"] == "wbcweb.requests")
        assert (told["route"], told["status"], told["method"]) == ("broken/<str:name>/", 500, "GET")


def test_what_is_logged_after_the_answer_still_names_its_request(lines: Lines, form: str, db: None) -> None:
    Client(headers={"x-request-id": "canary-request"}).get("/nowhere/of/anna/")
    [line] = [line for line in lines() if "Not Found" in line]
    assert "canary-request" in line
    assert "anna" not in line


def test_nothing_private_of_a_persons_acts_stands_in_the_log(
    lines: Lines, form: str, db: None, settings: object
) -> None:
    """Wrong passwords, broken uploads with a name, forged forms on a secret address, searches."""
    browser = Client(raise_request_exception=False, enforce_csrf_checks=True)
    browser.get("/accounts/login/")
    token = browser.cookies["wbcweb_csrf"].value
    browser.post(
        "/accounts/login/",
        {"login": "canary@example.org", "password": "canary-word", "csrfmiddlewaretoken": token},
    )
    browser.post("/invitations/canary-token/", {"name": "Anna Canary"})
    browser.put("/invitations/canary-token/")
    browser.post("/projects/", {"file": SimpleUploadedFile("Canary Patient.png", b"no picture")})
    browser.get("/jobs/?state=canary")
    text = "\n".join(lines()).lower()
    assert "forbidden" in text  # something was written
    assert "canary" not in text


def test_a_refused_row_keeps_its_values_to_itself(lines: Lines, form: str, db: None) -> None:
    UserFactory(email="canary@example.org")
    try:
        with transaction.atomic():
            UserFactory(email="canary@example.org")
    except IntegrityError:
        logging.getLogger("apps.x").exception("It did not work")
    text = "\n".join(lines())
    assert "IntegrityError" in text
    assert "canary" not in text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Refused anna.b+c@mail.example.org", "Refused [e-mail]"),
        ("postgres://me:hunter2@db/cells gone", "postgres://[hidden]@db/cells gone"),
        ("celery short@worker-1 is ready", "celery short@worker-1 is ready"),
        ("bell\x07", "bell\\x07"),
    ],
)
def test_the_net_below(said: str, written: str) -> None:
    assert logs.scrub(said) == written


def test_files_of_the_site_may_be_named_and_others_not() -> None:
    formatter = logs.LineFormatter(roots=["/srv/wbcweb"])
    for name, shown in (
        ("/srv/wbcweb/media/ab/cd.png", True),
        ("/home/a.png", False),
        ("/srv/wbcweb/../x", False),
    ):
        words = formatter._words(PermissionError(13, "Permission denied", name))
        assert (name in words) is shown


def test_gunicorns_sentence_with_the_whole_address_is_cut() -> None:
    said = logging.LogRecord(
        "gunicorn.error", logging.ERROR, "", 1, "Error handling request %s", ("/x/?name=anna",), None
    )
    assert "anna" not in logs.LineFormatter().format(said)


def test_a_lazy_person_is_not_looked_up_for_the_log(db: None, django_assert_num_queries: object) -> None:
    from django.contrib.auth.middleware import AuthenticationMiddleware
    from django.contrib.sessions.middleware import SessionMiddleware

    request = RequestFactory().get("/")
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    AuthenticationMiddleware(lambda _: HttpResponse()).process_request(request)
    with context.of_request("a-request-0001", request), django_assert_num_queries(0):  # type: ignore[operator]
        assert context.fields() == {"request_id": "a-request-0001"}


def test_threads_of_a_job_know_it_too() -> None:
    found: list[dict[str, object]] = []
    with context.of_job(job="j", kind="k", attempt=1):
        thread = threading.Thread(target=copy_context().run, args=(lambda: found.append(context.fields()),))
        thread.start()
        thread.join()
    assert found == [{"job": "j", "kind": "k", "attempt": 1}]


@pytest.mark.parametrize(
    ("form", "level", "told"),
    [
        ("json", "INFO", "INFO"),
        ("line", "INFO", "WARNING"),
        ("line", "DEBUG", "INFO"),
        ("json", "ERROR", "ERROR"),
    ],
)
def test_a_line_for_each_request_is_for_machines(form: str, level: str, told: str) -> None:
    config = logs.logging_config(form=form, level=level, roots=[])
    assert config["loggers"]["wbcweb.requests"]["level"] == told
    assert config["loggers"]["django"]["level"] == ("INFO" if level == "DEBUG" else level)
