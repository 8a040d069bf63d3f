"""Thousands of edits of the same few cells at once (D): every edit that was accepted is an event, and none is lost."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import site_of_its_own
from machine_use import Use, Watch
from site_of_its_own import Site

CELLS = 25
PEOPLE = 16
LISTED = 5
CLASSES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


@dataclass
class Contended:
    """What became of the edits; counts."""

    database: str
    edits: int
    accepted: int
    conflicts: int
    other: dict[str, int]
    lost: int
    unasked: int
    gaps: int
    use: Use

    @property
    def met(self) -> bool:
        """Say whether every accepted edit, and nothing else, is an event in an unbroken row."""
        return not (self.lost or self.unasked or self.gaps or self.other)


def edit(database: str, *, edits: int) -> Contended:
    """Let people edit the same cells at once, singly and in lists, always by the version last seen."""
    seed = ["--slides", "1", "--fields", "1", "--cells", str(CELLS), "--reviewers", str(PEOPLE)]
    with site_of_its_own.running(database=database, seed=seed) as site:
        editors = [_Editor(site, number, edits // PEOPLE) for number in range(PEOPLE)]
        with Watch() as watch:
            for editor in editors:
                editor.start()
            for editor in editors:
                editor.join()
        accepted = {key for editor in editors for key in editor.accepted}
        answers = sum((editor.answers for editor in editors), Counter())
        stored = site.query(
            "list(LabelEvent.objects.values_list('cell_id', 'version_after', 'idempotency_key'))"
        )
        versions = dict(site.query("list(Cell.objects.values_list('pk', 'version'))"))
        keys = {key for _, _, key in stored}
        rows = Counter(pk for pk, _, _ in stored)
        gaps = sum(
            sorted(v for pk_, v, _ in stored if pk_ == pk) != list(range(2, 2 + rows[pk]))
            or version != 1 + rows[pk]
            for pk, version in versions.items()
        )
        return Contended(
            database=database,
            edits=sum(answers.values()),
            accepted=answers["200"],
            conflicts=answers["409"],
            other={name: n for name, n in answers.items() if name not in {"200", "409"}},
            lost=len(accepted - keys),
            unasked=len(keys - accepted),
            gaps=gaps,
            use=watch.use,
        )


class _Editor(threading.Thread):
    """One person who keeps acting on cells that others act on."""

    def __init__(self, site: Site, number: int, edits: int) -> None:
        super().__init__(daemon=True)
        self._site, self._edits = site, edits
        self._chance = random.Random(number)  # noqa: S311 - which cell comes next
        token = "a" * 32
        seed = site.seed
        self._headers = {
            "Cookie": f"{seed['cookie']}={seed['sessions'][number]}; {seed['csrf_cookie']}={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
        }
        self.accepted: list[str] = []
        self.answers: Counter[str] = Counter()

    def run(self) -> None:
        """Do the edits; after every answer the version that it told is the version seen."""
        self._line = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=60)
        document = self._ask("GET", f"/api/v1/slides/{self._site.seed['slides'][0]}/cells/")[1]
        self._seen: dict[str, int] = {cell["id"]: cell["version"] for cell in document["cells"]}
        left = self._edits
        while left > 0:
            if self._chance.random() < 0.1:
                left -= self._list(min(LISTED, left))
            else:
                self._single()
                left -= 1

    def _single(self) -> None:
        cell = self._chance.choice(list(self._seen))
        act = self._act(cell)
        status, answer = self._ask(
            "POST", f"/api/v1/cells/{cell}/label/", {k: act[k] for k in act if k != "cell"}
        )
        if status == 200:
            self._keep(act, answer["cell"]["version"])
        else:
            self._refused(cell, status, answer)

    def _list(self, length: int) -> int:
        acts = [self._act(cell) for cell in self._chance.sample(list(self._seen), length)]
        status, answer = self._ask("POST", "/api/v1/labels/", {"labels": acts})
        if status != 200:
            self.answers[f"list {status}"] += length
            return length
        for act, result in zip(acts, answer["results"], strict=True):
            if result["status"] == 200:
                self._keep(act, result["version"])
            else:
                self._refused(act["cell"], result["status"], result)
        return length

    def _act(self, cell: str) -> dict[str, Any]:
        return {
            "cell": cell,
            "to": self._chance.choice(CLASSES),
            "version": self._seen[cell],
            "seen_suggestion": True,
            "idempotency_key": uuid4().hex,
        }

    def _keep(self, act: dict[str, Any], version: int) -> None:
        self.answers["200"] += 1
        self.accepted.append(act["idempotency_key"])
        self._seen[act["cell"]] = version

    def _refused(self, cell: str, status: int, answer: dict[str, Any]) -> None:
        self.answers[str(status)] += 1
        if status == 409:
            self._seen[cell] = answer["error"]["detail"]["current"]["version"]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        self._line.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._line.getresponse()
        return answer.status, json.loads(answer.read())
