"""What reviewers do, for locust: open a slide, look at crops, label, undo, mark as seen, look at counts and lists.

Started by `scenarios.py`, which names the seed and the file for results in the environment. Every reviewer has a
slide of their own, as in a laboratory; cells that two people label at once are another measurement (`contended.py`).
"""

from __future__ import annotations

import json
import os
import random
import time
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from locust import FastHttpUser, constant_pacing, events, task

SEED: dict[str, Any] = json.loads(Path(os.environ["LOAD_SEED"]).read_text(encoding="utf-8"))
OUT = Path(os.environ["LOAD_OUT"])
# One act in so many seconds, the answer's time included: a person at work, not one who waits for the machine.
THINK_S = float(os.environ.get("LOAD_THINK_S", "2"))
CLASSES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
UNDO_SHARE, BIOGRAPHY_SHARE, LIST_SHARE, RELOAD_SHARE = 0.1, 0.05, 0.03, 0.05
SEEN_EVERY = 5

_numbers = count()
_done: list[tuple[str, float, str]] = []  # kind of request, milliseconds, what went wrong
_accepted: list[str] = []  # idempotency keys of acts that the site said it had kept
_begin = time.time()


@events.request.add_listener
def _note(name: str, response_time: float, exception: BaseException | None, **_: Any) -> None:
    _done.append((name, response_time, "" if exception is None else repr(exception)[:200]))


@events.quitting.add_listener
def _write(**_: Any) -> None:
    told = {"seconds": time.time() - _begin, "requests": _done, "accepted": _accepted}
    OUT.write_text(json.dumps(told), encoding="utf-8")


class Reviewer(FastHttpUser):
    """One person with one slide after the other, one act every `THINK_S` seconds."""

    wait_time = constant_pacing(THINK_S)
    connection_timeout = network_timeout = 30.0
    insecure = True

    def on_start(self) -> None:
        """Begin at a random moment of the first `THINK_S`, so that people do not act in step."""
        self.number = next(_numbers)
        token = "a" * 32
        session = SEED["sessions"][self.number % len(SEED["sessions"])]
        self.headers = {
            "Cookie": f"{SEED['cookie']}={session}; {SEED['csrf_cookie']}={token}",
            "X-CSRFToken": token,
            "Accept-Encoding": "gzip",
            "Content-Type": "application/json",
        }
        self.rounds = 0
        self.kept: set[str] = set()  # what a browser has in its cache
        self.turn = random.Random(self.number)  # noqa: S311 - which act comes next
        time.sleep(self.turn.uniform(0, THINK_S))
        self.open_slide()

    @task
    def act(self) -> None:
        """Look at the next cell, and mostly label it."""
        if not self.waiting:
            self.rounds += 1
            self.open_slide()
        chance = self.turn.random()
        if self.last is not None and chance < UNDO_SHARE:
            self.undo()
            return
        cell = self.waiting.pop()
        self.look_at(cell)
        if self.waiting:
            self.look_at(self.waiting[-1])  # the page fetches the next one ahead
        self.label(cell)
        if len(self.seen) >= SEEN_EVERY:
            self.post(f"/api/v1/slides/{self.slide}/seen/", "seen", {"cells": self.seen})
            self.seen = []
        if chance > 1 - LIST_SHARE:
            self.get(f"/projects/{SEED['project']}/", "list of slides")
        elif chance > 1 - LIST_SHARE - BIOGRAPHY_SHARE:
            self.get(f"/api/v1/cells/{cell['id']}/events/", "biography")
        elif chance > 1 - LIST_SHARE - BIOGRAPHY_SHARE - RELOAD_SHARE:
            self.get(f"/api/v1/slides/{self.slide}/cells/", "slide document")

    def open_slide(self) -> None:
        """Open the page of a slide, with what a browser then asks for."""
        people = int(os.environ["LOAD_PEOPLE"])
        place = self.number + self.rounds * people
        self.slide = SEED["slides"][place % len(SEED["slides"])]
        self.get(f"/slides/{self.slide}/", "slide page")
        document = self.get(f"/api/v1/slides/{self.slide}/cells/", "slide document") or {
            "cells": [],
            "fields": [],
        }
        for field in document["fields"]:
            self.get(field["thumbnail_url"], "thumbnail")
        if document["fields"]:
            self.get(document["fields"][0]["image_url"], "field image")
        self.waiting = [cell for cell in document["cells"] if cell["review_state"] != "labelled"]
        self.last: dict[str, Any] | None = None
        self.seen: list[str] = []

    def look_at(self, cell: dict[str, Any]) -> None:
        """Fetch a cell's picture, once: its answer is immutable, and browsers keep those."""
        if cell["crop_url"] not in self.kept:
            self.kept.add(cell["crop_url"])
            self.get(cell["crop_url"], "crop")

    def label(self, cell: dict[str, Any]) -> None:
        """Give a cell a class."""
        body = {
            "to": self.turn.choice(CLASSES),
            "version": cell["version"],
            "seen_suggestion": True,
            "suggestion": cell["suggestion"],
        }
        answer = self.act_on(cell["id"], "label", body)
        if answer is not None:
            self.last = answer["cell"]
            self.seen.append(cell["id"])

    def undo(self) -> None:
        """Take the last label back; the cell is done again later."""
        if self.last is None:
            return
        answer = self.act_on(self.last["id"], "undo", {"version": self.last["version"]})
        self.last = None
        if answer is not None:
            self.waiting.insert(0, answer["cell"])

    def act_on(self, cell: str, name: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Send an act with a key of its own, and remember the key once the site says that it is kept."""
        key = uuid4().hex
        answer = self.post(f"/api/v1/cells/{cell}/{name}/", name, {**body, "idempotency_key": key})
        if answer is not None:
            _accepted.append(key)
        return answer

    def get(self, path: str, name: str) -> dict[str, Any] | None:
        """Get an address; return its JSON, None for what is none."""
        return self._answer(self.client.get(path, name=name, headers=self.headers))

    def post(self, path: str, name: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Post JSON; return the answer's, None when it was refused."""
        return self._answer(self.client.post(path, name=name, headers=self.headers, data=json.dumps(body)))

    @staticmethod
    def _answer(response: Any) -> dict[str, Any] | None:
        if response.status_code != 200 or "json" not in (response.headers or {}).get("Content-Type", ""):
            return None
        found: dict[str, Any] = response.json()
        return found
