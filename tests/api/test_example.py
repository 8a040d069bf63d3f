"""The program of docs/api.md does what it says at a real site: uploads, has analysed, waits, prints the cells."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from ml.simulator import simulate_field
from tests.kits.processes import free_port, own_environment, running, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.weights]

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "Haematology"
CELLS = ("neutrophil", "lymphocyte", "monocyte", "eosinophil")

FILL = f"""
import django; django.setup()
from apps.accounts.models import Membership, Project, User
from apps.accounts.services import make_api_token
user = User.objects.create_user("rita@example.org", name="Rita")
project = Project.objects.create(name={PROJECT!r})
Membership.objects.create(project=project, user=user, role="reviewer")
print(make_api_token(user=user, name="example", scopes=["upload"], days=1)[1])
"""


def program() -> str:
    """Return the one Python program of the document."""
    found = re.findall(
        r"^```python\n(.*?)^```",
        (ROOT / "docs" / "api.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert len(found) == 1
    return str(found[0])


class Site:
    """A site of its own with its worker, and the key of a token of a reviewer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.log = folder / "log"
        self.env = own_environment(
            WBCWEB_DATA_DIR=str(folder / "data"),
            WBCWEB_DEVICE="cpu",
            DJANGO_SETTINGS_MODULE="wbcweb.settings",
            PYTHONPATH=str(ROOT),
        )
        self._python("manage.py", "migrate", "-v", "0")
        self.key = self._python("-c", FILL).strip().splitlines()[-1]

    def _python(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/api/v1/me/", timeout=2).status_code == 401
        except requests.RequestException:
            return False

    def get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        return dict(requests.get(f"{self.address}/api/v1/{path}", headers=headers, timeout=60).json())

    def words(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("example"))
    server = ("-m", "gunicorn", "wbcweb.wsgi", "--bind", f"127.0.0.1:{made.port}", "--threads", "4")
    with ExitStack() as processes:
        for command in (server, ("manage.py", "worker")):
            processes.enter_context(running([sys.executable, *command], log=made.log, env=made.env, cwd=ROOT))
        wait_for(made.answers, seconds=90, because=made.words)
        yield made


@pytest.fixture
def run(site: Site, tmp_path: Path):
    """Return a function that runs the program as a reader of the document would, in a folder of its own."""
    script = tmp_path / "cells.py"
    script.write_text(program(), encoding="utf-8")

    def call(*args: str, key: str = "") -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ,
            "WBC_KEY": key or site.key,
            "NO_PROXY": "localhost",
            "PYTHONIOENCODING": "utf-8",
        }
        return subprocess.run(
            [sys.executable, str(script), site.address, *args],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call


def test_the_example_prints_the_cells_of_the_pictures(site: Site, run, tmp_path: Path) -> None:
    for number in range(2):
        drawn = simulate_field(40 + number, white_cells=CELLS)
        Image.fromarray(drawn.pixels).save(tmp_path / f"field-{number}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    done = run(PROJECT, "field-0.png", "field-1.png", "notes.txt")
    assert done.returncode == 0, done.stderr + site.words()
    assert "field-0.png stored" in done.stderr
    assert "notes.txt failed" in done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["field"] for row in rows} == {"1", "2"}
    assert len(rows) >= len(CELLS)
    for row in rows:
        x0, y0, x1, y1 = (float(row[name]) for name in ("x0", "y0", "x1", "y1"))
        assert (0 <= x0 < x1 <= 640, 0 <= y0 < y1 <= 480) == (True, True)
    # The same cells as the site shows to a person.
    cell = site.get(f"cells/{rows[0]['cell']}/")
    assert (cell["class"], round(cell["probability"], 6)) == (
        rows[0]["class"],
        round(float(rows[0]["probability"]), 6),
    )
    slide = site.get(f"slides/{cell['slide']}/analysis/")
    assert (slide["state"], slide["analysed"]) == ("done", 2)


@pytest.mark.parametrize(
    ("project", "key", "words"),
    [("Nobody's", "", "There is no project “Nobody's”"), (PROJECT, "wbcweb_wrong", "This key opens nothing")],
)
def test_the_example_says_what_is_wrong(run, project: str, key: str, words: str) -> None:
    done = run(project, key=key)
    assert done.returncode == 1
    assert words in done.stderr


def test_the_refusal_in_the_document_is_one() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert set(json.loads(found)["error"]) == {"code", "message", "detail"}
