"""Answers made up for tests of statistics: of known truth, and as trials of a study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from apps.studies.results.shapes import Trial
from ml.simulator.readers import ReadingRoom, SimReader, balanced, shuffled

CLASSES = ("neutrophil", "eosinophil", "basophil", "lymphocyte", "monocyte")


def crossed_scores(
    chance: np.random.Generator,
    readers: int,
    strata: Sequence[str],
    *,
    share: float,
    reader_sd: float,
    case_sd: float,
) -> tuple[np.ndarray, float]:
    """Return right (1) and wrong (0) answers (R, N) of readers and cases drawn anew, and the share in the long run.

    Log-odds of a right answer: a constant, the reader's and the case's deviation. The truth is the mean over all
    readers and cases; with one reader that reader's mean over all cases.
    """
    own = chance.normal(0, reader_sd, (readers, 1)) if readers > 1 else np.zeros((1, 1))
    case = chance.normal(0, case_sd, (1, len(strata)))
    scores = chance.random((readers, len(strata))) < expit(logit(share) + own + case)
    spread = np.hypot(reader_sd if readers > 1 else 0.0, case_sd)
    points = norm.ppf((np.arange(2000) + 0.5) / 2000) * spread
    return scores.astype(float), float(expit(logit(share) + points).mean())


def simulated_trials(
    readers: Sequence[SimReader],
    *,
    per_class: int = 10,
    seed: int = 0,
    classes: Sequence[str] = CLASSES,
    realism: bool = True,
) -> list[Trial]:
    """Return the trials of a balanced study of both origins, each reader in an order of their own."""
    room = ReadingRoom(tuple(classes), seed)
    cases = balanced(classes, per_class)
    return [
        Trial(
            reader=answer.reader,
            case=answer.case.code,
            replicate=0,
            position=answer.position,
            answer=answer.answer,
            realism=answer.realism if realism else None,
            seconds=answer.seconds,
            intended=answer.case.intended,
            origin=answer.case.origin,
            stratum=f"{answer.case.origin}/{answer.case.intended}",
            original=answer.case.code,
        )
        for reader in readers
        for answer in room.read(reader, shuffled(cases, seed=seed, who=reader.name))
    ]


def trials_of_matrix(
    counts: Sequence[Sequence[int]],
    *,
    errors_on: Sequence[str],
    reader: str = "R1",
    classes: Sequence[str] = CLASSES,
) -> list[Trial]:
    """Return trials that give a confusion matrix of classes of even size, half real and half synthetic.

    Args:
        counts: True classes as rows.
        errors_on: The origin of each error, row by row.
        reader: Who answered.
        classes: Of rows and columns.
    """
    errors = iter(errors_on)
    trials: list[Trial] = []
    for row, intended in enumerate(classes):
        wrong = [
            (next(errors), said)
            for col, said in enumerate(classes)
            if col != row
            for _ in range(counts[row][col])
        ]
        for origin in ("real", "synthetic"):
            answers = [said for where, said in wrong if where == origin]
            answers += [intended] * (sum(counts[row]) // 2 - len(answers))
            for number, said in enumerate(answers):
                code = f"{origin}-{intended}-{number}"
                at = len(trials) + 1
                trials.append(
                    Trial(reader, code, 0, at, said, None, 3.0, intended, origin, f"{origin}/{intended}")
                )
    return trials
