"""The OpenAPI document: whole, without a warning, as it is kept in docs/, and true in its examples."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import APIView

from apps.accounts.api.permissions import scope_of
from apps.accounts.models import Scope

pytestmark = pytest.mark.django_db

KEPT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def made() -> str:
    out = StringIO()
    call_command("spectacular", format="openapi-json", validate=True, fail_on_warn=True, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(KEPT.read_text(encoding="utf-8"))


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation | {"path": path, "method": method.upper()}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_kept_document_is_that_of_the_code() -> None:
    assert json.loads(made()) == json.loads(KEPT.read_text(encoding="utf-8")), (
        "The API has changed: look at the difference after `make schema`, and tell of it in CHANGELOG.md."
    )


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert set(document["components"]["securitySchemes"]) == {"session", "token"}


def test_every_resource_has_a_list_and_an_entry(document: dict[str, Any]) -> None:
    names = set(operations(document))
    resources = (
        "projects",
        "specimens",
        "slides",
        "fields",
        "cells",
        "label_events",
        "jobs",
        "class_lists",
        "models",
    )
    for resource in (*resources, "devices", "projects_members"):
        assert {f"{resource}_list", f"{resource}_retrieve"} <= names


def test_operation_ids_are_names_in_every_language(document: dict[str, Any]) -> None:
    assert [name for name in operations(document) if not name.isidentifier()] == []


def test_every_operation_says_what_it_does_and_how_it_refuses(document: dict[str, Any]) -> None:
    lacking = {}
    for name, operation in operations(document).items():
        wanted = {"401", "403", "429"}
        wanted |= {"404"} if "{" in operation["path"] else set()
        wanted |= {"400", "413", "415"} if "requestBody" in operation else set()
        wanted |= {"400"} if name.endswith("_list") else set()
        missing = wanted - set(operation["responses"])
        if missing or not operation.get("description"):
            lacking[name] = missing
        assert "Retry-After" in operation["responses"]["429"]["headers"], name
    assert lacking == {}


def test_every_body_has_an_example_that_it_allows(document: dict[str, Any]) -> None:
    """Pictures, tables and multipart files have none: there is nothing to read in one."""
    without, wrong = [], {}
    for name, operation in operations(document).items():
        bodies = {"request": operation.get("requestBody", {})}
        bodies |= {code: body for code, body in operation["responses"].items() if code.startswith("2")}
        for where, body in bodies.items():
            for media in (body.get("content") or {}).items():
                if media[0] != "application/json":
                    continue
                examples = media[1].get("examples", {})
                if not examples:
                    without.append(f"{name} {where}")
                for title, example in examples.items():
                    problems = _problems(document, media[1]["schema"], example["value"])
                    if problems:
                        wrong[f"{name} {where} {title}"] = problems
    assert (without, wrong) == ([], {})


def _problems(document: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": document["components"]}
    validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    return [f"{error.json_path}: {error.message}"[:200] for error in validator.iter_errors(value)]


def test_what_comes_in_is_closed(document: dict[str, Any]) -> None:
    """A field too many is refused and never passed over; so nothing can be set that a form does not name."""
    bodies = [
        content["schema"]
        for operation in operations(document).values()
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        if media == "application/json"
    ]
    names = {body["$ref"].rsplit("/", 1)[1] for body in bodies}
    assert len(names) >= 12
    schemas = document["components"]["schemas"]
    assert [name for name in sorted(names) if schemas[name].get("additionalProperties") is not False] == []


def _api_views(resolver: URLResolver | None = None) -> list[type[APIView]]:
    found: list[type[APIView]] = []
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            found += _api_views(entry)
        elif isinstance(entry, URLPattern) and isinstance(getattr(entry.callback, "cls", None), type):
            found.append(entry.callback.cls)
    return found


def test_every_way_to_write_names_the_scope_that_a_token_needs() -> None:
    """What is not named is closed to tokens: what a person alone judges, reading blind, deciding, running a study."""
    closed = set()
    methods = ("get", "post", "put", "patch", "delete")
    views = _api_views()
    assert len(views) > 30
    for view in views:
        for method in (name.upper() for name in methods if hasattr(view, name)):
            scope = scope_of(view, method)
            if scope is None:
                closed.add((view.__name__, method))
            else:
                assert (scope == Scope.READ) == (method in SAFE_METHODS), view
    second_readings = ("ReadingLabelView", "ReadingUndoView", "DecideView", "DecisionUndoView")
    studies = ("StudyListView", "StepView", "ReadersView", "InvitationsView", "ViewingView", "ReadingView")
    assert closed == {(name, "POST") for name in (*second_readings, *studies)} | {
        ("StudyView", "PATCH"),
        ("StudyView", "DELETE"),
    }
