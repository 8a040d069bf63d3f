"""Asking for everything that a person of a second reading could ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts.models import User
from apps.review.models import SecondReading
from tests.review.reading_kit import Readers

# Nothing of any slide; figures of the whole site, which in use are for its administrator's programs.
NOT_ASKED = {"admin", "account", "mfa", "operations"}


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, set[str]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{namespace}{entry.name}", set(entry.pattern.converters)


def known(world: Readers, reading: SecondReading, who: User | None = None) -> dict[str, Any]:
    """Every id that the person (the reader) could have written down before, and those of the reading."""
    cell = world.cells[0]
    assert cell.field is not None
    return {
        "project_id": world.project.public_id,
        "slide_id": world.slide.public_id,
        "field_id": cell.field.public_id,
        "cell_id": cell.public_id,
        "specimen_id": world.slide.specimen.public_id,
        "user_id": (who or world.second).public_id,
        "reading_id": reading.public_id,
        "item_id": reading.items.get(cell=cell).public_id,
        "version": 2,
        "x": 10,
        "y": 10,
        "side": 20,
        "px": 64,
    }


def asked(world: Readers, reading: SecondReading, who: User | None = None) -> dict[str, str]:
    """Return the addresses of everything that can be got with these ids, by name."""
    ids = known(world, reading, who)
    found = {}
    for name, wanted in addresses(get_resolver()):
        if name.split(":")[0].split("_")[0] in NOT_ASKED or not wanted <= set(ids):
            continue
        found[name] = reverse(name, kwargs={part: ids[part] for part in wanted})
    project = f"?project={world.project.public_id}"
    slide = f"?slide={world.slide.public_id}"
    for name in ("cells-api:cells", "cells-api:label-events"):
        found[f"{name} of the project"] = reverse(name) + project
        found[f"{name} of the slide"] = reverse(name) + slide
    found["cells by class"] = reverse("cells-api:cells") + f"{project}&class=monocyte"
    return found


def got(browser: Client, address: str) -> tuple[int, str]:
    """Return status and text of an answer, without what is new in every answer."""
    answer = browser.get(address)
    body = b"".join(answer).decode("utf-8", "replace")
    for close in answer._resource_closers:
        close()
    body = re.sub(r'(csrfmiddlewaretoken" value|csrf-token" content)="[^"]*"', r'\1=""', body)
    body = re.sub(r"\b[0-9a-f]{32}\b|\d{4}-\d\d-\d\dT[\d:.+Z]+|\d\d:\d\d(:\d\d)?", "", body)
    # Counts everything that happens in the project: it tells that something did, and not what.
    body = re.sub(r'"cursor":"[^"]*"', "", body)
    return answer.status_code, body
