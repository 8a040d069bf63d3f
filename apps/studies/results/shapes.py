"""What goes into an analysis and what comes out of it: plain values, the same on the page, in the PDF and as JSON.

Knows nothing of Django. All shares are from 0 to 1, times in seconds, intervals 95 % unless a name says otherwise.
A figure that cannot be estimated is None, never a number that stands for it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

VERSION = 2
"""Of the shape of an analysis; a change of names or meaning raises it."""

OTHER: Final = "other"
CANNOT_TELL: Final = "cannot-tell"
BESIDE = (OTHER, CANNOT_TELL)
"""Answers that are no class of the study: both count as not correct."""

REAL: Final = "real"
SYNTHETIC: Final = "synthetic"
ALL: Final = "all"
POOLED = "pooled"
SCALE = 6
"""Points of the realism scale: 1 surely real to 6 surely synthetic, without a middle; from 4 on it says synthetic."""

Origin = Literal["all", "real", "synthetic"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer of one reader to one image; ``counted`` is False for practice and attention controls.

    ``answer`` and ``realism`` are the first ones given, which the primary analysis uses; ``final_*`` differ where the
    protocol allows going back. ``seconds`` by the page's monotonic clock from shown to answered, ``hidden`` the part
    of it during which the page was not visible. ``interrupted`` trials were left with the image on screen, and have no
    ``seconds``.
    """

    reader: str
    case: str
    replicate: int
    position: int
    answer: str
    realism: int | None
    seconds: float | None
    intended: str
    origin: str
    stratum: str
    counted: bool = True
    control: bool = False
    hidden: float = 0.0
    final_answer: str = ""
    final_realism: int | None = None
    model: bool = False
    original: str = ""  # the case that a hidden repeat shows again; its own code otherwise
    realism_position: int | None = None  # in the second sitting, of studies that ask about realism there
    interrupted: bool = False

    @property
    def correct(self) -> bool:
        """Return whether the answer is the intended class."""
        return self.answer == self.intended

    @property
    def rated_at(self) -> int:
        """Return the place in the reader's order at which realism was asked."""
        return self.position if self.realism_position is None else self.realism_position

    @property
    def undisturbed(self) -> bool:
        """Return whether the image was seen once, without a break."""
        return not self.interrupted and not self.hidden

    @property
    def says_synthetic(self) -> bool | None:
        """Return whether the realism answer is on the synthetic half of the scale; None without one."""
        return None if self.realism is None else self.realism > SCALE // 2


@dataclass(frozen=True, slots=True)
class Share:
    """Hits of n with a Wilson 95 % interval; all but the counts None when n is 0."""

    hits: int
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval; ``note`` names how the interval was made or why there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Intended class (rows, ``classes``) by answer (columns: ``classes``, "other", "cannot-tell"), as counts."""

    origin: Origin
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    sensitivities: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests of ``question`` against a margin that was fixed before opening.

    ``question``: "class" (accuracy on real minus on synthetic images against 0) or "realism" (share told rightly
    against 0.5). ``low`` and ``high``: the 90 % interval whose lying inside the margin is the test at 5 %.
    """

    question: Literal["class", "realism"]
    estimate: float
    reference: float
    margin: float
    low: float
    high: float
    p: float
    equivalent: bool
    method: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Class accuracy on real against synthetic images: different images, so no pairs (never McNemar here)."""

    real: Share
    synthetic: Share
    value: float | None  # real minus synthetic
    low: float | None
    high: float | None
    fisher_p: float | None
    barnard_p: float | None
    interval: str  # how low and high were made: "Newcombe", or "reader-and-case bootstrap" when pooled
    equivalence: Equivalence | None


@dataclass(frozen=True, slots=True)
class Realism:
    """How well origin was told; "hit" is a synthetic image called synthetic. The exact binomial p decides."""

    accuracy: Share
    p: float | None  # exact two-sided binomial against 0.5
    synthetic_called_synthetic: Share
    real_called_synthetic: Share
    d_prime: Figure
    criterion: Figure
    area: Figure
    curve: tuple[tuple[float, float], ...]  # (false alarms, hits) from (0, 0) to (1, 1)
    equivalence: Equivalence | None
    bootstrap: Figure | None = None  # of the share told rightly, pooled only


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds per image of one origin and class ("" for all classes)."""

    origin: Origin
    intended: str
    n: int
    median: float | None
    lower: float | None  # quartiles
    upper: float | None


@dataclass(frozen=True, slots=True)
class DriftPart:
    """One part of a reader's trials in their order.

    Where a second sitting asked about realism, ``told`` is of the same part of that sitting's order, from
    ``realism_first`` to ``realism_last``.
    """

    first: int
    last: int
    correct: Share
    told: Share | None
    median_seconds: float | None
    realism_first: int | None = None
    realism_last: int | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """Answers over trials: parts of equal size, and the slope's exact or large-sample p per question."""

    parts: tuple[DriftPart, ...]
    class_p: float | None
    realism_p: float | None
    method: str
    seconds_tau: float | None = None  # Kendall's tau of seconds and position; negative gets faster
    seconds_p: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters on the same images: ``first`` or ``second`` may be a reader, a model or "intended"."""

    first: str
    second: str
    n: int
    agreed: int
    kappa: Figure
    ac1: Figure | None = None
    mcnemar_p: float | None = None  # exact, on being correct; None against "intended"
    only_first: int = 0  # correct by the first alone
    only_second: int = 0


@dataclass(frozen=True, slots=True)
class Repeats:
    """Hidden repeats of one reader: same answer on the same image, and kappa."""

    n: int
    same: int
    kappa: Figure


@dataclass(frozen=True, slots=True)
class OneReader:
    """Everything of one reader; ``model`` tells that it is a registered model beside the experts."""

    reader: str
    model: bool
    trials: int
    answered: int
    matrices: tuple[Matrix, ...]  # all, real, synthetic: those that have images
    accuracy: Share
    difference: Difference | None
    realism: Realism | None
    times: tuple[Times, ...]
    drift: Drift | None
    repeats: Repeats | None
    controls: Share | None
    final_accuracy: Share | None = None  # by the final answers, where any differs from the first
    # Without images that were interrupted or during which the page was hidden, where there are any.
    undisturbed_accuracy: Share | None = None


@dataclass(frozen=True, slots=True)
class Mixed:
    """The secondary, approximate analysis: a Bayesian crossed mixed logistic model (variational)."""

    question: Literal["class", "realism"]
    terms: tuple[tuple[str, Figure], ...]  # on the log-odds scale
    reader_sd: Figure | None
    case_sd: Figure | None
    note: str


@dataclass(frozen=True, slots=True)
class Pooled:
    """Across the people; models are left out. Intervals of ``bootstrap_*`` resample readers and cases."""

    readers: int
    images: int
    matrices: tuple[Matrix, ...]
    accuracy: Share
    bootstrap_accuracy: tuple[tuple[Origin, Figure], ...]
    bootstrap_sensitivities: tuple[tuple[Origin, tuple[Figure, ...]], ...]
    difference: Difference | None
    realism: Realism | None
    mixed: tuple[Mixed, ...]
    fleiss: Figure | None  # when every reader has every case
    alpha: Figure | None  # Krippendorff's otherwise
    realism_fleiss: Figure | None
    realism_alpha: Figure | None
    times: tuple[Times, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """The whole: who was analysed, by what methods, and every figure."""

    classes: tuple[str, ...]
    margin: float | None
    resamples: int
    seed: int
    pooled: Pooled | None
    readers: tuple[OneReader, ...]
    agreements: tuple[Agreement, ...]
    notes: tuple[str, ...] = ()
    version: int = VERSION
    software: tuple[tuple[str, str], ...] = field(default=())  # name and version of what computed it

    def as_json(self) -> Json:
        """Return the analysis as values that JSON knows; tuples become lists there."""
        return asdict(self)
