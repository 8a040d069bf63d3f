"""Figures across the readers, with intervals for other readers and other images. Pure.

Answers of one reader, and answers to one image, depend on each other, so that no test of independent answers is given
here: the reader-and-case bootstrap carries every interval, with a single reader over images alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from apps.studies.results import measures
from apps.studies.results.shapes import (
    ALL,
    REAL,
    SCALE,
    SYNTHETIC,
    Difference,
    Equivalence,
    Figure,
    Mixed,
    Origin,
    Pooled,
    Realism,
    Trial,
)
from ml.metrics import bootstrap, equivalence, mixed, raters, roc
from ml.metrics.bootstrap import ReaderCaseBootstrap, Resampled
from ml.metrics.detection import from_shares

READERS_AND_CASES = "reader-and-case bootstrap"
CASES = "bootstrap over images, one reader"
LEVEL = 0.05
_ALIKE = "no interval: all answers alike, nothing to resample"

Scores = NDArray[np.float64]
OneDifference = Callable[[Sequence[Trial], float | None], Difference | None]


def pool(
    trials: Sequence[Trial],
    classes: Sequence[str],
    *,
    margin: float | None,
    seed: int,
    resamples: int,
    one: OneDifference,
) -> Pooled:
    """Return the figures across people's primary trials, one or more.

    ``one`` gives the difference of a single reader, which exact tests may judge.
    """
    cases, right = measures.numbered(trials, lambda t: float(t.correct))
    facts = {trial.case: trial for trial in trials}
    origins = np.array([facts[code].origin for code in cases])
    intended = np.array([facts[code].intended for code in cases])
    strata = [f"{origin}/{name}" for origin, name in zip(origins, intended, strict=True)]
    draws = ReaderCaseBootstrap(len(right), strata, seed=seed, resamples=resamples)
    readers = len(right)
    method = READERS_AND_CASES if readers > 1 else CASES

    def part(origin: Origin, name: str = "") -> Scores:
        wanted = ((origins == origin) | (origin == ALL)) & ((intended == name) | (name == ""))
        return np.where(wanted, right, np.nan)

    present: list[Origin] = [o for o in measures.ORIGINS if not np.isnan(part(o)).all()]
    several = readers > 1
    return Pooled(
        readers=readers,
        images=len(cases),
        matrices=measures.matrices(trials, classes),
        accuracy=measures.share(trial.correct for trial in trials),
        bootstrap_accuracy=tuple((o, _share(draws.mean(part(o)), method)) for o in present),
        bootstrap_sensitivities=tuple(
            (o, tuple(_share(draws.mean(part(o, name)), method) for name in classes)) for o in present
        ),
        difference=_difference(trials, draws, part, margin) if several else one(trials, margin),
        realism=_realism(trials, draws, cases, margin),
        mixed=tuple(m for q in ("class", "realism") if (m := _mixed(trials, q)) is not None),
        fleiss=_fleiss(trials, lambda t: t.answer, seed=seed, resamples=resamples),
        alpha=_alpha(trials, lambda t: t.answer, seed=seed, resamples=resamples),
        realism_fleiss=_fleiss(trials, _call, seed=seed, resamples=resamples),
        realism_alpha=_ordinal(trials, seed=seed, resamples=resamples),
        times=measures.times(trials, classes),
    )


def _difference(
    trials: Sequence[Trial],
    draws: ReaderCaseBootstrap,
    part: Callable[[Origin], Scores],
    margin: float | None,
) -> Difference | None:
    real, synthetic = (
        measures.share(t.correct for t in measures.of_origin(trials, origin)) for origin in (REAL, SYNTHETIC)
    )
    found = draws.difference(part(REAL), part(SYNTHETIC))
    if found is None:
        return None
    interval = found.interval()
    return Difference(
        real=real,
        synthetic=synthetic,
        value=found.value,
        low=interval.low,
        high=interval.high,
        fisher_p=None,
        barnard_p=None,
        interval=READERS_AND_CASES,
        equivalence=_equivalence("class", found, reference=0.0, margin=margin),
    )


def _equivalence(
    question: str, found: Resampled, *, reference: float, margin: float | None
) -> Equivalence | None:
    """Return whether the 90 % interval lies within the margin; None without an interval."""
    if margin is None or not 0 < margin < 1:
        return None
    interval = found.interval(1 - 2 * LEVEL, cautious=True)
    if interval.low is None or interval.high is None:
        return None
    p = bootstrap.p_outside(found, margin, reference=reference)
    inside = reference - margin < interval.low and interval.high < reference + margin
    tests = equivalence.TwoOneSided(found.value, interval.low, interval.high, p, inside)
    return measures.equivalent(question, tests, reference=reference, margin=margin, method=READERS_AND_CASES)


def _realism(
    trials: Sequence[Trial], draws: ReaderCaseBootstrap, cases: Sequence[str], margin: float | None
) -> Realism | None:
    rated = [trial for trial in trials if trial.realism is not None]
    real, synthetic = measures.of_origin(rated, REAL), measures.of_origin(rated, SYNTHETIC)
    if not real or not synthetic:
        return None
    method = READERS_AND_CASES if draws.readers > 1 else CASES
    ratings = _ratings(trials)
    of_real, of_synthetic = (
        np.where([origin_of == origin for origin_of in _origins(trials, cases)], ratings, np.nan)
        for origin in (REAL, SYNTHETIC)
    )
    hits, alarms = draws.rates(_said(of_synthetic)), draws.rates(_said(of_real))
    # How many images of a kind each reader has rated (R,); the log-linear correction needs it.
    signals, noises = ((~np.isnan(x)).sum(1).astype(float) for x in (of_synthetic, of_real))
    d, c = from_shares(hits[0], alarms[0], signals, noises)
    d_draws, c_draws = from_shares(hits[1], alarms[1], signals, noises)
    areas = (
        roc.area_of_counts(_histograms(of_real), _histograms(of_synthetic)),
        roc.area_of_counts(_histograms(of_real, draws), _histograms(of_synthetic, draws)),
    )
    right = np.where(np.isnan(of_real), _said(of_synthetic), 1 - _said(of_real))
    told = draws.mean(right)
    if told is None:
        return None
    accuracy = measures.share(bool(measures.told(trial)) for trial in rated)
    return Realism(
        accuracy=accuracy,
        p=None,
        synthetic_called_synthetic=measures.share(bool(t.says_synthetic) for t in synthetic),
        real_called_synthetic=measures.share(bool(t.says_synthetic) for t in real),
        d_prime=_figure(draws.over_readers(d, d_draws), f"mean of readers, {method}"),
        criterion=_figure(draws.over_readers(c, c_draws), f"mean of readers, {method}"),
        area=_figure(draws.over_readers(*areas), f"mean of readers, {method}"),
        curve=roc.curve([float(t.realism or 0) for t in real], [float(t.realism or 0) for t in synthetic]),
        equivalence=_equivalence("realism", told, reference=0.5, margin=margin),
        bootstrap=_share(told, method),
    )


def _ratings(trials: Sequence[Trial]) -> Scores:
    """Return the ratings (R, N) of readers, NaN where there is none."""
    return measures.numbered(trials, lambda t: None if t.realism is None else float(t.realism))[1]


def _origins(trials: Sequence[Trial], cases: Sequence[str]) -> list[str]:
    of = {trial.case: trial.origin for trial in trials}
    return [of[code] for code in cases]


def _said(ratings: Scores) -> Scores:
    """Return 1 where an image was called synthetic, 0 where real, NaN where it was not rated."""
    return np.where(np.isnan(ratings), np.nan, (ratings > SCALE // 2).astype(float))


def _histograms(ratings: Scores, draws: ReaderCaseBootstrap | None = None) -> Scores:
    """Return how often each reader gave each of the six ratings, (R, 6), or so in each resample, (B, R, 6)."""
    given = np.stack([(ratings == point).astype(float) for point in range(1, SCALE + 1)])
    if draws is None:
        return np.moveaxis(given.sum(2), 0, -1)
    return np.moveaxis(np.stack([draws.case_weights @ one.T for one in given]), 0, -1)


def _mixed(trials: Sequence[Trial], question: str) -> Mixed | None:
    asked = [t for t in trials if question == "class" or t.realism is not None]
    if not asked or len({trial.origin for trial in asked}) < 1:
        return None
    places = [trial.position if question == "class" else trial.rated_at for trial in asked]
    positions = np.array(places, dtype=float)
    terms = {"per 100 trials": ((positions - positions.mean()) / 100).tolist()}
    if len({trial.origin for trial in asked}) == 2:
        terms["synthetic"] = [0.5 if trial.origin == SYNTHETIC else -0.5 for trial in asked]
    found = mixed.crossed(
        [t.correct if question == "class" else bool(measures.told(t)) for t in asked],
        [t.reader for t in asked],
        [t.case for t in asked],
        terms,
    )
    if found is None:
        return None
    return Mixed(
        question="realism" if question == "realism" else "class",
        terms=tuple((name, measures.figure(value, "approximate")) for name, value in found.terms),
        reader_sd=measures.figure(found.reader_sd, "approximate") if found.reader_sd else None,
        case_sd=measures.figure(found.case_sd, "approximate") if found.case_sd else None,
        note=mixed.NOTE if found.converged else f"{mixed.NOTE} The fit did not converge.",
    )


def _codes(trials: Sequence[Trial], value: Callable[[Trial], str | None]) -> Scores:
    """Return what each reader said of each case as numbers (R, N), NaN where nothing."""
    said = sorted({name for trial in trials if (name := value(trial)) is not None})
    at = {name: float(number) for number, name in enumerate(said)}
    return measures.numbered(trials, lambda t: at.get(value(t) or ""))[1]


def _call(trial: Trial) -> str | None:
    return None if trial.says_synthetic is None else ("synthetic" if trial.says_synthetic else "real")


def _complete(ratings: Scores) -> bool:
    return len(ratings) > 1 and not np.isnan(ratings).any()


def _fleiss(
    trials: Sequence[Trial], value: Callable[[Trial], str | None], *, seed: int, resamples: int
) -> Figure | None:
    ratings = _codes(trials, value)
    if not _complete(ratings):
        return None
    return measures.figure(
        raters.fleiss_interval(ratings, seed=seed, resamples=resamples), measures.BY_IMAGES
    )


def _alpha(
    trials: Sequence[Trial], value: Callable[[Trial], str | None], *, seed: int, resamples: int
) -> Figure | None:
    ratings = _codes(trials, value)
    if len(ratings) < 2 or _complete(ratings):
        return None
    return measures.figure(raters.alpha_interval(ratings, seed=seed, resamples=resamples), measures.BY_IMAGES)


def _ordinal(trials: Sequence[Trial], *, seed: int, resamples: int) -> Figure | None:
    """Return alpha of the six-point scale itself, on which surely and perhaps synthetic lie near each other."""
    ratings = _ratings(trials)
    if len(ratings) < 2 or np.isnan(ratings).all():
        return None
    found = raters.alpha_interval(ratings, seed=seed, scale="ordinal", resamples=resamples)
    return measures.figure(found, f"six points, ordinal; {measures.BY_IMAGES}")


def _figure(found: Resampled | None, note: str) -> Figure:
    return measures.figure(None if found is None else found.interval(), note, without=_ALIKE)


def _share(found: Resampled | None, note: str) -> Figure:
    return measures.figure(
        None if found is None else found.share(), f"{note}, Wilson's interval", without="no image"
    )
