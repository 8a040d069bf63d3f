"""Trials with a wanted number of right answers, and what comes of them."""

from typing import Any

from apps.studies.results.analysis import analyse
from apps.studies.results.result import Result
from apps.studies.results.sentences import sentences
from apps.studies.results.shapes import Analysis, Trial

CLASSES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


def answers(
    reader="R1",
    *,
    real=(47, 50),
    synthetic=(48, 50),
    told=None,
    ratings=None,
    model=False,
    start=0,
    classes=CLASSES,
):
    """Trials of one reader: hits and n of each arm; ``told``: of each arm, how many origins are told rightly.

    ``start`` moves which images are answered wrongly, so that two readers need not err on the same ones.
    """
    trials = []
    for origin, (hits, n) in (("real", real), ("synthetic", synthetic)):
        for at in range(n):
            intended = classes[at % len(classes)]
            wrong = classes[(at + 1) % len(classes)]
            right = (at + start) % n < hits if n else False
            rating = None
            if told is not None:
                rightly = at < told[0 if origin == "real" else 1]
                rating = 2 if (origin == "real") == rightly else 5
            if ratings is not None:
                rating = ratings(origin, at)
            trials.append(
                Trial(
                    reader=reader,
                    case=f"{origin}-{at}",
                    original=f"{origin}-{at}",
                    replicate=0,
                    position=2 * at + (origin == "synthetic") + 1,
                    answer=intended if right else wrong,
                    realism=rating,
                    seconds=2.0 + at % 7,
                    intended=intended,
                    origin=origin,
                    stratum=f"{origin}/{intended}",
                    model=model,
                )
            )
    return trials


def analysis(*readers: list[Trial], margin=None, classes=CLASSES, resamples=60) -> Analysis:
    trials = [trial for reader in readers for trial in reader]
    return analyse(trials, classes=classes, margin=margin, seed=1, resamples=resamples)


def said(found: Analysis, topic: str, **more: Any) -> list[tuple[str, str]]:
    """Return kind and text of the sentences of a topic."""
    return [(one.kind, one.text) for one in sentences(found, **more) if one.topic == topic]


def result(found: Analysis) -> Result:
    from apps.studies.results import published

    beside = published.beside(found.classes)
    return Result(found, sentences(found), beside.shares() if beside else ())
