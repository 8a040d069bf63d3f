"""Who may do what, as a table of address, method and person; an address without a row fails."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permissions import table
from tests.permissions.table import WHO, Row, World

ROOMS = sorted(
    path.stem for path in Path(table.__file__).parent.glob("*.py") if path.stem not in {"__init__", "table"}
)
ROWS: list[Row] = [row for room in ROOMS for row in import_module(f"tests.permissions.{room}").ROWS]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# The Django admin has its own test below; allauth's views answer PUT as POST and the rest with 405.
OTHER_NAMESPACES = {"admin"}


def _names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace in OTHER_NAMESPACES:
                continue
            yield from _names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}" if entry.name else f"no name: {namespace}{entry.pattern}"


def _status(row: Row, world: World, who: str) -> int:
    address = reverse(row.url, kwargs=dict(row.kwargs(world)) if row.kwargs else {}) + row.query
    data = row.data(world) if row.data else None
    client = Client(raise_request_exception=False)
    person = world.people[who]
    if person is not None:
        client.force_login(person)
    send = getattr(client, row.method.lower())
    if row.method == "GET":
        response = send(address)
    elif row.as_json and not any(hasattr(value, "read") for value in (data or {}).values()):
        response = send(address, data or {}, content_type="application/json")
    else:
        response = send(address, data or {})
    for close in response._resource_closers:  # files that nobody reads here
        close()
    return int(response.status_code)


def _undone(row: Row, world: World, who: str) -> int:
    """Return the status, and undo what the request changed: the next person meets the same world."""
    with transaction.atomic():
        status = _status(row, world, who)
        transaction.set_rollback(True)
    return status


@pytest.fixture
def world(db: None) -> World:
    made = World()
    assert set(made.people) == set(WHO)
    return made


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_person_gets_what_the_table_says(row: Row, world: World) -> None:
    if row.kwargs:
        row.kwargs(world)  # objects are made once, outside the requests that are undone
    if row.data:
        row.data(world)
    assert {who: _undone(row, world, who) for who in WHO} == row.expected


def test_every_address_has_a_row() -> None:
    with_row = {row.url for row in ROWS}
    without = sorted(set(_names(get_resolver())) - with_row)
    assert without == [], "Add rows for these addresses in tests/permissions/<room>.py."


@pytest.mark.parametrize("url", sorted({row.url for row in ROWS if not row.url.startswith("account_")}))
def test_a_method_without_a_row_is_not_served(url: str, world: World) -> None:
    rows = [row for row in ROWS if row.url == url]
    others = [method for method in METHODS if method not in {row.method for row in rows}]
    kwargs = rows[0].kwargs
    probes = {method: Row(url, method, rows[0].statuses, kwargs) for method in others}
    if kwargs:
        kwargs(world)
    answers = {method: _undone(probe, world, "manager") for method, probe in probes.items()}
    answers |= {
        f"{method} as administrator": _undone(probe, world, "administrator")
        for method, probe in probes.items()
    }
    assert {method: status for method, status in answers.items() if status != 405} == {}


@pytest.mark.parametrize("address", ["/admin/", "/admin/accounts/user/", "/admin/accounts/auditevent/"])
def test_the_django_admin_is_for_administrators(address: str, world: World) -> None:
    def status(who: str) -> int:
        client = Client()
        if person := world.people[who]:
            client.force_login(person)
        return client.get(address, follow=True).status_code

    expected = dict.fromkeys(WHO, 403) | {"anonymous": 200, "administrator": 200}
    assert {who: status(who) for who in WHO} == expected
