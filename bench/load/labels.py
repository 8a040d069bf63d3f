"""How quickly labels are kept: one by one, eight people in parallel, and a list of a hundred in one request.

The same client measures another program beside ours when one is named (`beside.py`): in turns, on the same machine.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import numpy as np
from site_of_its_own import Site

PARALLEL = 8
LISTED = 100
_WARM_UP = 20


class Target(Protocol):
    """A program that keeps labels."""

    name: str

    def line(self, person: int) -> Line:
        """Return a connection of one of `PARALLEL` people."""

    def singles(self) -> Iterator[Any]:
        """Return things to label, each once."""


class Line(Protocol):
    """One person's connection, kept open."""

    def single(self, thing: Any) -> None:
        """Label one thing; raise when that was refused."""

    def many(self, things: Sequence[Any]) -> None:
        """Label many in one request; raise when one was refused."""


@dataclass
class Speed:
    """Milliseconds of each request, and labels a second of all eight together."""

    name: str
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    together_s: list[float] = field(default_factory=list)
    listed: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return labels a second at eight in parallel."""
        return len(self.together) / sum(self.together_s)

    def percentile(self, of: str, share: float) -> float:
        """Return a percentile of "alone", "together" or "listed", in milliseconds."""
        return float(np.percentile(getattr(self, of), share))


def measure(targets: Sequence[Target], *, rounds: int, singles: int) -> list[Speed]:
    """Measure programs in turns.

    Args:
        targets: The programs, running.
        rounds: How often each has its turn.
        singles: Labels one by one, and by each of the eight, in a turn.
    """
    speeds = [Speed(target.name) for target in targets]
    things = [target.singles() for target in targets]
    for target, left in zip(targets, things, strict=True):
        line = target.line(0)
        for _ in range(_WARM_UP):
            line.single(next(left))
        line.many([next(left) for _ in range(LISTED)])
    for _ in range(rounds):
        for target, left, speed in zip(targets, things, speeds, strict=True):
            line = target.line(0)
            speed.alone += [_ms(line.single, next(left)) for _ in range(singles)]
            _together(target, [[next(left) for _ in range(singles)] for _ in range(PARALLEL)], speed)
            speed.listed += [_ms(line.many, [next(left) for _ in range(LISTED)]) for _ in range(5)]
    return speeds


def needed(*, rounds: int, singles: int) -> int:
    """Return how many things a measurement labels."""
    return _WARM_UP + LISTED + rounds * (singles * (1 + PARALLEL) + 5 * LISTED)


def _together(target: Target, parts: Sequence[Sequence[Any]], speed: Speed) -> None:
    found: list[list[float]] = [[] for _ in parts]
    problems: list[BaseException] = []
    ready = threading.Barrier(len(parts) + 1)

    def work(person: int) -> None:
        try:
            line = target.line(person)
            ready.wait()
            for thing in parts[person]:
                found[person].append(_ms(line.single, thing))
        except BaseException as problem:
            problems.append(problem)
            ready.abort()
            raise

    threads = [threading.Thread(target=work, args=(person,)) for person in range(len(parts))]
    for thread in threads:
        thread.start()
    ready.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    speed.together_s.append(time.perf_counter() - begin)
    if problems:
        raise problems[0]
    speed.together += [ms for part in found for ms in part]


def _ms(act: Callable[[Any], None], thing: Any) -> float:
    begin = time.perf_counter()
    act(thing)
    return (time.perf_counter() - begin) * 1000


class JsonLine:
    """A connection that posts JSON."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._headers = {"Content-Type": "application/json", **headers}
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of an answer; raise RuntimeError for one that is not of the kind 200."""
        self._line.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._line.getresponse()
        data = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {data[:300]!r}")
        return json.loads(data or b"null")


class Ours:
    """A site of ours."""

    name = "wbcweb"

    def __init__(self, site: Site) -> None:
        self._site = site

    def line(self, person: int) -> _OurLine:
        """Return the connection of a person who is signed in."""
        seed, token = self._site.seed, "a" * 32
        cookies = f"{seed['cookie']}={seed['sessions'][person]}; {seed['csrf_cookie']}={token}"
        return _OurLine(JsonLine(self._site.port, {"Cookie": cookies, "X-CSRFToken": token}))

    def singles(self) -> Iterator[dict[str, Any]]:
        """Return the cells of slide after slide."""
        line = self.line(0).line
        for slide in self._site.seed["slides"]:
            yield from line.ask("GET", f"/api/v1/slides/{slide}/cells/")["cells"]


class _OurLine:
    def __init__(self, line: JsonLine) -> None:
        self.line = line

    def single(self, thing: Any) -> None:
        self.line.ask("POST", f"/api/v1/cells/{thing['id']}/label/", _label(thing))

    def many(self, things: Sequence[Any]) -> None:
        labels = [{"cell": thing["id"], **_label(thing)} for thing in things]
        results = self.line.ask("POST", "/api/v1/labels/", {"labels": labels})["results"]
        refused = [result for result in results if result["status"] != 200]
        if refused:
            raise RuntimeError(f"Refused: {refused[:2]}")


def _label(cell: dict[str, Any]) -> dict[str, Any]:
    return {
        "to": "monocyte",
        "version": cell["version"],
        "seen_suggestion": True,
        "suggestion": cell["suggestion"],
        "idempotency_key": uuid4().hex,
    }
