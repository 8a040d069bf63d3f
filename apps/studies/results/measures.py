"""Trials to the small parts of an analysis: shares, matrices, times, agreement. Pure, knows nothing of Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from apps.studies.results.shapes import (
    ALL,
    BESIDE,
    OTHER,
    REAL,
    SYNTHETIC,
    Agreement,
    Drift,
    DriftPart,
    Equivalence,
    Figure,
    Matrix,
    Origin,
    Repeats,
    Share,
    Times,
    Trial,
)
from ml.metrics import agreement, drift, equivalence, exact, raters
from ml.metrics.agreement import Estimate
from ml.metrics.intervals import wilson

ORIGINS: tuple[Origin, ...] = (ALL, REAL, SYNTHETIC)
INTENDED = "intended"
BY_IMAGES = "bootstrap over images"


def primary(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials of the primary analysis: counted ones, each image's first showing."""
    return [trial for trial in trials if trial.counted and not trial.control and trial.replicate == 0]


def of_origin(trials: Iterable[Trial], origin: Origin) -> list[Trial]:
    """Return the trials on images of one origin, or all."""
    return [trial for trial in trials if origin in (ALL, trial.origin)]


def told(trial: Trial) -> bool | None:
    """Return whether the origin was told rightly; None without an answer on realism."""
    says = trial.says_synthetic
    return None if says is None else says == (trial.origin == SYNTHETIC)


def share(hits: Iterable[bool]) -> Share:
    """Return how many are true, with the Wilson interval."""
    values = list(hits)
    return counted(sum(values), len(values))


def counted(hits: int, n: int) -> Share:
    """Return hits of n with the Wilson interval."""
    if not n:
        return Share(0, 0, None, None, None)
    low, high = wilson(hits, n)
    return Share(hits, n, hits / n, low, high)


def figure(estimate: Estimate | None, note: str, *, without: str = "") -> Figure:
    """Return an estimate as a figure; ``without`` says why there is no interval, where there is none."""
    if estimate is None:
        return Figure(None, note=without or "all answers alike")
    if estimate.low is None:
        return Figure(estimate.value, note=without or "no interval: too few images, or all answers alike")
    return Figure(estimate.value, estimate.low, estimate.high, note)


def matrix(trials: Sequence[Trial], classes: Sequence[str], origin: Origin) -> Matrix | None:
    """Return the matrix of one origin; None without trials."""
    chosen = of_origin(trials, origin)
    if not chosen:
        return None
    columns = (*classes, *BESIDE)
    counts = np.zeros((len(classes), len(columns)), dtype=int)
    for trial in chosen:
        said = trial.answer if trial.answer in columns else OTHER
        counts[classes.index(trial.intended), columns.index(said)] += 1
    return Matrix(
        origin=origin,
        classes=tuple(classes),
        columns=columns,
        counts=tuple(tuple(int(n) for n in row) for row in counts),
        sensitivities=tuple(counted(int(row[at]), int(row.sum())) for at, row in enumerate(counts)),
    )


def matrices(trials: Sequence[Trial], classes: Sequence[str]) -> tuple[Matrix, ...]:
    """Return the matrices of all, real and synthetic images: those that have images."""
    return tuple(m for origin in ORIGINS if (m := matrix(trials, classes, origin)) is not None)


def times(trials: Sequence[Trial], classes: Sequence[str]) -> tuple[Times, ...]:
    """Return the seconds per image by origin and class; disturbed trials are left out."""
    found = []
    for origin in ORIGINS:
        for name in ("", *classes):
            seconds = [
                trial.seconds
                for trial in of_origin(trials, origin)
                if trial.seconds is not None and trial.undisturbed and name in ("", trial.intended)
            ]
            if seconds:
                lower, median, upper = (float(q) for q in np.quantile(seconds, (0.25, 0.5, 0.75)))
                found.append(Times(origin, name, len(seconds), median, lower, upper))
    return tuple(found)


def drifting(trials: Sequence[Trial]) -> Drift | None:
    """Return how one reader's answers change over the trials; None without any.

    Answers about realism go by the order of the sitting that asked for them.
    """
    ordered = sorted(trials, key=lambda trial: trial.position)
    if not ordered:
        return None
    rated = sorted((t for t in ordered if t.realism is not None), key=lambda trial: trial.rated_at)
    asked = [(trial.rated_at, bool(told(trial))) for trial in rated]
    timed = [t for t in ordered if t.seconds is not None and t.undisturbed]
    slower = drift.trend([t.position for t in timed], [t.seconds or 0.0 for t in timed])
    return Drift(
        parts=_parts(ordered, rated),
        class_p=drift.slope_p([t.position for t in ordered], [t.correct for t in ordered]),
        realism_p=drift.slope_p([at for at, _ in asked], [right for _, right in asked]) if asked else None,
        method=drift.METHOD,
        seconds_tau=None if slower is None else slower.tau,
        seconds_p=None if slower is None else slower.p,
    )


def _parts(ordered: Sequence[Trial], rated: Sequence[Trial]) -> tuple[DriftPart, ...]:
    runs = [[ordered[at] for at in run] for run in drift.parts(len(ordered))]
    if all(trial.realism_position is None for trial in rated):
        return tuple(_part(run, run) for run in runs)
    # As many parts at most as of the first sitting: a second one may be left unfinished.
    again = [[rated[at] for at in run] for run in drift.parts(len(rated), len(runs))]
    again += [[] for _ in runs[len(again) :]]
    return tuple(_part(run, second) for run, second in zip(runs, again, strict=True))


def _part(run: Sequence[Trial], rated: Sequence[Trial]) -> DriftPart:
    """Return a part: its trials, and those that ``told`` is of."""
    asked = [right for trial in rated if (right := told(trial)) is not None]
    seconds = [trial.seconds for trial in run if trial.seconds is not None and trial.undisturbed]
    apart = [trial.rated_at for trial in rated if trial.realism_position is not None]
    return DriftPart(
        first=run[0].position,
        last=run[-1].position,
        correct=share(trial.correct for trial in run),
        told=share(asked) if asked else None,
        median_seconds=float(np.median(seconds)) if seconds else None,
        realism_first=apart[0] if apart else None,
        realism_last=apart[-1] if apart else None,
    )


def repeated(trials: Sequence[Trial], *, seed: int, resamples: int) -> Repeats | None:
    """Return how one reader's answers to hidden repeats match the first ones; None without repeats."""
    first = {trial.case: trial.answer for trial in trials if trial.replicate == 0}
    pairs = [
        (first[trial.original], trial.answer)
        for trial in trials
        if trial.replicate > 0 and trial.original in first
    ]
    if not pairs:
        return None
    kappa = _kappa(pairs, seed=seed, resamples=resamples)
    return Repeats(len(pairs), sum(a == b for a, b in pairs), kappa)


def compared(
    first: tuple[str, Sequence[Trial]],
    second: tuple[str, Sequence[Trial]] | None,
    *,
    seed: int,
    resamples: int,
) -> Agreement | None:
    """Return the agreement of two raters on the images both have answered, or of one with the intended class.

    Args:
        first: Name and primary trials of the one.
        second: Of the other; None compares with the intended class.
        seed: Of the bootstrap of kappa.
        resamples: How many.

    Returns:
        None when they share no image.
    """
    mine = {trial.case: trial for trial in first[1]}
    if second is None:
        both = [(trial, trial.intended, True) for trial in mine.values()]
    else:
        others = {trial.case: trial for trial in second[1]}
        both = [(t, others[code].answer, others[code].correct) for code, t in mine.items() if code in others]
    if not both:
        return None
    pairs = [(trial.answer, other) for trial, other, _ in both]
    table = agreement.agreement(pairs, [])
    only_first = sum(trial.correct and not right for trial, _, right in both) if second else 0
    only_second = sum(right and not trial.correct for trial, _, right in both) if second else 0
    return Agreement(
        first=first[0],
        second=INTENDED if second is None else second[0],
        n=table.n,
        agreed=table.agreed,
        kappa=_kappa(pairs, seed=seed, resamples=resamples),
        ac1=figure(table.ac1, "large-sample", without="all answers alike"),
        mcnemar_p=exact.mcnemar(only_first, only_second) if second else None,
        only_first=only_first,
        only_second=only_second,
    )


def equivalent(
    question: str, found: equivalence.TwoOneSided, *, reference: float, margin: float, method: str
) -> Equivalence:
    """Return the result of two one-sided tests in the shape of an analysis."""
    return Equivalence(
        question="realism" if question == "realism" else "class",
        estimate=found.estimate,
        reference=reference,
        margin=margin,
        low=found.low,
        high=found.high,
        p=found.p,
        equivalent=found.equivalent,
        method=method,
    )


def numbered(
    trials: Sequence[Trial], value: Callable[[Trial], float | None]
) -> tuple[list[str], NDArray[np.float64]]:
    """Return the case codes, and a value of each reader and case as an array (R, N), NaN where there is none."""
    readers = sorted({trial.reader for trial in trials})
    cases = sorted({trial.case for trial in trials})
    row = {name: at for at, name in enumerate(readers)}
    column = {code: at for at, code in enumerate(cases)}
    held = np.full((len(readers), len(cases)), np.nan)
    for trial in trials:
        found = value(trial)
        if found is not None:
            held[row[trial.reader], column[trial.case]] = found
    return cases, held


def _kappa(pairs: Sequence[tuple[str, str]], *, seed: int, resamples: int) -> Figure:
    at = {name: number for number, name in enumerate(sorted({name for pair in pairs for name in pair}))}
    first, second = (np.array([at[pair[side]] for pair in pairs], dtype=np.int64) for side in (0, 1))
    found = raters.kappa_interval(first, second, seed=seed, resamples=resamples)
    return figure(found, BY_IMAGES)
