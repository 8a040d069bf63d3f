"""Plain values that cross the border of `ml`; torch-free, frozen, without behaviour that surprises.

Coordinates everywhere: pixels of the image after its orientation tag is applied, origin top-left, x to the right,
y downwards, boxes half-open ``[x0, x1) x [y0, y1)`` as floats. Images: ``uint8`` arrays of shape (H, W, 3), sRGB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in pixels, half-open."""

Kind = Literal["white-cell", "red-cell", "platelet"]
KINDS: tuple[Kind, ...] = ("white-cell", "red-cell", "platelet")


@dataclass(frozen=True, slots=True)
class Scale:
    """Micrometres per pixel of a field; ``None`` when neither known nor estimable."""

    um_per_px: float | None
    estimated: bool


@dataclass(frozen=True, slots=True)
class Detection:
    """One object found on a field; ``score`` in [0, 1]."""

    box: Box
    score: float
    kind: Kind = "white-cell"


@dataclass(frozen=True, slots=True)
class Classification:
    """What a classifier says of one cell crop.

    ``label`` is the most probable class of the weights' own list, ``probabilities`` sum to 1 over that list, and
    ``unidentified`` is true when the largest probability lies below the card's threshold. ``embedding`` are the
    penultimate features (F,) as little-endian float16, empty when nobody wanted them.
    """

    label: str
    probabilities: Mapping[str, float]
    unidentified: bool
    embedding: bytes = field(default=b"", repr=False, compare=False)

    @property
    def probability(self) -> float:
        """Return the probability of ``label``."""
        return self.probabilities[self.label]


@dataclass(frozen=True, slots=True)
class CellResult:
    """One white cell found and classified on a field; ``embedding`` as in `Classification`."""

    detection: Detection
    label: str
    probabilities: Mapping[str, float]
    unidentified: bool
    embedding: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FieldResult:
    """Everything an analysis says of one field; ``cells`` in reading order, ``others`` red cells and platelets."""

    width: int
    height: int
    scale: Scale
    cells: tuple[CellResult, ...]
    others: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long computation is: ``done`` of ``total`` units of ``stage``."""

    done: int
    total: int
    stage: str = ""
    message: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)


ProgressSink = Callable[[Progress], None]


class CancelToken(Protocol):
    """Tell a long computation that it should stop; polled between steps."""

    def cancelled(self) -> bool:
        """Return true once the work should end."""
        ...


class NeverCancelled:
    """A token for callers that have nobody who could cancel."""

    def cancelled(self) -> bool:
        """Return false, always."""
        return False


def ignore_progress(_: Progress) -> None:
    """Accept progress and do nothing with it."""
