"""Fifty readers of a study at once, as their pages behave, while the server is killed twice.

While an image is looked at the next is fetched ahead; an answer is sent until it is answered.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import numpy as np
import site_of_its_own
from machine_use import Use, Watch
from site_of_its_own import Site

READERS = 50
IMAGES = 100
P95_MS = 300.0
KILLS = (1 / 3, 2 / 3)
"""When the server is killed: shares of the time."""
_THINK_S = (1.0, 3.0)
"""How long a reader looks at an image; experts take longer, so this asks more of the server than they would."""
_RETRY_FIRST_S, _RETRY_MOST_S = 0.5, 4.0
_PATIENCE_S = 120.0
_HELD_BACK = (0, 401, 403, 404, 429)


@dataclass
class Held:
    """What became of it; times in milliseconds."""

    database: str
    times: dict[str, list[float]]
    next_image: list[float]
    """From an answer to the next image at hand, while the server stood."""
    in_outage: list[float]
    """The same of answers that met a server that was down at least once."""
    down_s: list[float]
    given: int
    kept: int
    lost: int
    doubled: int
    altered: int
    refused: list[str]
    seconds: float
    use: Use

    @property
    def p95(self) -> float:
        """Return the 95th percentile from an answer to the next image, outages included."""
        return float(np.percentile([*self.next_image, *self.in_outage], 95))

    @property
    def whole(self) -> bool:
        """Say whether every reading is there once, as it was given."""
        nothing_wrong = not (self.lost or self.doubled or self.altered or self.refused)
        return nothing_wrong and self.kept == self.given and len(self.down_s) == len(KILLS)

    @property
    def met(self) -> bool:
        """Say whether the next image came in time, and no reading was lost."""
        return self.whole and self.p95 <= P95_MS


@dataclass
class Told:
    """What the readers tell, all together."""

    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    next_image: list[float] = field(default_factory=list)
    in_outage: list[float] = field(default_factory=list)
    given: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


class Reader(threading.Thread):
    """One person with one image after the other."""

    def __init__(self, site: Site, number: int, told: Told, until: float) -> None:
        super().__init__(daemon=True)
        self._site = site
        self._told = told
        self._until = until
        self._chance = random.Random(number)  # noqa: S311 - what is answered, and when
        self._enrolment: str = site.seed["enrolments"][number]
        token = "a" * 32
        session = site.seed["sessions"][number]
        self._headers = {
            "Cookie": f"{site.seed['cookie']}={session}; {site.seed['csrf_cookie']}={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        self._line: http.client.HTTPConnection | None = None
        self._failed = False

    def run(self) -> None:
        """Read until the time is over or nothing is left; every answer given is carried through."""
        time.sleep(self._chance.uniform(0, _THINK_S[1]))
        address = f"/api/v1/study-readings/{self._enrolment}/"
        document = self._ask("GET", address, "document")
        if document["next"]:
            document = self._ask("POST", f"{address}viewings/", "viewing", {"slot": document["next"]["slot"]})
        ready: set[str] = set()
        while (shown := document["next"]) and time.monotonic() < self._until:
            if shown["image"] not in ready:
                self._ask("GET", shown["image"], "image")
            if shown["prefetch"]:
                self._ask("GET", shown["prefetch"], "image")
                ready = {shown["prefetch"]}
            time.sleep(self._chance.uniform(*_THINK_S))
            body = self._answer(document)
            self._failed = False
            begin = time.perf_counter()
            document = self._ask("POST", f"{address}readings/", "answer", body)
            self._told.given[body["idempotency_key"]] = (self._enrolment, body["slot"], body["answer"])
            if document["next"] and document["next"]["image"] not in ready:
                self._ask("GET", document["next"]["image"], "image")
                ready.add(document["next"]["image"])
            taken = (time.perf_counter() - begin) * 1000
            (self._told.in_outage if self._failed else self._told.next_image).append(taken)

    def _answer(self, document: dict[str, Any]) -> dict[str, Any]:
        shown = document["next"]
        asked = shown["questions"]
        now = round(time.monotonic() * 1000)
        lengths = dict.fromkeys(("blank_ms", "hidden_ms", "hidden_times", "blurred_ms", "earlier_ms"), 0)
        return {
            "slot": shown["slot"],
            "answer": self._chance.choice(document["classes"])["name"] if "class" in asked else None,
            "realism": self._chance.randint(1, 6) if "realism" in asked else None,
            "reason": "",
            "times": {
                **lengths,
                **dict.fromkeys(("shown_ms", "first_ms", "class_ms", "answered_ms"), now),
                "interrupted": False,
                "changes": 0,
            },
            "idempotency_key": uuid4().hex,
        }

    def _ask(self, method: str, path: str, name: str, body: Any = None) -> Any:
        """Return an answer; what fails for a while is asked again, as the page does."""
        deadline = time.monotonic() + _PATIENCE_S
        pause = _RETRY_FIRST_S
        while True:
            begin = time.perf_counter()
            status, data = self._send(method, path, body)
            if status == 200:
                self._told.times[name].append((time.perf_counter() - begin) * 1000)
                return json.loads(data) if path.startswith("/api/") else data
            words = f"{method} {name} answered {status}: {data[:200]!r}"
            if status < 500 and status not in _HELD_BACK:
                self._told.refused.append(words)
                raise RuntimeError(words)
            self._failed = True
            if time.monotonic() > deadline:
                self._told.refused.append(f"without an answer for {_PATIENCE_S:.0f} s: {words}")
                raise TimeoutError(words)
            time.sleep(pause)
            pause = min(_RETRY_MOST_S, 2 * pause)

    def _send(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=20)
        try:
            self._line.request(method, path, None if body is None else json.dumps(body), self._headers)
            answer = self._line.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            self._line = None
            return 0, repr(error).encode()


def hold(database: str, *, minutes: float) -> Held:
    """Let the readers read on one database."""
    seed = ["--readers", str(READERS), "--images", str(IMAGES)]
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(
            site_of_its_own.running(database=database, seed=seed, seeder="study_seed.py")
        )
        told, begin = Told(), time.monotonic()
        readers = [Reader(site, n, told, begin + 60 * minutes) for n in range(READERS)]
        down: list[float] = []
        with Watch(*site.pids.values()) as watch:
            for reader in readers:
                reader.start()
            for share in KILLS:
                time.sleep(max(0.0, begin + 60 * minutes * share - time.monotonic()))
                killed = time.monotonic()
                site_of_its_own.kill_web(site)
                stack.enter_context(site_of_its_own.web_again(site))
                down.append(time.monotonic() - killed)
            for reader in readers:
                reader.join()
        seconds = time.monotonic() - begin
        kept = site.query(
            "list(__import__('apps.studies.models', fromlist=['Reading']).Reading.objects.values_list("
            "'idempotency_key', 'slot__enrolment__public_id', 'slot__position', 'answer', 'revision'))"
        )
        return _held(database, told, kept, down, seconds, watch.use)


def _held(
    database: str, told: Told, rows: list[list[Any]], down: list[float], seconds: float, use: Use
) -> Held:
    kept = {key: (enrolment, slot, answer) for key, enrolment, slot, answer, _ in rows}
    slots = {(enrolment, slot) for _, enrolment, slot, _, _ in rows}
    return Held(
        database=database,
        times=dict(told.times),
        next_image=told.next_image,
        in_outage=told.in_outage,
        down_s=down,
        given=len(told.given),
        kept=len(rows),
        lost=len(set(told.given) - set(kept)),
        doubled=len(rows) - len(slots),
        altered=sum(kept[key] != given for key, given in told.given.items() if key in kept),
        refused=told.refused,
        seconds=seconds,
        use=use,
    )
