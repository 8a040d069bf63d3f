"""What became of the jobs of a scenario, read from the database past all code of the site."""

import datetime as dt
import json
import statistics
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.crew import Kill
from tests.jobs.site import Site

Row = tuple[int, str, str, int]


@dataclass
class Verdict:
    """Counts of one scenario; ``problems`` is empty when every job was done exactly once.

    Times are seconds from a kill -9: ``noticed`` until the ledger took the job back, ``running`` until its next attempt
    began.
    """

    asked: int = 0
    states: Counter[str] = field(default_factory=Counter)
    effects: int = 0
    attempts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    noticed: list[float] = field(default_factory=list)
    running: list[float] = field(default_factory=list)
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Return the counts as a row of a table."""
        cells = [
            name,
            str(self.asked),
            str(self.states["succeeded"]),
            str(self.effects),
            str(self.attempts),
            str(self.outcomes["crashed"] + self.outcomes["lost"]),
            _median_and_most(self.noticed),
            _median_and_most(self.running),
            f"{self.seconds:.0f}",
            "; ".join([*self.notes, *self.problems, *self._other_ends()]),
        ]
        return f"| {' | '.join(cells)} |"

    def _other_ends(self) -> list[str]:
        """Return how many attempts ended otherwise than expected of kills, in words."""
        return [
            f"{self.outcomes[word]} attempts {word}" for word in ("failed", "released") if self.outcomes[word]
        ]


HEAD = (
    "| scenario | jobs | done | effects | attempts | taken back | noticed after, s | running again after, s | took, s"
    " | |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | --- | --- | ---: | --- |"
)


def _median_and_most(seconds: Sequence[float]) -> str:
    return (
        f"{statistics.median(seconds):.1f}, at most {max(seconds):.1f} (n = {len(seconds)})"
        if seconds
        else ""
    )


def pid_of(worker: object) -> int:
    """Return the number of the process that a name of the ledger means."""
    return int(str(worker).split("/")[2].partition(".")[0])


def seconds_of(params: dict[str, float] | str) -> float:
    """Return how long a job of ours was asked to take, from its parameters as either database gives them."""
    return float((json.loads(params) if isinstance(params, str) else params).get("seconds", 0.0))


def _epoch(moment: dt.datetime | str) -> float:
    """Return a time of either database as seconds of the epoch."""
    if isinstance(moment, str):
        moment = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    return moment.timestamp()


def judge(site: Site, *, expected: dict[str, int], kills: Sequence[Kill] = ()) -> Verdict:
    """Compare the ledger of jobs with the ledger of effects.

    Args:
        site: Where to look.
        expected: How many jobs should have ended in which state.
        kills: What was killed when, for the times of recovery.
    """
    jobs = site.query("SELECT id, public_id, state, attempt FROM jobs_job ORDER BY id")
    attempts = site.query(
        "SELECT job_id, number, outcome, worker, started_at, ended_at FROM jobs_attempt ORDER BY job_id, number"
    )
    marks: dict[str, list[int]] = {}
    for job, number, _ in site.effects():
        marks.setdefault(str(job).replace("-", ""), []).append(int(number))
    found = Verdict(asked=len(jobs), effects=sum(len(numbers) for numbers in marks.values()))
    found.states.update(state for _, _, state, _ in jobs)
    found.attempts = len(attempts)
    found.outcomes.update(outcome for _, _, outcome, *_ in attempts)
    winners = {job: number for job, number, outcome, *_ in attempts if outcome == "succeeded"}
    claims = Counter(job for job, *_ in attempts)
    names = set()
    for pk, public_id, state, attempt in jobs:
        name = str(public_id).replace("-", "")
        names.add(name)
        wanted = [winners[pk]] if state == "succeeded" and pk in winners else []
        if marks.get(name, []) != wanted or (state == "succeeded") != bool(wanted):
            found.problems.append(f"job {pk} is {state}, its effects are of attempts {marks.get(name, [])}")
        if claims[pk] != attempt:
            found.problems.append(f"job {pk} was claimed {attempt} times and has {claims[pk]} attempts")
    if strangers := set(marks) - names:
        found.problems.append(f"{len(strangers)} effects belong to no job")
    if open_ := [pk for pk, _, outcome, *_ in attempts if outcome == "running"]:
        found.problems.append(f"attempts still run of jobs {open_}")
    wanted_states = Counter({state: n for state, n in expected.items() if n})
    if found.states != wanted_states:
        found.problems.append(f"the jobs ended as {dict(found.states)}, not {dict(wanted_states)}")
    _time(found, attempts, kills)
    return found


def _time(found: Verdict, attempts: Sequence[tuple[object, ...]], kills: Sequence[Kill]) -> None:
    """Add how long each job that lost its process to a kill waited."""
    starts = {(job, number): started for job, number, _, _, started, _ in attempts}
    for job, number, outcome, worker, _, ended in attempts:
        if outcome not in {"crashed", "lost"}:
            continue
        pid = pid_of(worker)
        hit = [kill.at for kill in kills if pid in kill.pids and kill.at <= _epoch(ended) + 0.5]  # type: ignore[arg-type]
        if not hit:
            continue
        found.noticed.append(max(0.0, _epoch(ended) - hit[-1]))  # type: ignore[arg-type]
        again = starts.get((job, int(str(number)) + 1))
        if again is not None:
            found.running.append(max(0.0, _epoch(again) - hit[-1]))  # type: ignore[arg-type]


def files_left(site: Site) -> list[str]:
    """Return what is wrong with the files: each winner's must be whole, and nobody else's may be left."""
    rows = site.query(
        "SELECT j.public_id, a.number, a.outcome FROM jobs_attempt a JOIN jobs_job j ON j.id = a.job_id"
    )
    wrong = []
    winners = 0
    for public_id, number, outcome in rows:
        folder = site.media(str(uuid.UUID(str(public_id))), number)
        if outcome == "succeeded":
            winners += 1
            if (folder / "out.txt").read_text() != "complete":
                wrong.append(f"the file of attempt {number} of {public_id} is not whole")
        elif folder.exists():
            wrong.append(f"attempt {number} of {public_id}, {outcome}, left files")
    if not winners:
        wrong.append("no attempt has succeeded")
    return wrong
