"""Simulated readers of a blinded study, with known abilities: for tests, and for demo studies labelled simulated.

A reader knows the class of an image with a probability on the log-odds scale, to which the image's own difficulty and
drift over the trials add; realism is an inner impression, normal with unit spread and ``d_prime`` apart for the two
origins, cut by five borders around ``bias`` (the model of signal detection theory: Macmillan & Creelman, Detection
Theory, 2nd ed. 2005, chapters 1 and 3). Seeded: the same reader gives the same answer to the same image at the same
position, whatever else was asked, so that adding a reader or an image changes nobody else's answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log

import numpy as np

OTHER = "other"
CANNOT_TELL = "cannot-tell"
SYNTHETIC = "synthetic"
SCALE = 6
BORDERS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Where the six answers on realism part, around a reader's own border, in standard deviations."""
CONFUSED: Mapping[str, Mapping[str, float]] = {
    "neutrophil": {"eosinophil": 2, "lymphocyte": 1, "monocyte": 1, "basophil": 0.5},
    "eosinophil": {"neutrophil": 3, "basophil": 1, "monocyte": 1},
    "basophil": {"eosinophil": 1, "lymphocyte": 1, "neutrophil": 1},
    "lymphocyte": {"monocyte": 4, "neutrophil": 0.5, "basophil": 0.5},
    "monocyte": {"lymphocyte": 3, "neutrophil": 2},
}
"""How often a class is taken for which other, when it is; classes not named are confused evenly."""


@dataclass(frozen=True, slots=True)
class SimReader:
    """One reader's abilities.

    Args:
        name: Decides, with the seed, what this reader answers.
        accuracy: Chance of the right class on a real image of average difficulty, early in the study.
        synthetic_accuracy: The same on synthetic images; None for no difference.
        d_prime: How far apart real and synthetic images look; 0 guesses.
        bias: Where the border lies; positive says "synthetic" too rarely (the criterion c).
        drift: Change of the log-odds of a right class over 100 trials; positive learns.
        realism_drift: Change of ``d_prime`` over 100 trials; positive learns the generator's marks.
        fatigue: Chance of a lapse (a class at random, a rating at random) after 100 trials; grows evenly from 0.
        undecided: Share of the wrong classes that are said as "other" or "cannot tell".
        difficulty: Standard deviation of the images' difficulty, in log-odds and in standard deviations of realism.
        seconds: Median time per image; tired readers take longer, and log-normal it is.
    """

    name: str
    accuracy: float = 0.95
    synthetic_accuracy: float | None = None
    d_prime: float = 0.5
    bias: float = 0.0
    drift: float = 0.0
    realism_drift: float = 0.0
    fatigue: float = 0.0
    undecided: float = 0.1
    difficulty: float = 0.0
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class SimCase:
    """One image: its code, the class it is (or was meant to be), and where it comes from."""

    code: str
    intended: str
    origin: str = "real"


@dataclass(frozen=True, slots=True)
class SimAnswer:
    """One answer; ``position`` counts from 1, ``realism`` from 1, surely real, to 6, surely synthetic."""

    reader: str
    case: SimCase
    position: int
    answer: str
    realism: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ReadingRoom:
    """What all simulated readers of a study share: the classes and the seed."""

    classes: tuple[str, ...]
    seed: int = 0
    confused: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: CONFUSED)

    def answer(self, reader: SimReader, case: SimCase, position: int) -> SimAnswer:
        """Return the reader's answer to one image shown at a position, counted from 1."""
        chance = _generator(self.seed, "answer", reader.name, case.code, str(position))
        hard = _generator(self.seed, "case", case.code).normal(size=2) * reader.difficulty
        gone = (position - 1) / 100
        tired = chance.random() < min(1.0, reader.fatigue * gone)
        if tired:
            said = str(chance.choice(self.classes))
            rated = int(chance.integers(1, SCALE + 1))
        else:
            said = self._said(chance, reader, case, float(hard[0]), gone)
            rated = _rated(chance, reader, case, float(hard[1]), gone)
        slower = 1 + reader.fatigue * gone
        seconds = (
            reader.seconds * slower * exp(0.4 * chance.normal()) * (1.3 if said != case.intended else 1.0)
        )
        return SimAnswer(reader.name, case, position, said, rated, round(seconds, 3))

    def read(self, reader: SimReader, cases: Sequence[SimCase]) -> list[SimAnswer]:
        """Return the reader's answers to images in this order."""
        return [self.answer(reader, case, number) for number, case in enumerate(cases, 1)]

    def _said(
        self, chance: np.random.Generator, reader: SimReader, case: SimCase, hard: float, gone: float
    ) -> str:
        share = reader.accuracy
        if case.origin == SYNTHETIC and reader.synthetic_accuracy is not None:
            share = reader.synthetic_accuracy
        if chance.random() < _moved(share, reader.drift * gone - hard):
            return case.intended
        if chance.random() < reader.undecided:
            return OTHER if chance.random() < 0.5 else CANNOT_TELL
        others = [name for name in self.classes if name != case.intended]
        if not others:
            return CANNOT_TELL
        weights = self.confused.get(case.intended, {})
        likely = np.array([weights.get(name, 0.2 if weights else 1.0) for name in others])
        return str(chance.choice(others, p=likely / likely.sum()))


def simulate(
    sequences: Mapping[SimReader, Sequence[SimCase]], *, classes: Sequence[str], seed: int = 0
) -> list[SimAnswer]:
    """Return the answers of all readers, each to the images of a sequence in its order."""
    room = ReadingRoom(tuple(classes), seed)
    return [answer for reader, cases in sequences.items() for answer in room.read(reader, cases)]


def balanced(
    classes: Sequence[str], per_class: int, *, origins: Sequence[str] = ("real", SYNTHETIC)
) -> list[SimCase]:
    """Return cases of a balanced study, ``per_class`` of each class and origin; Jung 2022 has 10."""
    return [
        SimCase(f"{origin}-{name}-{number}", name, origin)
        for origin in origins
        for name in classes
        for number in range(per_class)
    ]


def shuffled(cases: Sequence[SimCase], *, seed: int, who: str = "") -> list[SimCase]:
    """Return the cases in an order of this reader's own."""
    return sorted(cases, key=lambda case: hashlib.sha256(f"{seed}/{who}/{case.code}".encode()).digest())


def _rated(chance: np.random.Generator, reader: SimReader, case: SimCase, hard: float, gone: float) -> int:
    apart = max(0.0, reader.d_prime + reader.realism_drift * gone)
    side = apart / 2 if case.origin == SYNTHETIC else -apart / 2
    seen = side + hard + float(chance.normal())
    return 1 + sum(seen > reader.bias + border for border in BORDERS)


def _moved(share: float, by: float) -> float:
    """Return a share moved on the log-odds scale; 0 and 1 stay."""
    if not 0 < share < 1:
        return share
    return 1 / (1 + exp(-(log(share / (1 - share)) + by)))


def _generator(seed: int, *parts: str) -> np.random.Generator:
    """Return a generator of its own for these words, the same on every machine."""
    digest = hashlib.sha256("\0".join([str(seed), *parts]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
