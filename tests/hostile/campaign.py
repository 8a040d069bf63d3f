"""Send thousands of hostile files to a real site and hold everything it keeps against the rules; can be gone on with.

A batch is one upload: its files go one by one over HTTP, the worker stores what it can, then every row, file and
process is looked at. What was done is written down after each batch.
"""

import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.hostile import lines, verdict
from tests.hostile.cases import Case, case
from tests.hostile.strategies import hostile_files
from tests.hostile.target import Target, peak_mib

BATCH = 100
OF_HYPOTHESIS = 40
STORING_S = 1_200.0
TAKEN = {201, 400, 413, 422}


@dataclass
class Tally:
    """What was done so far, and what was found."""

    batches: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    line_answers: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    megabytes: float = 0.0
    decoder_peak_mib: float = 0.0
    web_peak_mib: float = 0.0
    seconds: float = 0.0

    @property
    def uploads(self) -> int:
        """Return how many files were sent."""
        return sum(self.sent.values())

    def save(self, path: Path) -> None:
        """Write it down, whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(vars(self), indent=1), encoding="utf-8")
        fresh.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Tally":
        """Read what was written down; an empty one when there is nothing."""
        if not path.exists():
            return cls()
        values = json.loads(path.read_text(encoding="utf-8"))
        counters = ("sent", "answers", "states", "line_answers")
        return cls(**{name: Counter(value) if name in counters else value for name, value in values.items()})


def of_hypothesis(batch: int, count: int) -> list[bytes]:
    """Return files that Hypothesis makes; the same for the same batch."""
    made: list[bytes] = []

    @seed(batch)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile_files())
    def collect(data: bytes) -> None:
        made.append(data)

    collect()
    return made[:count]


def cases_of(batch: int) -> Iterator[Case]:
    """Yield the files of a batch."""
    found = of_hypothesis(batch, OF_HYPOTHESIS)
    for place, data in enumerate(found):
        yield Case(batch * BATCH + place, "hypothesis", f"found-{place}.png", data)
    for place in range(len(found), BATCH):
        yield case(batch * BATCH + place)


def run(folder: Path, *, uploads: int, fresh: bool = False) -> Tally:
    """Send so many files in all, those of an earlier run among them; return what was found."""
    if fresh and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    notes = folder / "campaign.json"
    tally = Tally.load(notes)
    if tally.uploads >= uploads:
        return tally
    with Target(folder / "site").up() as target:
        made = json.loads(target.python("-m", "tests.hostile.prepare"))
        before = target.web_processes()
        while tally.uploads < uploads:
            began = time.monotonic()
            _batch(target, tally, made["project"], made["key"])
            if target.web_processes() != before:
                tally.problems.append(f"batch {tally.batches}: the web processes changed")
                before = target.web_processes()
            if target.worker is None or target.worker.poll() is not None:
                tally.problems.append(f"batch {tally.batches}: the worker ended")
            tally.batches += 1
            tally.seconds += time.monotonic() - began
            tally.save(notes)
            print(f"{tally.uploads} of {uploads} uploads, {len(tally.problems)} problems", flush=True)  # noqa: T201
    return tally


def _batch(target: Target, tally: Tally, project: str, key: str) -> None:
    number = tally.batches
    upload = target.send_json(
        f"/api/v1/projects/{project}/uploads/",
        {"mode": "one-slide", "title": f"{number}", "analyse": False},
        key=key,
    )["id"]
    where = f"/api/v1/uploads/{upload}/files/"
    for one in cases_of(number):
        status = target.send_file(where, one.filename, one.data, key=key)
        tally.sent[one.family] += 1
        tally.answers[str(status)] += 1
        tally.megabytes += len(one.data) / 2**20
        if status not in TAKEN:
            tally.problems.append(f"case {one.number} ({one.family}) was answered {status}")
    _lines(target, tally, where, key)
    target.send_json(f"/api/v1/uploads/{upload}/complete/", {}, key=key)
    _wait(target, upload)
    kept = verdict.judge(target, upload)
    for place, found in enumerate(kept):
        tally.states[found.state] += 1
        tally.problems += [f"batch {number}, file {place}: {problem}" for problem in found.problems]
    if left := _left_over(target):
        tally.problems.append(f"batch {number}: {left} received files are left")
    tally.decoder_peak_mib = max(tally.decoder_peak_mib, target.decoder_peak_mib)
    tally.web_peak_mib = max([tally.web_peak_mib, *map(peak_mib, target.web_processes())])


def _left_over(target: Target) -> int:
    """Return how many received files lie about that no upload waits for; one of an interrupted run does."""
    media = target.folder / "media"
    waiting = {key for (key,) in target.query("SELECT temp_key FROM slides_uploadfile WHERE temp_key != ''")}
    lying = (path.relative_to(media).as_posix() for path in (media / "uploads").rglob("*") if path.is_file())
    return sum(key not in waiting for key in lying)


def _wait(target: Target, upload: str) -> None:
    until = time.monotonic() + STORING_S
    while time.monotonic() < until:
        rows = target.query("SELECT state FROM slides_upload WHERE public_id = ?", [upload.replace("-", "")])
        if rows == [("done",)]:
            return
        time.sleep(0.3)
    raise AssertionError(f"The upload was not stored in time. {target.words()}")


def _lines(target: Target, tally: Tally, where: str, key: str) -> None:
    """Send two requests that lie on the line; what they add are files like any other."""
    rng = random.Random(f"lines/{tally.batches}")
    told, kind, body, headers = rng.choice(list(lines.bodies(rng)))
    status, _ = target.request(
        "POST", where, key=key, body=body, headers={"Content-Type": kind.decode(), **headers}
    )
    tally.line_answers[str(status)] += 1
    if status >= 500:
        tally.problems.append(f"a request with {told} was answered {status}")
    told, length, raw = rng.choice(list(lines.lengths(rng)))
    head = f"POST {where} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n".encode()
    head += b"Content-Type: " + lines.FORM + b"\r\n" + length + b"\r\n\r\n"
    status = target.send_raw(head, raw)
    tally.line_answers[str(status or "closed")] += 1
    if status >= 500 and status != 501:
        tally.problems.append(f"a request with {told} was answered {status}")
