"""Requests made up from the OpenAPI document, as every kind of person and as programs with each scope.

Whatever is sent, the answer has a documented status, the documented headers and shape, and is never a fault; what the
document forbids is refused. `make fuzz` sends more of them (`ARGS="EXAMPLES=200"`).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from apps.accounts.models import Scope
from apps.accounts.services import make_api_token
from tests.api.test_document import KEPT
from tests.api.world import ROLES, Site

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# For each operation and each person, as documented; for some of them as many against the document.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
PLAIN = {"Accept-Encoding": "identity"}  # what is compressed cannot be compared
FORGERY = "a" * 32
ALWAYS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
WAYS = {
    schemathesis.GenerationMode.POSITIVE: ALWAYS,
    schemathesis.GenerationMode.NEGATIVE: [*ALWAYS, checks.negative_data_rejection],
}
# Programs of a manager, by what their tokens allow besides reading.
TOKENS: dict[str, tuple[str, ...]] = {
    "a token that reads": (),
    **{f"a token with the scope {scope}": (scope,) for scope in Scope.values if scope != Scope.READ},
}
# Who sends what the document forbids: everybody, when there is time.
BREAKING = {"manager", "administrator"} if EXAMPLES < 10 else {*ROLES, *TOKENS}
# Ids in bodies and filters that name something of a project.
NAMED = {
    "project": "project_id",
    "slide": "slide_id",
    "field": "field_id",
    "specimen": "specimen_id",
    "device": "device_id",
    "cell": "cell_id",
    "actor": "user_id",
    "suggestion": "model_id",
}


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Keep the test's connection, which each request of a real server would end."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def schema() -> Any:
    config = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
    loaded = schemathesis.openapi.from_dict(json.loads(KEPT.read_text(encoding="utf-8")), config=config)
    loaded.app = read_to_the_end(get_wsgi_application())
    return loaded


def read_to_the_end(application: WSGIApplication) -> WSGIApplication:
    """Return the site with each answer read and closed: nobody else would close the files that it serves."""

    def read(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        answer: Any = application(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()

    return read


def known_by(site: Site, who: str) -> dict[str, dict[str, str]]:
    """Return the headers and cookies that a person's browser or program sends."""
    if who in TOKENS:
        manager = site.people["manager"]
        assert manager is not None
        key = make_api_token(user=manager, name="t", scopes=TOKENS[who], days=1)[1]
        return {"headers": {**PLAIN, "Authorization": f"Bearer {key}"}}
    person = site.people[who]
    if person is None:
        return {"headers": PLAIN}
    client = Client()
    client.force_login(person)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: FORGERY}
    return {"headers": {**PLAIN, "X-CSRFToken": FORGERY}, "cookies": cookies}


def with_real_things(case: Any, site: Site, chance: Random) -> None:
    """Put ids and versions of the site's things where the document asks for some; made-up ones would all be unknown."""
    pool = site.pool()
    for name in set(case.path_parameters or {}) & set(pool):
        case.path_parameters[name] = chance.choice(pool[name])
    if "{name}:{version}" in case.path and chance.random() < 0.7:
        case.path_parameters |= {"name": "eight", "version": "1"}
    if "{cell_id}:{version}" in case.path and chance.random() < 0.7:
        case.path_parameters |= {"version": "2"}
    if isinstance(case.query, dict):
        if chance.random() < 0.8:
            case.query.pop("after", None)
        for name in set(case.query) & set(NAMED):
            case.query[name] = chance.choice(pool[NAMED[name]])
    if isinstance(case.body, dict) and chance.random() < 0.8:
        with_real_body(case.path, case.body, site, chance)


def with_real_body(path: str, body: dict[str, Any], site: Site, chance: Random) -> None:
    """Do the same to a body, in place."""
    pool, versions = site.pool(), site.mine.versions()
    for name in set(body) & set(NAMED):
        body[name] = chance.choice(pool[NAMED[name]])
    of_address = [name for name in versions if f"{{{name}}}" in path or path.endswith(f"/{name}/")]
    if isinstance(body.get("version"), str) and of_address:
        body["version"] = versions[of_address[-1]]
    elif isinstance(body.get("version"), int):
        body["version"] = chance.choice([1, 2])
    if "cells" in body:
        body["cells"] = [chance.choice(pool["cell_id"]) for _ in range(3)]
    if "slides" in body:
        body["slides"] = [chance.choice(pool["slide_id"])]
    if isinstance(body.get("labels"), list):
        body["labels"] = [{**entry, "cell": chance.choice(pool["cell_id"])} for entry in body["labels"]]
    if body.get("to"):
        body["to"] = chance.choice(["monocyte", "eosinophil", "nonsense"])
    outsider = site.people["outsider"]
    if "email" in body and outsider is not None:
        body["email"] = outsider.email


def attempt(
    site: Site, known: dict[str, dict[str, str]], wanted: list[Any], seen: Counter[int]
) -> Callable[[Any, Random], None]:
    """Return what is done with each request: furnish it, send it, look at the answer, take back what it changed."""
    ids = site.mine.ids()

    def run(case: Any, chance: Random) -> None:
        if wanted is ALWAYS:
            with_real_things(case, site, chance)
        else:
            # Only what the document forbids is to be wrong.
            for name in set(case.path_parameters or {}) & set(ids):
                case.path_parameters[name] = str(ids[name])
        with transaction.atomic():
            response = case.call(base_url="http://localhost", **known)
            transaction.set_rollback(True)
        seen[response.status_code] += 1
        case.validate_response(response, checks=wanted)

    return run


@pytest.mark.parametrize("who", [*ROLES, *TOKENS])
def test_every_operation_keeps_to_the_document(who: str, site: Site, schema: Any) -> None:
    known = known_by(site, who)
    # The same requests each time, so that a failure comes again.
    limits = examples(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seen: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        for way, wanted in WAYS.items():
            nothing_to_break = not operation.body and not operation.query
            if wanted is not ALWAYS and (nothing_to_break or who not in BREAKING):
                continue
            requests = given(
                case=operation.as_strategy(generation_mode=way), chance=st.randoms(use_true_random=False)
            )
            seed(SEED)(limits(requests(attempt(site, known, wanted, seen))))()
    # What each person meets, so that a test that is kept out of everything cannot pass for one that found nothing.
    if who == "anonymous":
        assert set(seen) <= {401, 404, 405}
    else:
        assert seen[200] > 20
        assert seen[401] == 0
    # Labelling makes nothing new; uploading and managing do.
    if who in {"reviewer", "researcher", "manager"} or set(TOKENS.get(who, ())) & {
        Scope.UPLOAD,
        Scope.MANAGE,
    }:
        assert seen[201] + seen[202] + seen[204] > 0
    if who == "a token that reads":
        assert seen[201] + seen[202] + seen[204] == 0
