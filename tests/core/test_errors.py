import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core import errors

FAMILY = {
    errors.InvalidInput: (400, "invalid"),
    errors.NotPermitted: (403, "not-permitted"),
    errors.NotFound: (404, "not-found"),
    errors.Conflict: (409, "conflict"),
    errors.Gone: (410, "gone"),
    errors.TooLarge: (413, "too-large"),
    errors.Unavailable: (503, "unavailable"),
    errors.DomainError: (400, "error"),
}
BY_NAME = {error.__name__: error for error in FAMILY}


@login_not_required
def page(request: HttpRequest, name: str) -> HttpResponse:
    raise BY_NAME[name]("Something <b>happened</b>.", detail={"version": 7})


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("not for people")


class Thing(serializers.Serializer):
    number = serializers.IntegerField()


class Api(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request, name: str) -> Response:
        raise BY_NAME[name]("Something happened.", detail={"version": 7})

    def post(self, request: Request, name: str) -> Response:
        Thing(data=request.data).is_valid(raise_exception=True)
        return Response({})


class Closed(APIView):
    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("page/<str:name>/", page),
    path("broken/", broken),
    path("api/v1/closed/", Closed.as_view()),
    path("api/v1/<str:name>/", Api.as_view()),
    path("", include("wbcweb.urls")),  # the frame of the error page has links
]

pytestmark = [pytest.mark.urls("tests.core.test_errors"), pytest.mark.django_db]


@pytest.mark.parametrize("error", FAMILY)
def test_each_error_has_its_status_and_a_page_with_its_sentence(client, error):
    response = client.get(f"/page/{error.__name__}/")
    assert response.status_code == FAMILY[error][0]
    assert "Something &lt;b&gt;happened&lt;/b&gt;." in response.content.decode()


@pytest.mark.parametrize("error", FAMILY)
def test_programs_get_the_same_as_json_from_pages_and_api(client, error):
    status, code = FAMILY[error]
    from_page = client.get(f"/page/{error.__name__}/", headers={"accept": "application/json"})
    from_api = client.get(f"/api/v1/{error.__name__}/")
    assert (from_page.status_code, from_api.status_code) == (status, status)
    assert from_page.json()["error"] | {"message": ""} == {
        "code": code,
        "message": "",
        "detail": {"version": 7},
    }
    assert from_api.json() == {
        "error": {"code": code, "message": "Something happened.", "detail": {"version": 7}}
    }


@pytest.mark.parametrize(("method", "refresh"), [("get", "true"), ("post", None)])
def test_a_fragment_that_is_refused_is_not_asked_for_for_ever(client, method, refresh):
    response = getattr(client, method)("/page/NotFound/", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers.get("HX-Refresh")) == (404, refresh)


def test_other_exceptions_are_left_alone(client):
    with pytest.raises(RuntimeError):
        client.get("/broken/")


def test_an_error_may_have_a_code_of_its_own():
    assert errors.Conflict("No.", code="last-manager").code == "last-manager"


def test_what_a_serializer_refuses_has_the_same_form(client):
    response = client.post("/api/v1/x/", {"number": "many"}, content_type="application/json")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid")
    assert error["detail"] == {"number": ["A valid integer is required."]}


@pytest.mark.parametrize(
    ("method", "address", "data", "status", "code"),
    [
        ("get", "/api/v1/closed/", None, 401, "not-authenticated"),
        ("put", "/api/v1/x/", {}, 405, "method-not-allowed"),
        ("post", "/api/v1/x/", "{broken", 400, "parse-error"),
    ],
)
def test_what_the_framework_refuses_has_the_same_form(client, method, address, data, status, code):
    response = getattr(client, method)(
        address, data, **({"content_type": "application/json"} if data is not None else {})
    )
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert error["message"]
