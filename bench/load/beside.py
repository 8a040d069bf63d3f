"""Label Studio as another program that keeps labels, to be measured beside ours on the same machine.

It is installed by whoever measures (``pip install label-studio`` in a virtual environment of its own); nothing of it
is part of wbcweb. It is started as its manual says, on SQLite; each person posts annotations with an API token. One
label is an annotation of one task; a list is one annotation with a hundred labelled rectangles on one task, which is
how it keeps the cells of an image.
"""

from __future__ import annotations

import contextlib
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from labels import JsonLine
from site_of_its_own import free_port

CONFIG = (
    '<View><Image name="image" value="$image"/>'
    '<Choices name="choice" toName="image"><Choice value="neutrophil"/><Choice value="monocyte"/></Choices>'
    '<RectangleLabels name="box" toName="image"><Label value="neutrophil"/><Label value="monocyte"/></RectangleLabels>'
    "</View>"
)
_START_S = 300.0
_IMPORTED_AT_ONCE = 250


class LabelStudio:
    """A running Label Studio with tasks to label."""

    name = "Label Studio"

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._tasks: list[int] = []

    def line(self, person: int) -> _Line:  # noqa: ARG002 - all share one account
        """Return a connection with the account's token."""
        return _Line(JsonLine(self._port, {"Authorization": f"Token {self._token}"}))

    def singles(self) -> Iterator[int]:
        """Return the numbers of the tasks."""
        return iter(self._tasks)

    def fill(self, count: int) -> None:
        """Make a project with so many tasks."""
        line = self.line(0).line
        project = line.ask("POST", "/api/projects/", {"title": "Load", "label_config": CONFIG})["id"]
        for start in range(0, count, _IMPORTED_AT_ONCE):
            tasks = [{"image": f"/{n}.png"} for n in range(start, min(count, start + _IMPORTED_AT_ONCE))]
            line.ask("POST", f"/api/projects/{project}/import?commit_to_project=true", tasks)
        page = 1
        while len(self._tasks) < count:
            found = line.ask(
                "GET", f"/api/tasks/?project={project}&page={page}&page_size=500&fields=task_only"
            )
            self._tasks += [task["id"] for task in found["tasks"]]
            page += 1


class _Line:
    def __init__(self, line: JsonLine) -> None:
        self.line = line

    def single(self, thing: int) -> None:
        value = {"choices": ["monocyte"]}
        result = {"from_name": "choice", "to_name": "image", "type": "choices", "value": value}
        self.line.ask("POST", f"/api/tasks/{thing}/annotations/", {"result": [result]})

    def many(self, things: Sequence[int]) -> None:
        results = [_rectangle(number) for number in range(len(things))]
        self.line.ask("POST", f"/api/tasks/{things[0]}/annotations/", {"result": results})


def _rectangle(number: int) -> dict[str, Any]:
    corner = {"x": 10.0 * (number % 10), "y": 10.0 * (number // 10)}
    value = {**corner, "width": 8.0, "height": 8.0, "rotation": 0, "rectanglelabels": ["monocyte"]}
    of = {"original_width": 640, "original_height": 480, "image_rotation": 0}
    return {
        "id": f"r{number}",
        "from_name": "box",
        "to_name": "image",
        "type": "rectanglelabels",
        **of,
        "value": value,
    }


@contextlib.contextmanager
def running(program: Path, folder: Path, *, tasks: int) -> Iterator[LabelStudio]:
    """Run it on SQLite in an empty folder while the block runs."""
    folder.mkdir(parents=True)
    port, token = free_port(), secrets.token_hex(20)
    command = [
        *(str(program), "start", "--data-dir", str(folder), "--database", str(folder / "db.sqlite3")),
        *("--port", str(port), "--internal-host", "127.0.0.1", "--no-browser", "--log-level", "ERROR"),
        *("--username", "load@localhost.org", "--password", secrets.token_urlsafe(18)),
        *("--user-token", token, "--enable-legacy-api-token"),
    ]
    quiet = {
        "COLLECT_ANALYTICS": "False",
        "LATEST_VERSION_CHECK": "False",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **quiet}
    log = folder / "log.txt"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stream, stderr=stream)
    try:
        rival = LabelStudio(port, token)
        _wait_until_it_answers(rival, process, log)
        rival.fill(tasks)
        yield rival
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_it_answers(rival: LabelStudio, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            rival.line(0).line.ask("GET", "/api/projects/")
        except (OSError, RuntimeError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"Label Studio did not start: {error}. {words}") from error
            time.sleep(1.0)
        else:
            return
