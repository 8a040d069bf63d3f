"""How well two kinds of images are told apart, and towards which answer a reader leans. Torch-free.

Accuracy hides a leaning: who calls everything real is right on half of the images. d' is how far the two kinds lie
apart for the reader, in standard deviations, c how far the reader's border lies from the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ml.metrics.agreement import Z_95, Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Detection:
    """Sensitivity d' and criterion c; c is positive for a reader who says "synthetic" too rarely."""

    d_prime: Estimate
    criterion: Estimate


def detection(
    hits: int, signals: int, false_alarms: int, noises: int, *, corrected: bool = True
) -> Detection:
    """Return d' and c of a reader who calls images synthetic or real.

    d' = z(H) - z(F), c = -(z(H) + z(F)) / 2 (Macmillan & Creelman, Detection Theory, 2nd ed. 2005, equations 1.5 and
    2.1). The log-linear correction (Hautus, Behavior Research Methods, Instruments & Computers 1995;27:46-51) adds half
    a case to both cells of each kind, always, so that shares of 0 and 1 have a z too. Error of d': Gourevitch &
    Galanter, Psychometrika 1967;32:25-33, from the same corrected shares; that of c is half of it.

    Args:
        hits: Synthetic images called synthetic.
        signals: All synthetic images.
        false_alarms: Real images called synthetic.
        noises: All real images.
        corrected: Without the correction, as textbooks print it, when false.

    Raises:
        ValueError: when there are no images of a kind, the counts do not fit, or the uncorrected shares have no z.
    """
    for count, n in ((hits, signals), (false_alarms, noises)):
        if n <= 0 or not 0 <= count <= n:
            raise ValueError(f"{count} of {n} is no share.")
        if not corrected and count in (0, n):
            raise ValueError("A share of 0 or 1 has no z without a correction.")
    more, n_more = (0.5, 1.0) if corrected else (0.0, 0.0)
    h = (hits + more) / (signals + n_more)
    f = (false_alarms + more) / (noises + n_more)
    z_h, z_f = float(ndtri(h)), float(ndtri(f))
    error = sqrt(_spread(h, z_h, signals + n_more) + _spread(f, z_f, noises + n_more))
    return Detection(_around(z_h - z_f, error), _around(-(z_h + z_f) / 2, error / 2))


def from_shares(
    h: Floats, f: Floats, signals: Floats | float, noises: Floats | float
) -> tuple[Floats, Floats]:
    """Return d' and c (arrays of any one shape) of shares of hits and false alarms, log-linearly corrected.

    ``signals`` and ``noises``, how many images each share is of, are numbers or arrays that go with that shape.
    """
    z_h = ndtri((h * signals + 0.5) / (signals + 1))
    z_f = ndtri((f * noises + 0.5) / (noises + 1))
    return z_h - z_f, -(z_h + z_f) / 2


def accuracy_of(d_prime: float) -> float:
    """Return the share told rightly by a reader without a leaning: the area of a normal curve below d' / 2."""
    from scipy.special import ndtr

    return float(ndtr(d_prime / 2))


def _spread(share: float, z: float, n: float) -> float:
    """Return the large-sample variance of z(share)."""
    density = exp(-z * z / 2) / sqrt(2 * pi)
    return share * (1 - share) / (n * density**2)


def _around(value: float, error: float) -> Estimate:
    return Estimate(value, error, value - Z_95 * error, value + Z_95 * error)
