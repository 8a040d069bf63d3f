"""Every refusal has one form, wherever it comes from; no body of a request brings the site down."""

import json

import pytest
from django.test import Client
from django.urls import include, path

from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory

pytestmark = pytest.mark.django_db

PROJECTS = "/api/v1/projects/"


def broken(request):
    raise RuntimeError("not for people")


urlpatterns = [path("api/v1/broken/", broken), path("", include("wbcweb.urls"))]
handler500 = "apps.core.fallback.server_error"


@pytest.fixture
def site(sign_in):
    return sign_in(SiteAdminFactory())


def refusal(response):
    assert response.headers["Content-Type"] == "application/json"
    error = response.json()["error"]
    assert set(error) == {"code", "message", "detail"}
    assert error["message"].endswith("."), error
    assert isinstance(error["detail"], dict)
    return response.status_code, error["code"]


def test_each_status_has_the_same_form(site, client, settings):
    project = f"{PROJECTS}{ProjectFactory().public_id}/"
    given = [
        client.get(PROJECTS),
        site.get("/api/v1/nothing/"),
        site.get("/api/v1/projects/nonsense/"),
        site.get(f"{PROJECTS}00000000-0000-0000-0000-000000000000/"),
        site.put(project, {}, content_type="application/json"),
        site.options(project),
        site.get(PROJECTS, headers={"Accept": "text/html"}),
        site.patch(project, {"name": "x"}, content_type="application/json"),
        site.post(PROJECTS, "name=x", content_type="application/x-www-form-urlencoded"),
        site.post(PROJECTS, "x", content_type="text/plain"),
        site.post(PROJECTS, " " * 3_000_000, content_type="application/json"),
        site.get(PROJECTS, {"colour": "red"}),
        site.get(PROJECTS, {"is_demo": "perhaps"}),
    ]
    assert [refusal(response) for response in given] == [
        (401, "not-authenticated"),
        (404, "not-found"),
        (404, "not-found"),
        (404, "not-found"),
        (405, "method-not-allowed"),
        (405, "method-not-allowed"),
        (406, "not-acceptable"),
        (400, "invalid"),
        (415, "unsupported-media-type"),
        (415, "unsupported-media-type"),
        (413, "too-large"),
        (400, "unknown-filter"),
        (400, "invalid"),
    ]


def test_a_fault_is_json_too_and_tells_nothing(site, settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    site.raise_request_exception = False
    response = site.get("/api/v1/broken/")
    assert refusal(response) == (500, "server-error")
    assert b"RuntimeError" not in response.content


def test_pages_keep_their_own_pages(client):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_an_unreadable_host_is_json_in_the_api(settings):
    assert refusal(Client(headers={"host": "evil.example"}).get("/api/v1/me/")) == (400, "invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"name": "\\u0000"}',
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": Infinity}',
        b"[" * 200_000,
        b'{"name": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        b'{"name": ' + b"9" * 5_000 + b"}",
        b'{"name": "x", "is_demo": true}',
        b'{"name": "x", "manage": "perhaps"}',
        b'{"name": {"a": ["\\ud800"]}}',
        b'{"name": ["x"]}',
        b'{"name": null}',
        b'{"name": ""}',
        b'{"name": "' + b"x" * 500 + b'"}',
    ],
    ids=lambda body: body[:24],
)
def test_no_body_brings_the_site_down(site, body):
    response = site.post(PROJECTS, body, content_type="application/json")
    assert refusal(response) == (
        400,
        "invalid" if response.json()["error"]["code"] == "invalid" else "parse-error",
    )


def test_a_whole_pair_of_surrogates_is_a_character(site):
    body = json.dumps({"name": "smears \U0001fa78"}).encode()
    assert rb"\ud83e" in body
    response = site.post(PROJECTS, body, content_type="application/json")
    assert response.json()["name"] == "smears \U0001fa78"


def test_a_sentence_names_what_makes_no_sense(site):
    response = site.post(PROJECTS, {"name": "x" * 200}, content_type="application/json")
    assert response.json()["error"] == {
        "code": "invalid",
        "message": "Some of what was sent makes no sense: name: Ensure this field has no more than 120 characters.",
        "detail": {"name": ["Ensure this field has no more than 120 characters."]},
    }


def test_a_misspelt_field_is_named(site):
    response = site.post(PROJECTS, {"name": "x", "descrption": "y"}, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["error"]["detail"] == {
        "descrption": ["There is no such field; there are name, description, manage."]
    }


def test_a_misspelt_filter_is_named(sign_in):
    response = sign_in(UserFactory()).get(PROJECTS, {"nam": "x"})
    assert response.json()["error"]["message"] == (
        "There is no filter “nam” here; there are after, is_demo, limit, name, role."
    )
