"""What the data allow to be said, and nothing else. Pure: an analysis in, sentences out.

The rules (ADR 0060):

- A difference is printed only where a test that was chosen beforehand shows it: Fisher's exact test within a reader
  (Holm over readers), the 95 % interval of the reader-and-case bootstrap across readers.
- Its absence is never printed as likeness. "Equivalent" and "indistinguishable" need two one-sided tests against a
  margin that was fixed before opening; the latter also that the six-point scale does not separate the origins, and
  that no test printed here found anybody's answers to differ from guessing.
- Better than guessing: the exact two-sided binomial test, and only with as many real as synthetic images.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apps.studies.audit import AuditReport
from apps.studies.results import words
from apps.studies.results.cautions import ALPHA, Sentence, adjusted, cautions
from apps.studies.results.shapes import (
    ALL,
    Analysis,
    Difference,
    Equivalence,
    OneReader,
    Realism,
)

BALANCE = 0.02
"""How far the share of synthetic images may be from one half for guessing to be 50 %."""


def sentences(
    analysis: Analysis,
    audit: AuditReport | None = None,
    unfinished: Sequence[tuple[str, int, int]] = (),
) -> tuple[Sentence, ...]:
    """Return what may be said of an analysis, the most important first.

    Args:
        analysis: The figures.
        audit: The leak audit, whose figures of contents limit what is said.
        unfinished: Of readers who did not finish: pseudonym, images answered, images shown.
    """
    people = [reader for reader in analysis.readers if not reader.model and reader.answered]
    if not people:
        return (Sentence("none", "caution", "No reader has answered, so there is nothing to say."),)
    found = [
        *_accuracy(analysis, people),
        *_difference(analysis, people),
        *_realism(analysis, people),
        *_models(analysis, people),
        *cautions(people, audit, unfinished),
    ]
    return tuple(found)


def _accuracy(analysis: Analysis, people: list[OneReader]) -> list[Sentence]:
    pooled = analysis.pooled
    if len(people) == 1 or pooled is None:
        one = people[0]
        return [
            Sentence(
                "accuracy",
                "finding",
                f"{one.reader} named the intended class on {words.images(one.accuracy)}.",
            )
        ]
    over = dict(pooled.bootstrap_accuracy).get(ALL)
    interval = ""
    if over is not None and over.low is not None:
        interval = f" (95 % interval {words.between(over.low, over.high)}, bootstrap of readers and images)"
    share = pooled.accuracy
    return [
        Sentence(
            "accuracy",
            "finding",
            f"{len(people)} readers named the intended class on {share.hits} of {share.n} images shown: "
            f"{words.percent(share.value)} %{interval}.",
        )
    ]


def _difference(analysis: Analysis, people: list[OneReader]) -> list[Sentence]:
    pooled = analysis.pooled
    if len(people) > 1 and pooled is not None:
        if pooled.difference is None:
            return []
        difference = pooled.difference
        shown = _excludes(difference.low, difference.high, 0.0)
        basis = (
            f"95 % interval {words.points_between(difference.low, difference.high)}, {difference.interval}"
        )
        found = [_about_difference("Across readers, the", difference, basis, shown=shown)]
        found += _single_differences(people)
    else:
        only = people[0].difference
        if only is None:
            return []
        difference = only
        shown = only.fisher_p is not None and only.fisher_p < ALPHA
        basis = (
            f"Fisher's exact {words.p_value(only.fisher_p)}; 95 % interval of the difference "
            f"{words.points_between(only.low, only.high)}"
        )
        found = [_about_difference("The", difference, basis, shown=shown)]
    return [*found, _equivalence_of_classes(difference.equivalence, analysis.margin)]


def _about_difference(who: str, difference: Difference, basis: str, *, shown: bool) -> Sentence:
    real, synthetic = difference.real, difference.synthetic
    counts = f"{real.hits} of {real.n} real against {synthetic.hits} of {synthetic.n} synthetic"
    if not shown:
        return Sentence(
            "difference",
            "open",
            f"No difference in class accuracy between real and synthetic images was shown: {counts} ({basis}). "
            "That is no evidence that there is none.",
        )
    more = "real" if (difference.value or 0) > 0 else "synthetic"
    return Sentence(
        "difference",
        "finding",
        f"{who} intended class was named more often on {more} images: {counts} ({basis}).",
    )


def _single_differences(people: list[OneReader]) -> Iterable[Sentence]:
    """Yield a sentence for each reader whose own difference stands after Holm's correction over the readers."""
    tested = [reader for reader in people if reader.difference is not None]
    values = adjusted([reader.difference.fisher_p for reader in tested if reader.difference is not None])
    for reader, p in zip(tested, values, strict=True):
        if p is not None and p < ALPHA and reader.difference is not None:
            basis = f"Fisher's exact {words.p_value(p)} after Holm's correction over {len(tested)} readers"
            yield _about_difference(f"By {reader.reader}, the", reader.difference, basis, shown=True)


def _equivalence_of_classes(found: Equivalence | None, margin: float | None) -> Sentence:
    if margin is None or found is None:
        return Sentence(
            "equivalence",
            "open",
            "Nothing is said of equivalence: no margin was fixed before opening."
            if margin is None
            else "Nothing is said of equivalence: it could not be tested.",
        )
    interval = f"90 % interval of the difference {words.points_between(found.low, found.high)}"
    if not _has_width(found):
        return Sentence(
            "equivalence",
            "open",
            "Nothing is said of equivalence: all answers were alike, so that the interval has no width.",
        )
    if found.equivalent:
        return Sentence(
            "equivalence",
            "finding",
            f"Class accuracy on real and synthetic images was equivalent within {_margin(found)} points, the margin "
            f"fixed before opening (two one-sided tests, {words.p_value(found.p)}; {interval}).",
        )
    return Sentence(
        "equivalence",
        "open",
        f"Equivalence of class accuracy within {_margin(found)} points was not shown ({interval}).",
    )


def _realism(analysis: Analysis, people: list[OneReader]) -> list[Sentence]:
    pooled = analysis.pooled
    if len(people) > 1 and pooled is not None:
        if pooled.realism is None:
            return []
        if not is_balanced(pooled.realism):
            return [_unbalanced(pooled.realism, "These readers")]
        told = [_told_by_many(pooled.realism, len(people)), *_told_by_single(people)]
        return [*told, _indistinguishable(pooled.realism, analysis.margin, "these readers", told)]
    reader = people[0]
    if reader.realism is None:
        return []
    if not is_balanced(reader.realism):
        return [_unbalanced(reader.realism, reader.reader)]
    told = [_told_by_one(reader.reader, reader.realism, reader.realism.p)]
    return [*told, _indistinguishable(reader.realism, analysis.margin, "this reader", told)]


def is_balanced(found: Realism) -> bool:
    """Return whether guessing tells half of the images rightly, whatever somebody who guesses leans to."""
    real, synthetic = found.real_called_synthetic.n, found.synthetic_called_synthetic.n
    both = real + synthetic
    return both > 0 and abs(synthetic / both - 0.5) <= BALANCE


def _unbalanced(found: Realism, who: str) -> Sentence:
    area = f"ROC area {words.figure(found.area)}"
    apart = _excludes(found.area.low, found.area.high, 0.5)
    told = (
        f"{who} told the origins apart on the six-point scale ({area}, 95 % interval)."
        if apart
        else f"It was not shown that the origins were told apart ({area}, 95 % interval); "
        "that is no evidence that they cannot be."
    )
    return Sentence(
        "realism",
        "finding" if apart else "open",
        f"There are not as many real as synthetic images, so the share told rightly is held against no 50 %. {told}",
    )


def _told_by_one(who: str, found: Realism, p: float | None, note: str = "") -> Sentence:
    test = f"exact binomial test against 50 %, {words.p_value(p)}{note}"
    told = f"{who} told the origin rightly on {words.images(found.accuracy)}"
    if p is not None and p < ALPHA:
        side = "better" if (found.accuracy.value or 0) > 0.5 else "worse"
        turned = (
            ""
            if side == "better"
            else ": more often than by chance, real was taken for synthetic or the reverse"
        )
        return Sentence("realism", "finding", f"{told}, {side} than by guessing ({test}){turned}.")
    return Sentence(
        "realism",
        "open",
        f"{told}; guessing is not excluded ({test}). {_excluded(found.accuracy.low, found.accuracy.high)}",
    )


def _excluded(low: float | None, high: float | None) -> str:
    """Say what an interval excludes, the claim that such a study can make; not where it is at odds with the test."""
    if low is None or high is None:
        return ""
    if _excludes(low, high, 0.5):
        return "The interval leaves 50 % out by little; the exact test was chosen beforehand to decide."
    return f"The study excludes shares above {words.percent(high)} % and below {words.percent(low)} %."


def _told_by_many(found: Realism, readers: int) -> Sentence:
    share, over = found.accuracy, found.bootstrap
    told = (
        f"{readers} readers told the origin rightly on {share.hits} of {share.n} images shown: "
        f"{words.percent(share.value)} %"
    )
    if over is None or over.low is None or over.high is None:
        return Sentence("realism", "open", f"{told}. No interval over readers and images could be made.")
    basis = f"95 % interval {words.between(over.low, over.high)}, bootstrap of readers and images"
    if _excludes(over.low, over.high, 0.5):
        side = "better" if over.low > 0.5 else "worse"
        return Sentence("realism", "finding", f"{told}, {side} than by guessing ({basis}).")
    excluded = _excluded(over.low, over.high)
    return Sentence("realism", "open", f"{told}; guessing is not excluded ({basis}). {excluded}")


def _told_by_single(people: list[OneReader]) -> Iterable[Sentence]:
    """Yield a sentence for each reader who stands out from guessing after Holm's correction over the readers."""
    tested = [reader for reader in people if reader.realism is not None and is_balanced(reader.realism)]
    values = adjusted([reader.realism.p for reader in tested if reader.realism is not None])
    for reader, p in zip(tested, values, strict=True):
        if reader.realism is not None and p is not None and p < ALPHA:
            note = f" after Holm's correction over {len(tested)} readers"
            yield _told_by_one(reader.reader, reader.realism, p, note)


def _indistinguishable(found: Realism, margin: float | None, who: str, told: Sequence[Sentence]) -> Sentence:
    """Say whether the origins could not be told apart; never beside one of ``told`` that excludes guessing."""
    equivalence = found.equivalence
    if margin is None or equivalence is None:
        return Sentence(
            "indistinguishable",
            "open",
            "Whether real and synthetic images are indistinguishable is left open: "
            + ("no margin was fixed before opening." if margin is None else "it could not be tested."),
        )
    within = f"{_margin(equivalence)} points"
    interval = f"90 % interval {words.between(equivalence.low, equivalence.high)}"
    if not equivalence.equivalent or not _has_width(equivalence):
        return Sentence(
            "indistinguishable",
            "open",
            f"It was not shown that real and synthetic images are indistinguishable: equivalence to guessing within "
            f"{within} was not reached ({interval}).",
        )
    if any(one.kind == "finding" for one in told):
        return Sentence(
            "indistinguishable",
            "open",
            f"The share told rightly lies within {within} of guessing ({interval}), but guessing is excluded by a test "
            "above, so the origins are not called indistinguishable.",
        )
    if _excludes(found.area.low, found.area.high, 0.5):
        return Sentence(
            "indistinguishable",
            "open",
            f"The share told rightly lies within {within} of guessing ({interval}), but the six-point scale separates "
            f"the origins (ROC area {words.figure(found.area)}), so they are not called indistinguishable.",
        )
    return Sentence(
        "indistinguishable",
        "finding",
        f"Real and synthetic images were indistinguishable for {who} within {within} of guessing, the margin fixed "
        f"before opening (two one-sided tests, {words.p_value(equivalence.p)}; {interval}).",
    )


def _models(analysis: Analysis, people: list[OneReader]) -> list[Sentence]:
    models = {reader.reader: reader for reader in analysis.readers if reader.model}
    names = {reader.reader for reader in people}
    pairs = [
        pair
        for pair in analysis.agreements
        if pair.mcnemar_p is not None
        and (pair.first in models) != (pair.second in models)
        and {pair.first, pair.second} <= names | set(models)
    ]
    values = adjusted([pair.mcnemar_p for pair in pairs])
    found = [
        Sentence(
            "model",
            "finding",
            f"{one.reader}, a model, named the intended class on {words.images(one.accuracy)}.",
        )
        for one in models.values()
    ]
    shown = 0
    for pair, p in zip(pairs, values, strict=True):
        if p is None or p >= ALPHA:
            continue
        shown += 1
        better, worse = (
            (pair.first, pair.second) if pair.only_first > pair.only_second else (pair.second, pair.first)
        )
        found.append(
            Sentence(
                "model",
                "finding",
                f"On the same images {better} named the intended class more often than {worse}: "
                f"{max(pair.only_first, pair.only_second)} images rightly named by {better} alone, "
                f"{min(pair.only_first, pair.only_second)} by {worse} alone (exact McNemar test, {words.p_value(p)}, "
                f"Holm over {words.counted(len(pairs), 'pair')}).",
            )
        )
    if pairs and not shown:
        found.append(
            Sentence(
                "model",
                "open",
                "No difference between a model and a reader was shown on the same images (exact McNemar tests).",
            )
        )
    return found


def _excludes(low: float | None, high: float | None, value: float) -> bool:
    return low is not None and high is not None and not low <= value <= high


def _has_width(found: Equivalence) -> bool:
    return found.high - found.low > 1e-9


def _margin(found: Equivalence) -> str:
    return f"\N{PLUS-MINUS SIGN}{words.percent(found.margin)}"
