"""Each part of a load test: what is run, and its table."""

from __future__ import annotations

import argparse

import beside
import contended
import labels
import lists
import numpy as np
import scenarios
import site_of_its_own
import study
from machine import mark, table
from machine_use import Watch

LABELS_PER_S, LABEL_P95_MS, LIST_MS = 140.0, 104.0, 11.0
LISTS_FACTOR = 1.5
_SINGLES = 40

Answer = tuple[str, bool]


def measure(part: str, asked: argparse.Namespace) -> Answer:
    """Return the table of one part in Markdown, and whether its targets were met."""
    if part == "labels":
        return _labels(asked)
    if part == "D":
        return _contended(asked)
    if part == "lists":
        return _lists(asked)
    if part == "study":
        return _study(asked)
    return _scenario(next(s for s in scenarios.SCENARIOS if s.letter == part), asked)


def _labels(asked: argparse.Namespace) -> Answer:
    cells = labels.needed(rounds=asked.rounds, singles=_SINGLES)
    seed = ["--slides", str(cells // scenarios.CELLS_PER_SLIDE + 1), "--fields", "4", "--cells", "50"]
    with site_of_its_own.running(seed=[*seed, "--reviewers", str(labels.PARALLEL)]) as site:
        if asked.beside is None:
            with Watch() as watch:
                speeds = labels.measure([labels.Ours(site)], rounds=asked.rounds, singles=_SINGLES)
        else:
            with beside.running(asked.beside, site.folder / "beside", tasks=cells) as rival, Watch() as watch:
                speeds = labels.measure([labels.Ours(site), rival], rounds=asked.rounds, singles=_SINGLES)
    ours = speeds[0]
    median = ours.percentile("listed", 50)
    good = ours.rate >= LABELS_PER_S and ours.percentile("together", 95) <= LABEL_P95_MS and median <= LIST_MS
    head = ["labels, SQLite", *(speed.name for speed in speeds), "target"]
    rows = [
        ["one by one, median (95 %)", *(_pair(s, "alone") for s in speeds), ""],
        [
            f"{labels.PARALLEL} in parallel, labels a second",
            *(f"{s.rate:.0f}" for s in speeds),
            f">= {LABELS_PER_S:.0f}: {mark(ours.rate >= LABELS_PER_S)}",
        ],
        [
            f"{labels.PARALLEL} in parallel, median (95 %)",
            *(_pair(s, "together") for s in speeds),
            f"95 % <= {LABEL_P95_MS:.0f} ms: {mark(ours.percentile('together', 95) <= LABEL_P95_MS)}",
        ],
        [
            f"a list of {labels.LISTED} in one request, median (95 %)",
            *(_pair(s, "listed") for s in speeds),
            f"<= {LIST_MS:.0f} ms: {mark(median <= LIST_MS)}",
        ],
    ]
    counted = (
        f"{len(ours.alone)} single labels, {len(ours.together)} in parallel, {len(ours.listed)} lists of each"
    )
    return f"{table(head, rows)}\n\n{counted}. Processor in use: {watch.use.words()}.", good


def _pair(speed: labels.Speed, of: str) -> str:
    return f"{speed.percentile(of, 50):.1f} ms ({speed.percentile(of, 95):.1f} ms)"


def _scenario(scenario: scenarios.Scenario, asked: argparse.Namespace) -> Answer:
    held = scenarios.hold(scenario, minutes=asked.minutes)
    kinds = sorted(held.times.items(), key=lambda item: -len(item[1]))
    every = [ms for _, times in kinds for ms in times]
    rows = [_row(name, times) for name, times in [*kinds, ("**all**", every)]]
    limit = scenario.p95_ms
    wrong = "; ".join(f"{name} ({n})" for name, n in held.errors.items()) or "0"
    kept = mark(held.lost == 0 and held.rows == held.accepted)
    words = [
        "" if limit is None else f"95 % <= {limit:.0f} ms: {mark(held.p95 <= limit)}.",
        f"Errors: {wrong}.",
        f"Acts accepted {held.accepted}, rows {held.rows}, lost {held.lost}: {kept}.",
        f"{held.requests / held.seconds:.0f} requests a second over {held.seconds:.0f} s.",
        f"Processor in use: {held.use.words()}.",
        f"Beside it {held.training}." if held.training else "",
    ]
    head = [f"{scenario.letter}: {scenario.words}", "requests", "50 % ms", "95 % ms", "99 % ms", "longest ms"]
    return f"{table(head, rows)}\n\n{' '.join(filter(None, words))}", held.met


def _row(name: str, times: list[float]) -> list[str]:
    return [name, str(len(times)), *(f"{np.percentile(times, share):.0f}" for share in (50, 95, 99, 100))]


def _contended(asked: argparse.Namespace) -> Answer:
    found = [contended.edit(database, edits=asked.edits) for database in ("sqlite", "postgres")]
    rows = [
        [
            each.database,
            str(each.edits),
            str(each.accepted),
            str(each.conflicts),
            ", ".join(f"{name}: {n}" for name, n in each.other.items()) or "0",
            str(each.lost),
            str(each.unasked),
            str(each.gaps),
            mark(each.met),
        ]
        for each in found
    ]
    head = [
        f"D: {contended.PEOPLE} people on {contended.CELLS} cells",
        *(
            "edits",
            "accepted",
            "told of a conflict",
            "anything else",
            "lost",
            "stored unasked",
            "gaps",
            "none lost",
        ),
    ]
    return table(head, rows), all(each.met for each in found)


def _lists(asked: argparse.Namespace) -> Answer:
    sizes = [int(size) for size in asked.cells.split(",")]
    parts = [lists.measure(database, sizes) for database in ("sqlite", "postgres")]
    words = []
    good = True
    for grown in parts:
        columns = [f"{size:,} cells, 95 %".replace(",", " ", 1) for size in sizes]
        head = [f"lists, {grown.database}", *columns, "factor", "queries"]
        rows = []
        for name in grown.pages:
            times = [grown.p95(name, size) for size in sizes]
            factor = max(times) / min(times)
            judged = name != lists.UNINDEXED
            good &= factor <= LISTS_FACTOR or not judged
            rows.append(
                [
                    name,
                    *(f"{ms:.0f} ms" for ms in times),
                    f"{factor:.2f}" + (f": {mark(factor <= LISTS_FACTOR)}" if judged else ""),
                    grown.queries_of(name),
                ]
            )
        words.append(table(head, rows))
    return "\n\n".join(words), good


def _study(asked: argparse.Namespace) -> Answer:
    found = [study.hold(database, minutes=asked.minutes) for database in ("sqlite", "postgres")]
    return "\n\n".join(_studied(held) for held in found), all(held.met for held in found)


def _studied(held: study.Held) -> str:
    every = [*held.next_image, *held.in_outage]
    kinds = {
        **held.times,
        "answer to next image, server up": held.next_image,
        "**answer to next image**": every,
    }
    head = [
        f"study: {study.READERS} readers, {held.database}, server killed {len(held.down_s)} times",
        *("requests", "50 % ms", "95 % ms", "99 % ms", "longest ms"),
    ]
    down = ", ".join(f"{seconds:.1f} s" for seconds in held.down_s)
    late = f"the {len(held.in_outage)} answers that met a dead server among them (down for {down})"
    broken = f"lost {held.lost}, double {held.doubled}, altered {held.altered}"
    words = [
        f"Next image, 95 % <= {study.P95_MS:.0f} ms: {mark(held.p95 <= study.P95_MS)}, {late}.",
        f"Answers given {held.given}, readings kept {held.kept}, {broken}: {mark(held.whole)}.",
        f"Refused: {'; '.join(held.refused) or '0'}.",
        f"{held.given / held.seconds:.0f} answers a second over {held.seconds:.0f} s.",
        f"Processor in use: {held.use.words()}.",
    ]
    return f"{table(head, [_row(name, times) for name, times in kinds.items()])}\n\n{' '.join(words)}"
