"""Sections about realism: how well the origin was told."""

from __future__ import annotations

from apps.studies.results import charts, words
from apps.studies.results.contents.blocks import Section, Table
from apps.studies.results.contents.classes import equivalence_words, people_of
from apps.studies.results.result import Result
from apps.studies.results.sentences import is_balanced
from apps.studies.results.shapes import Analysis, Realism


def _all_of(analysis: Analysis) -> tuple[list[tuple[str, Realism]], Realism | None]:
    people = people_of(analysis)
    readers = [(reader.reader, reader.realism) for reader in people if reader.realism is not None]
    pooled = analysis.pooled.realism if analysis.pooled is not None and len(people) > 1 else None
    return [(name, found) for name, found in readers if found is not None], pooled


def told(result: Result) -> Section | None:
    """Return the share told rightly, exact tests, d' and criterion, per reader and across them."""
    readers, pooled = _all_of(result.analysis)
    if not readers:
        return None
    rows = [_row(name, found) for name, found in readers]
    if pooled is not None:
        rows.append(_row("All readers", pooled))
    remarks = [
        (
            "On six points; 4 to 6 say synthetic. The exact two-sided binomial test against 50 % decides within a "
            "reader; intervals are Wilson's; d' and criterion with log-linear correction. A criterion above 0 leans "
            "to real."
        )
    ]
    if any(not is_balanced(found) for _, found in readers):
        remarks.append(
            "There are not as many real as synthetic images: who always says one of the two is not right on 50 %, "
            "so read the ROC area instead."
        )
    return Section(
        "realism",
        "Real or synthetic",
        tuple(remarks),
        (charts.told_rightly(readers, pooled, result.analysis.margin),),
        (
            Table(
                "How well the origin was told",
                (
                    "Reader",
                    "Told rightly",
                    "p against 50 %",
                    "Synthetic called synthetic",
                    "Real called synthetic",
                    "d'",
                    "Criterion",
                    "ROC area",
                    "Equivalent to guessing within the margin",
                ),
                tuple(rows),
                plain=(8,),
            ),
        ),
    )


def _row(name: str, found: Realism) -> tuple[str, ...]:
    share, told = words.share(found.accuracy), words.share
    if found.bootstrap is not None:
        told = words.counts  # Wilson's interval would take answers of several readers for independent
        share = (
            f"{found.accuracy.hits} of {found.accuracy.n}, {words.percent(found.accuracy.value)} % "
            f"({words.between(found.bootstrap.low, found.bootstrap.high)}, bootstrap)"
        )
    equivalence = found.equivalence
    return (
        name,
        share,
        words.p_only(found.p),
        told(found.synthetic_called_synthetic),
        told(found.real_called_synthetic),
        words.figure(found.d_prime),
        words.figure(found.criterion),
        words.figure(found.area),
        equivalence_words(equivalence is not None, equivalent=bool(equivalence and equivalence.equivalent)),
    )


def curves(result: Result) -> Section | None:
    """Return the ROC curves of the six-point scale with their points as a table."""
    readers, pooled = _all_of(result.analysis)
    drawing = charts.curves(readers, pooled)
    if drawing is None:
        return None
    shown = [*readers, *([("All readers", pooled)] if pooled is not None else [])]
    longest = max(len(found.curve) for _, found in shown)
    rows = tuple(
        (
            name,
            words.figure(found.area),
            *(f"{words.percent(y)} / {words.percent(x)}" for x, y in found.curve[1:-1]),
            *("" for _ in range(longest - len(found.curve))),
        )
        for name, found in shown
    )
    left_out = len(readers) - charts.MOST_LINES
    remark = f" The plot shows the first {charts.MOST_LINES} readers." if left_out > 0 else ""
    return Section(
        "roc",
        "ROC curves",
        (f"Each point takes one more step of the scale as “synthetic”, from surely synthetic on.{remark}",),
        (drawing,),
        (
            Table(
                "Synthetic called synthetic / real called synthetic, per cent, at each point of the curve",
                ("Reader", "Area (95 % interval)", *(f"Point {n}" for n in range(1, longest - 1))),
                rows,
            ),
        ),
    )
