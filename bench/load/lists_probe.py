"""Ask for every list page of a seeded site, again and again, and print times and statements as JSON.

Run as a program of its own, with the environment of the site: the pages are asked in the process, so that what grows
with the rows is measured and not the web server.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wbcweb.settings")

# As a web server does: with what it loads at the start out of the collector's way.
from django.conf import settings  # noqa: E402 - as above
from django.db import connection  # noqa: E402 - as above
from django.test import Client  # noqa: E402 - as above
from django.test.utils import CaptureQueriesContext  # noqa: E402 - as above

import wbcweb.wsgi  # noqa: E402, F401 - the settings are named above
from apps.accounts.models import Membership, Project, Role, User  # noqa: E402 - as above
from apps.cells.models import Cell, LabelEvent  # noqa: E402 - as above
from apps.slides.models import Slide  # noqa: E402 - as above

TIMES = 25
UNINDEXED = "API, a filter without an index that no cell passes"
"""It reads every cell of the project; told, and not judged."""
_API = "/api/v1"
_NEEDS_NO_FILES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def pages() -> dict[str, str]:
    """Return the addresses of the lists by name; the middle of a list is as far from its ends as can be."""
    project = Project.objects.get(name__startswith="Load ")
    slides = list(Slide.objects.filter(project=project).order_by("pk").values_list("public_id", flat=True))
    middle = slides[len(slides) // 2]
    cell = Cell.objects.order_by("pk").filter(pk__gte=Cell.objects.count() // 2).first()
    act = LabelEvent.objects.order_by("pk").filter(pk__gte=LabelEvent.objects.count() // 2).first()
    assert cell is not None
    assert act is not None
    cells = f"{_API}/cells/?project={project.public_id}"
    events = f"{_API}/label-events/?project={project.public_id}"
    page = f"/projects/{project.public_id}/"
    half = len(slides) // 50 // 2
    return {
        "home": "/",
        "projects": "/projects/",
        "slides": page,
        "slides, the middle": f"{page}?page={half}",
        "slides, a search": f"{page}?q=Slide+000042",
        "trash": f"{page}trash/",
        "cells of a slide as a table": f"/slides/{middle}/table/",
        "jobs": "/jobs/",
        "jobs that failed": "/jobs/?state=failed",
        "record of a project": f"{page}audit/",
        "record of the site": "/people/audit/",
        "API, projects": f"{_API}/projects/",
        "API, specimens": f"{_API}/specimens/",
        "API, slides": f"{_API}/slides/",
        "API, slides of a project": f"{_API}/slides/?project={project.public_id}",
        "API, fields, from the middle": f"{_API}/fields/?after={cell.field.public_id if cell.field else ''}",
        "API, cells": cells,
        "API, cells, from the middle": f"{cells}&after={cell.public_id}",
        "API, cells of a slide": f"{_API}/cells/?slide={middle}",
        "API, cells with a label": f"{cells}&review_state=labelled",
        "API, cells labelled as none is": f"{cells}&label=not-a-cell",
        "API, cells suggested as none is": f"{cells}&suggested=smudge",
        "API, label events": events,
        "API, label events, from the middle": f"{events}&after={act.cell.public_id}:{act.version_after}",
        "API, label events of a slide": f"{_API}/label-events/?slide={middle}",
        "API, jobs": f"{_API}/jobs/",
        "API, a slide with its cells": f"{_API}/slides/{middle}/cells/",
        UNINDEXED: f"{cells}&probability_below=0.3",
    }


def main() -> None:
    """Measure and print."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES = _NEEDS_NO_FILES
    settings.WBCWEB_API_RATE = 0
    admin = User.objects.create_superuser(f"probe{time.time_ns()}@localhost")
    member = User.objects.create_user(f"member{time.time_ns()}@localhost")
    Membership.objects.create(
        project=Project.objects.get(name__startswith="Load "), user=member, role=Role.MANAGER
    )
    browsers = {"admin": Client(), "member": Client()}
    browsers["admin"].force_login(admin)
    browsers["member"].force_login(member)
    found = {}
    for name, address in pages().items():
        browser = browsers["admin" if address.startswith("/people/") else "member"]

        def ask(browser: Client = browser, address: str = address) -> None:
            answer = browser.get(address)
            if answer.status_code != 200:
                raise RuntimeError(f"{address} answered {answer.status_code}: {answer.content[:300]!r}")

        ask()
        with CaptureQueriesContext(connection) as queries:
            ask()
        found[name] = {"queries": len(queries.captured_queries), "ms": [_ms(ask) for _ in range(TIMES)]}
    print(json.dumps(found))


def _ms(act: Callable[[], None]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    main()
