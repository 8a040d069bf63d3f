"""The analysis of a study: trials in, figures out. Pure; which statistic answers which question is ADR 0059.

The primary figures use the first answer to each image's first showing; attention controls, hidden repeats and
practice are left out, and registered models stand beside the readers but are not pooled with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import combinations

from apps.studies.results import measures
from apps.studies.results.pooling import pool
from apps.studies.results.shapes import (
    REAL,
    SYNTHETIC,
    Agreement,
    Analysis,
    Difference,
    Figure,
    OneReader,
    Realism,
    Trial,
)
from ml.metrics import equivalence, exact, roc
from ml.metrics.detection import detection
from ml.metrics.intervals import newcombe

RESAMPLES = 2000
SOFTWARE = ("numpy", "scipy", "scikit-learn", "statsmodels")
LARGE_SAMPLE = "large-sample, log-linear correction"


def analyse(
    trials: Sequence[Trial],
    *,
    classes: Sequence[str],
    margin: float | None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Analysis:
    """Analyse the trials of an unblinded study.

    Args:
        trials: All answered trials but practice, of readers and models.
        classes: Of the protocol, in its order.
        margin: Of equivalence, fixed before opening; None tests none.
        seed: Of every bootstrap: the same trials and seed give the same figures.
        resamples: Of every bootstrap.

    Raises:
        ValueError: when an image's intended class is none of the study's.
    """
    if unknown := {trial.intended for trial in trials} - set(classes):
        raise ValueError(f"Images of classes that the study does not have: {', '.join(sorted(unknown))}.")
    # The order in which rows come from a database must not change a resample.
    ordered = sorted(trials, key=lambda t: (t.model, t.reader, t.position, t.case, t.replicate))
    by_reader: dict[str, list[Trial]] = {}
    for trial in ordered:
        by_reader.setdefault(trial.reader, []).append(trial)
    people = [t for t in measures.primary(ordered) if not t.model]
    return Analysis(
        classes=tuple(classes),
        margin=margin,
        resamples=resamples,
        seed=seed,
        pooled=pool(people, classes, margin=margin, seed=seed, resamples=resamples, one=one_difference)
        if people
        else None,
        readers=tuple(
            _reader(name, own, classes, margin=margin, seed=seed, resamples=resamples)
            for name, own in by_reader.items()
        ),
        agreements=_agreements(by_reader, seed=seed, resamples=resamples),
        notes=_notes(people),
        software=tuple((name, version(name)) for name in SOFTWARE),
    )


def one_difference(trials: Sequence[Trial], margin: float | None) -> Difference | None:
    """Return one reader's class accuracy on real against synthetic images; None without either kind."""
    real, synthetic = (
        measures.share(t.correct for t in measures.of_origin(trials, origin)) for origin in (REAL, SYNTHETIC)
    )
    if not real.n or not synthetic.n:
        return None
    first, second = (real.hits, real.n), (synthetic.hits, synthetic.n)
    low, high = newcombe(first, second)
    found = None
    if margin is not None and 0 < margin < 1:
        found = measures.equivalent(
            "class",
            equivalence.two_shares(first, second, margin=margin),
            reference=0.0,
            margin=margin,
            method="score tests of Farrington and Manning",
        )
    return Difference(
        real=real,
        synthetic=synthetic,
        value=real.hits / real.n - synthetic.hits / synthetic.n,
        low=low,
        high=high,
        fisher_p=exact.fisher(first, second),
        barnard_p=exact.barnard(first, second),
        interval="Newcombe",
        equivalence=found,
    )


def one_realism(trials: Sequence[Trial], margin: float | None) -> Realism | None:
    """Return how well one reader told the origins; None unless both kinds of images were rated."""
    rated = [trial for trial in trials if trial.realism is not None]
    real, synthetic = measures.of_origin(rated, REAL), measures.of_origin(rated, SYNTHETIC)
    if not real or not synthetic:
        return None
    accuracy = measures.share(bool(measures.told(trial)) for trial in rated)
    hits = measures.share(bool(trial.says_synthetic) for trial in synthetic)
    false_alarms = measures.share(bool(trial.says_synthetic) for trial in real)
    found = detection(hits.hits, hits.n, false_alarms.hits, false_alarms.n)
    noise, signal = ([float(t.realism or 0) for t in part] for part in (real, synthetic))
    same = None
    if margin is not None and 0 < margin < 0.5:
        same = measures.equivalent(
            "realism",
            equivalence.one_share(accuracy.hits, accuracy.n, reference=0.5, margin=margin),
            reference=0.5,
            margin=margin,
            method="two exact binomial tests",
        )
    return Realism(
        accuracy=accuracy,
        p=exact.exact_binomial(accuracy.hits, accuracy.n),
        synthetic_called_synthetic=hits,
        real_called_synthetic=false_alarms,
        d_prime=measures.figure(found.d_prime, LARGE_SAMPLE),
        criterion=measures.figure(found.criterion, LARGE_SAMPLE),
        area=measures.figure(
            roc.area(noise, signal),
            "DeLong, on the logit scale",
            without="no interval: no overlap, or one image",
        ),
        curve=roc.curve(noise, signal),
        equivalence=same,
    )


def _reader(
    name: str,
    trials: Sequence[Trial],
    classes: Sequence[str],
    *,
    margin: float | None,
    seed: int,
    resamples: int,
) -> OneReader:
    main = measures.primary(trials)
    controls = [trial for trial in trials if trial.control]
    final = [replace(t, answer=t.final_answer) if t.final_answer else t for t in main]
    seen = [trial for trial in main if trial.undisturbed]
    accuracy = measures.share(trial.correct for trial in main)
    return OneReader(
        reader=name,
        model=trials[0].model,
        trials=len(trials),
        answered=len(main),
        matrices=measures.matrices(main, classes),
        accuracy=accuracy,
        difference=one_difference(main, margin),
        realism=one_realism(main, margin),
        times=measures.times(main, classes),
        # A model has no trials one after another.
        drift=None if trials[0].model else measures.drifting(main),
        repeats=measures.repeated(trials, seed=seed, resamples=resamples),
        controls=measures.share(t.correct for t in controls) if controls else None,
        final_accuracy=measures.share(t.correct for t in final) if final != main else None,
        undisturbed_accuracy=measures.share(t.correct for t in seen) if len(seen) < len(main) else None,
    )


def _agreements(by_reader: dict[str, list[Trial]], *, seed: int, resamples: int) -> tuple[Agreement, ...]:
    main = [(name, measures.primary(trials)) for name, trials in by_reader.items()]
    pairs = [*combinations(main, 2), *((one, None) for one in main)]
    found = [measures.compared(a, b, seed=seed, resamples=resamples) for a, b in pairs]
    return tuple(one for one in found if one is not None)


def _notes(people: Sequence[Trial]) -> tuple[str, ...]:
    """Return what a reader of the figures must know of these trials."""
    notes = []
    per_reader: dict[str, set[str]] = {}
    for trial in people:
        per_reader.setdefault(trial.reader, set()).add(trial.case)
    if len({frozenset(cases) for cases in per_reader.values()}) > 1:
        notes.append(
            "Not every reader has answered the same images: Krippendorff's alpha takes the place of Fleiss' kappa."
        )
    if not all(trial.undisturbed for trial in people):
        notes.append("Times leave out images that were interrupted or during which the page was hidden.")
    if 1 < len(per_reader) < 5:
        notes.append("Fewer than five readers: intervals across readers lean on very few of them.")
    return tuple(notes)


__all__ = ["Figure", "analyse", "one_difference", "one_realism"]
